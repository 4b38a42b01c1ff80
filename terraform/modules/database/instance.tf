resource "aws_db_instance" "mysql" {
  #checkov:skip=CKV2_AWS_69:require_secure_transport is in the parameter group; the check does not see dynamic blocks
  #checkov:skip=CKV_AWS_161:the service signs in with the managed password; IAM sign-in would be a second door
  #checkov:skip=CKV_AWS_157:Multi-AZ is a choice of the environment; prod has it
  #checkov:skip=CKV_AWS_293:deletion protection is a choice of the environment; prod has it
  #checkov:skip=CKV_AWS_353:on wherever the instance class has it
  count = local.is_aurora ? 0 : 1

  identifier     = "${var.name}-db"
  engine         = "mysql"
  engine_version = "8.4"
  instance_class = var.instance_class

  db_name                       = var.database_name
  username                      = var.username
  manage_master_user_password   = true
  master_user_secret_kms_key_id = var.kms_key_arn

  storage_type          = "gp3"
  allocated_storage     = var.allocated_storage_gb
  max_allocated_storage = var.max_allocated_storage_gb
  storage_encrypted     = true
  kms_key_id            = var.kms_key_arn

  multi_az               = var.multi_az
  publicly_accessible    = false
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [var.security_group_id]
  parameter_group_name   = aws_db_parameter_group.mysql[0].name

  backup_retention_period = var.backup_retention_days
  backup_window           = "03:00-04:00"
  maintenance_window      = "sun:04:30-sun:05:30"
  copy_tags_to_snapshot   = true

  auto_minor_version_upgrade = true
  apply_immediately          = false

  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = !var.final_snapshot
  final_snapshot_identifier = local.final_snapshot_name

  performance_insights_enabled    = local.has_performance_insights
  performance_insights_kms_key_id = local.has_performance_insights ? var.kms_key_arn : null
  monitoring_interval             = 60
  monitoring_role_arn             = aws_iam_role.monitoring.arn
  enabled_cloudwatch_logs_exports = ["error", "slowquery"]

  depends_on = [aws_cloudwatch_log_group.database, terraform_data.connections_fit]
}
