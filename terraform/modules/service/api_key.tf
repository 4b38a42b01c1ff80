# The first API key. Terraform makes it and hands it to Secrets Manager; neither the plan nor the state ever holds it.
# Raise the version to have a new one made.

ephemeral "aws_secretsmanager_random_password" "api_key" {
  password_length     = 48
  exclude_punctuation = true
}

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
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.api_key.random_password
  secret_string_wo_version = 1
}
