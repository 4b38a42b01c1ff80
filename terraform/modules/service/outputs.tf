output "cluster_name" {
  description = "ECS cluster."
  value       = aws_ecs_cluster.this.name
}

output "service_name" {
  description = "ECS service."
  value       = aws_ecs_service.api.name
}

output "task_definition_arn" {
  description = "Revision that the service runs."
  value       = aws_ecs_task_definition.api.arn
}

output "load_balancer" {
  description = "The load balancer: arn, arn_suffix for metrics, dns_name, listener_arn."
  value = {
    arn          = aws_lb.api.arn
    arn_suffix   = aws_lb.api.arn_suffix
    dns_name     = aws_lb.api.dns_name
    listener_arn = aws_lb_listener.api.arn
  }
}

output "target_group" {
  description = "The target group: arn, arn_suffix for metrics."
  value = {
    arn        = aws_lb_target_group.api.arn
    arn_suffix = aws_lb_target_group.api.arn_suffix
  }
}

output "log_group_names" {
  description = "Log groups: api, exec."
  value       = { api = aws_cloudwatch_log_group.api.name, exec = aws_cloudwatch_log_group.exec.name }
}

output "access_log_bucket" {
  description = "Bucket of the load balancer's access logs."
  value       = aws_s3_bucket.access_logs.id
}

output "api_key_secret_arn" {
  description = "Secret that holds the first API key."
  value       = aws_secretsmanager_secret.api_key.arn
}

output "rollback_alarm_names" {
  description = "Alarms that undo a rollout."
  value       = [for alarm in aws_cloudwatch_metric_alarm.rollback : alarm.alarm_name]
}
