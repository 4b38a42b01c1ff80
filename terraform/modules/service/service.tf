resource "aws_ecs_service" "api" {
  name            = "${var.name}-api-service"
  cluster         = aws_ecs_cluster.this.arn
  task_definition = aws_ecs_task_definition.api.arn
  desired_count   = var.desired_count

  # The rollout is watched by `eap deploy`, which explains what it sees.
  wait_for_steady_state = false

  dynamic "capacity_provider_strategy" {
    for_each = local.capacity_weights
    content {
      capacity_provider = capacity_provider_strategy.key
      weight            = capacity_provider_strategy.value
      base              = capacity_provider_strategy.key == "FARGATE" ? var.on_demand_base : 0
    }
  }

  network_configuration {
    subnets          = var.private_subnet_ids
    security_groups  = [var.security_group_ids["service"]]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.api.arn
    container_name   = "api"
    container_port   = var.container_port
  }

  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = 90
  availability_zone_rebalancing      = "ENABLED"

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  alarms {
    enable      = true
    rollback    = true
    alarm_names = [for alarm in aws_cloudwatch_metric_alarm.rollback : alarm.alarm_name]
  }

  enable_execute_command  = true
  enable_ecs_managed_tags = true
  propagate_tags          = "SERVICE"

  lifecycle {
    # Scaling decides after the first deployment.
    ignore_changes = [desired_count]
  }

  depends_on = [
    aws_lb_listener.api,
    aws_iam_role_policy.task,
    aws_ecs_cluster_capacity_providers.this,
  ]
}

locals {
  # ECS wants at least one weight above zero.
  capacity_weights = merge(
    var.spot_percent < 100 || var.on_demand_base > 0 ? { FARGATE = 100 - var.spot_percent } : {},
    var.spot_percent > 0 ? { FARGATE_SPOT = var.spot_percent } : {},
  )
}
