# Who did what, in every region of the account.

resource "aws_cloudtrail" "this" {
  #checkov:skip=CKV2_AWS_10:records are kept in S3 and validated; alarms on behaviour are GuardDuty's
  #checkov:skip=CKV_AWS_252:findings come from GuardDuty; a message for each file would be noise
  count = var.trail_enabled ? 1 : 0

  name                          = var.name
  s3_bucket_name                = aws_s3_bucket.audit[0].id
  kms_key_id                    = var.kms_key_arn
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true

  depends_on = [aws_s3_bucket_policy.audit]
}
