# What undoes a rollout whose tasks pass their health checks and still answer badly. They notify nobody: the alarms of
# module observability do.

locals {
  rollback_alarms = {
    errors   = { metric = "HTTPCode_Target_5XX_Count", statistic = "Sum", threshold = 20, description = "Answers with status 5xx in a minute" }
    slowness = { metric = "TargetResponseTime", statistic = "p95", threshold = 5, description = "95th percentile of the answer time in a minute, in seconds" }
  }
}

resource "aws_cloudwatch_metric_alarm" "rollback" {
  #checkov:skip=CKV_AWS_319:they act on the rollout, not on a topic
  for_each = local.rollback_alarms

  alarm_name          = "${var.name}-rollback-${each.key}"
  alarm_description   = each.value.description
  namespace           = "AWS/ApplicationELB"
  metric_name         = each.value.metric
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  period              = 60
  evaluation_periods  = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching"

  dimensions = {
    LoadBalancer = aws_lb.api.arn_suffix
    TargetGroup  = aws_lb_target_group.api.arn_suffix
  }
}
