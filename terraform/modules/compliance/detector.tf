# GuardDuty looks for intruders; what it finds goes to the alarm topic.

resource "aws_guardduty_detector" "this" {
  #checkov:skip=CKV2_AWS_3:this is one account, not an organisation
  count = var.detector_enabled ? 1 : 0

  enable                       = true
  finding_publishing_frequency = "FIFTEEN_MINUTES"
}

resource "aws_cloudwatch_event_rule" "findings" {
  count = var.detector_enabled ? length(var.finding_topic_arns) : 0

  name        = "${var.name}-guardduty-findings"
  description = "GuardDuty findings of severity 4 (medium) and up"
  event_pattern = jsonencode({
    source      = ["aws.guardduty"]
    detail-type = ["GuardDuty Finding"]
    detail      = { severity = [{ numeric = [">=", 4] }] }
  })
}

resource "aws_cloudwatch_event_target" "findings" {
  count = length(aws_cloudwatch_event_rule.findings)

  rule = aws_cloudwatch_event_rule.findings[0].name
  arn  = var.finding_topic_arns[0]
}
