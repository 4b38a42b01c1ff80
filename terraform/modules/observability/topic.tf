# Where everything that somebody should know about goes.

data "aws_caller_identity" "current" {}

resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = var.kms_key_arn
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}

data "aws_iam_policy_document" "alarms" {
  statement {
    sid       = "AlarmsBudgetsAndEventsOfThisAccount"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com", "events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_sns_topic_subscription" "email" {
  count = var.notification_email == "" ? 0 : 1

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.notification_email
}

# The function that writes to Slack.
resource "aws_sns_topic_subscription" "alert_relay" {
  count = var.functions == null ? 0 : 1

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "lambda"
  endpoint  = var.functions.alert_relay_arn

  depends_on = [aws_lambda_permission.alert_relay]
}

resource "aws_lambda_permission" "alert_relay" {
  count = var.functions == null ? 0 : 1

  statement_id  = "alarm-topic"
  action        = "lambda:InvokeFunction"
  function_name = var.functions.names["alert_relay"]
  principal     = "sns.amazonaws.com"
  source_arn    = aws_sns_topic.alarms.arn
}
