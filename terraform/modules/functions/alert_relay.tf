# Alarms to Slack. Outside the VPC: it needs Slack and its secret, and nothing of ours.

resource "aws_lambda_function" "alert_relay" {
  #checkov:skip=CKV_AWS_115:reserving is a choice of the environment; a fresh account has nothing to reserve from
  #checkov:skip=CKV_AWS_117:it reaches nothing inside the VPC
  #checkov:skip=CKV_AWS_272:code signing is for zip files; the image is fixed by its digest
  function_name = "${var.name}-alert-relay"
  description   = "Alarms of ${var.name} to Slack"
  role          = aws_iam_role.function["alert-relay"].arn
  package_type  = "Image"
  image_uri     = var.image
  architectures = [lower(var.cpu_architecture)]
  memory_size   = 128
  timeout       = 15
  kms_key_arn   = var.kms_key_arn

  # One alarm storm must not take the account's whole concurrency.
  reserved_concurrent_executions = var.reserve_concurrency ? 2 : -1

  image_config {
    command = ["alert-relay"]
  }

  environment {
    variables = {
      ENVIRONMENT              = var.environment
      SLACK_WEBHOOK_SECRET_ARN = aws_secretsmanager_secret.slack_webhook.arn
    }
  }

  dead_letter_config {
    target_arn = aws_sqs_queue.dead_letters.arn
  }

  tracing_config {
    mode = "Active"
  }

  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function]
}

# Its value is the user's: `eap deploy` puts SLACK_WEBHOOK_URL in, Terraform never sees it.
resource "aws_secretsmanager_secret" "slack_webhook" {
  #checkov:skip=CKV2_AWS_57:Slack makes the URL; nothing here can rotate it
  name        = "${var.name}-slack-webhook"
  description = "URL of the Slack webhook that alarms of ${var.name} go to"
  kms_key_id  = var.kms_key_arn

  # Deleted for good with its environment: a name in the waiting room would block the next deployment.
  recovery_window_in_days = 0
}
