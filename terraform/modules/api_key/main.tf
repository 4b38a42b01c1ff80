# The first API key. The value passes through Terraform without being kept: neither plan nor state holds it. It is written
# once; raise the version to write another.

resource "aws_secretsmanager_secret" "api_key" {
  #checkov:skip=CKV2_AWS_57:keys of the API are rotated by `eap-api keys`, which knows who uses them
  name        = "${var.name}-api-key"
  description = "API key for smoke tests and monitoring of ${var.name}"
  kms_key_id  = var.kms_key_arn

  # Deleted for good with its environment: a name in the waiting room would block the next deployment.
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "api_key" {
  secret_id                = aws_secretsmanager_secret.api_key.id
  secret_string_wo         = var.api_key
  secret_string_wo_version = 1
}
