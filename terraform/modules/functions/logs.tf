resource "aws_cloudwatch_log_group" "function" {
  #checkov:skip=CKV_AWS_338:kept as long as the environment asks for; a year by default
  for_each = local.functions

  name              = "/aws/lambda/${var.name}-${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}
