locals {
  endpoint          = local.is_aurora ? aws_rds_cluster.aurora[0].endpoint : aws_db_instance.mysql[0].address
  port              = local.is_aurora ? aws_rds_cluster.aurora[0].port : aws_db_instance.mysql[0].port
  master_secret_arn = local.is_aurora ? aws_rds_cluster.aurora[0].master_user_secret[0].secret_arn : aws_db_instance.mysql[0].master_user_secret[0].secret_arn
}

output "endpoint" {
  description = "Host name for reading and writing."
  value       = local.endpoint
}

output "port" {
  description = "Port."
  value       = local.port
}

output "identifier" {
  description = "Identifier of the instance or the cluster."
  value       = local.is_aurora ? aws_rds_cluster.aurora[0].cluster_identifier : aws_db_instance.mysql[0].identifier
}

output "is_cluster" {
  description = "Whether the identifier is a cluster's."
  value       = local.is_aurora
}

output "max_connections" {
  description = "Connections that an instance takes."
  value       = local.max_connections
}

output "log_group_names" {
  description = "Log groups of the database by kind."
  value       = { for kind, group in aws_cloudwatch_log_group.database : kind => group.name }
}

output "connection" {
  description = "What a program needs to connect. The secret holds user and password as JSON."
  value = {
    host        = local.endpoint
    reader_host = local.is_aurora ? aws_rds_cluster.aurora[0].reader_endpoint : null
    port        = local.port
    name        = var.database_name
    secret_arn  = local.master_secret_arn
  }
}

output "instance" {
  description = "Properties of the RDS instance. null: a cluster."
  value = one([for instance in aws_db_instance.mysql : {
    class                 = instance.instance_class
    multi_az              = instance.multi_az
    deletion_protection   = instance.deletion_protection
    performance_insights  = instance.performance_insights_enabled
    backup_retention_days = instance.backup_retention_period
  }])
}
