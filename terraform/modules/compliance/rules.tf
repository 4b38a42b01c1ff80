# Names are AWS's identifiers of managed rules. The first three are the original's; the others are what a CIS baseline
# asks of an account like this one.

locals {
  rules = var.config_rules_enabled ? {
    encrypted-volumes     = "ENCRYPTED_VOLUMES"
    rds-storage-encrypted = "RDS_STORAGE_ENCRYPTED"
    s3-tls-only           = "S3_BUCKET_SSL_REQUESTS_ONLY"
    rds-not-public        = "RDS_INSTANCE_PUBLIC_ACCESS_CHECK"
    rds-backups           = "DB_INSTANCE_BACKUP_ENABLED"
    s3-encrypted          = "S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED"
    s3-no-public-read     = "S3_BUCKET_PUBLIC_READ_PROHIBITED"
    s3-no-public-write    = "S3_BUCKET_PUBLIC_WRITE_PROHIBITED"
    s3-account-closed     = "S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC"
    default-group-closed  = "VPC_DEFAULT_SECURITY_GROUP_CLOSED"
    no-open-ssh           = "INCOMING_SSH_DISABLED"
    flow-logs             = "VPC_FLOW_LOGS_ENABLED"
    trail-on              = "CLOUD_TRAIL_ENABLED"
    trail-encrypted       = "CLOUD_TRAIL_ENCRYPTION_ENABLED"
    trail-validated       = "CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED"
    root-has-no-key       = "IAM_ROOT_ACCESS_KEY_CHECK"
    root-has-mfa          = "ROOT_ACCOUNT_MFA_ENABLED"
    users-have-mfa        = "IAM_USER_MFA_ENABLED"
    no-admin-policies     = "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS"
    keys-rotate           = "CMK_BACKING_KEY_ROTATION_ENABLED"
    guardduty-on          = "GUARDDUTY_ENABLED_CENTRALIZED"
    tasks-not-privileged  = "ECS_CONTAINERS_NONPRIVILEGED"
    tasks-read-only       = "ECS_CONTAINERS_READONLY_ACCESS"
    load-balancer-logs    = "ELB_LOGGING_ENABLED"
  } : {}
}

resource "aws_config_config_rule" "this" {
  for_each = local.rules

  name = "${var.name}-${each.key}"

  source {
    owner             = "AWS"
    source_identifier = each.value
  }

  # A rule needs a recorder; where another environment owns it, it is there already.
  depends_on = [aws_config_configuration_recorder_status.this]
}
