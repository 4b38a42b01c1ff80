# The schedule of off-hours moves the limits of the target, and an apply moves them back: a deployment at night wakes the
# environment until the next evening, which its smoke test needs.

resource "aws_appautoscaling_target" "api" {
  count = var.scaling_enabled ? 1 : 0

  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${aws_ecs_cluster.this.name}/${aws_ecs_service.api.name}"
  min_capacity       = var.min_count
  max_capacity       = var.max_count
}

locals {
  scaling_goals = {
    cpu      = { metric = "ECSServiceAverageCPUUtilization", target = 70, label = null }
    memory   = { metric = "ECSServiceAverageMemoryUtilization", target = 80, label = null }
    requests = { metric = "ALBRequestCountPerTarget", target = var.requests_per_task, label = "${aws_lb.api.arn_suffix}/${aws_lb_target_group.api.arn_suffix}" }
  }
}

resource "aws_appautoscaling_policy" "api" {
  for_each = { for key, goal in local.scaling_goals : key => goal if var.scaling_enabled }

  name               = "${var.name}-${each.key}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.api[0].service_namespace
  scalable_dimension = aws_appautoscaling_target.api[0].scalable_dimension
  resource_id        = aws_appautoscaling_target.api[0].resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.target
    scale_in_cooldown  = 300
    scale_out_cooldown = 60

    predefined_metric_specification {
      predefined_metric_type = each.value.metric
      resource_label         = each.value.label
    }
  }
}

# Nights and weekends, in UTC.
resource "aws_appautoscaling_scheduled_action" "off_hours" {
  for_each = var.off_hours_task_count < 0 || !var.scaling_enabled ? {} : {
    evening = { schedule = "cron(0 20 ? * MON-FRI *)", min = var.off_hours_task_count, max = var.off_hours_task_count }
    morning = { schedule = "cron(0 7 ? * MON-FRI *)", min = max(var.min_count, 1), max = var.max_count }
  }

  name               = "${var.name}-${each.key}"
  service_namespace  = aws_appautoscaling_target.api[0].service_namespace
  scalable_dimension = aws_appautoscaling_target.api[0].scalable_dimension
  resource_id        = aws_appautoscaling_target.api[0].resource_id
  schedule           = each.value.schedule
  timezone           = "UTC"

  scalable_target_action {
    min_capacity = each.value.min
    max_capacity = each.value.max
  }
}
