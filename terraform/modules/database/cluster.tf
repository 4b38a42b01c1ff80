# Aurora: one writer, and readers that come and go with the load. Reports go to the reader endpoint.

locals {
  fewest_readers = max(var.reader_count, var.multi_az ? 1 : 0)
}

resource "aws_rds_cluster" "aurora" {
  #checkov:skip=CKV_AWS_162:the service signs in with the managed password; IAM sign-in would be a second door
  #checkov:skip=CKV_AWS_139:deletion protection is a choice of the environment; prod has it
  #checkov:skip=CKV2_AWS_8:backups are the cluster's own, kept for backup_retention_days
  #checkov:skip=CKV_AWS_326:backtrack rewinds the whole cluster; restores go to a new one by point in time
  count = local.is_aurora ? 1 : 0

  cluster_identifier = "${var.name}-db"
  engine             = "aurora-mysql"
  engine_version     = "8.0"

  database_name                 = var.database_name
  master_username               = var.username
  manage_master_user_password   = true
  master_user_secret_kms_key_id = var.kms_key_arn

  storage_encrypted = true
  kms_key_id        = var.kms_key_arn

  db_subnet_group_name            = aws_db_subnet_group.this.name
  vpc_security_group_ids          = [var.security_group_id]
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.aurora[0].name

  backup_retention_period      = var.backup_retention_days
  preferred_backup_window      = "03:00-04:00"
  preferred_maintenance_window = "sun:04:30-sun:05:30"
  copy_tags_to_snapshot        = true

  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = !var.final_snapshot
  final_snapshot_identifier = local.final_snapshot_name

  enabled_cloudwatch_logs_exports = ["error", "slowquery", "audit"]

  depends_on = [aws_cloudwatch_log_group.database, terraform_data.connections_fit]
}

# The first is the writer; the others are readers and take over from it.
resource "aws_rds_cluster_instance" "aurora" {
  #checkov:skip=CKV_AWS_353:on wherever the instance class has it
  count = local.is_aurora ? 1 + local.fewest_readers : 0

  identifier         = "${var.name}-db-${count.index}"
  cluster_identifier = aws_rds_cluster.aurora[0].id
  engine             = aws_rds_cluster.aurora[0].engine
  instance_class     = var.instance_class
  promotion_tier     = min(count.index, 15)

  publicly_accessible        = false
  auto_minor_version_upgrade = true
  copy_tags_to_snapshot      = true

  performance_insights_enabled    = local.has_performance_insights
  performance_insights_kms_key_id = local.has_performance_insights ? var.kms_key_arn : null
  monitoring_interval             = 60
  monitoring_role_arn             = aws_iam_role.monitoring.arn
}

resource "aws_appautoscaling_target" "readers" {
  count = local.is_aurora ? 1 : 0

  service_namespace  = "rds"
  scalable_dimension = "rds:cluster:ReadReplicaCount"
  resource_id        = "cluster:${aws_rds_cluster.aurora[0].cluster_identifier}"
  min_capacity       = local.fewest_readers
  max_capacity       = var.reader_count_max

  depends_on = [aws_rds_cluster_instance.aurora]
}

resource "aws_appautoscaling_policy" "readers_cpu" {
  count = local.is_aurora ? 1 : 0

  name               = "${var.name}-readers-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.readers[0].service_namespace
  scalable_dimension = aws_appautoscaling_target.readers[0].scalable_dimension
  resource_id        = aws_appautoscaling_target.readers[0].resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = 60
    scale_in_cooldown  = 600
    scale_out_cooldown = 300

    predefined_metric_specification {
      predefined_metric_type = "RDSReaderAverageCPUUtilization"
    }
  }
}
