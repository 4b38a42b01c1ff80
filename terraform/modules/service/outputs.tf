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

output "one_off_task_definition_arn" {
  description = "Revision that runs one command beside the service."
  value       = aws_ecs_task_definition.once.arn
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

output "rollback_alarm_names" {
  description = "Alarms that undo a rollout."
  value       = [for alarm in aws_cloudwatch_metric_alarm.rollback : alarm.alarm_name]
}

# What tests look at.

output "listener" {
  description = "The listener: port and protocol."
  value       = { port = aws_lb_listener.api.port, protocol = aws_lb_listener.api.protocol }
}

output "size" {
  description = "Sizes of the service."
  value = {
    cpu               = tonumber(aws_ecs_task_definition.api.cpu)
    memory            = tonumber(aws_ecs_task_definition.api.memory)
    desired_count     = aws_ecs_service.api.desired_count
    spot_weight       = lookup(local.capacity_weights, "FARGATE_SPOT", 0)
    scheduled_actions = length(aws_appautoscaling_scheduled_action.off_hours)
  }
}

output "container_definitions" {
  description = "Containers of a task, as JSON."
  value       = aws_ecs_task_definition.api.container_definitions
}

output "one_off_container_definitions" {
  description = "Containers of a one-off task, as JSON."
  value       = aws_ecs_task_definition.once.container_definitions
}

output "container_environment" {
  description = "Plain variables by container."
  value       = { for container in [local.api, local.migrate] : container.name => { for variable in container.environment : variable.name => variable.value } }
}

output "container_secrets" {
  description = "Where secret variables come from, by container."
  value       = { for container in [local.api, local.migrate] : container.name => { for secret in container.secrets : secret.name => secret.valueFrom } }
}

output "cpu_architecture" {
  description = "Processor that tasks run on."
  value       = one(aws_ecs_task_definition.api.runtime_platform).cpu_architecture
}
