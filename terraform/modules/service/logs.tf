resource "aws_cloudwatch_log_group" "api" {
  #checkov:skip=CKV_AWS_338:kept as long as the environment asks for; a year by default
  name              = "/ecs/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_cloudwatch_log_group" "exec" {
  #checkov:skip=CKV_AWS_338:kept as long as the environment asks for; a year by default
  name              = "/ecs/${var.name}/exec"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}
