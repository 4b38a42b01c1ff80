# Every alarm on one metric. What they watch is listed by layer in alarms_*.tf.

locals {
  alarms = merge(local.application_alarms, local.service_alarms, local.database_alarms, local.function_alarms)
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  period              = each.value.period
  evaluation_periods  = each.value.periods
  comparison_operator = each.value.below ? "LessThanThreshold" : "GreaterThanThreshold"
  threshold           = each.value.threshold

  # At night a service may be scaled to nothing: no figure is no trouble.
  treat_missing_data = "notBreaching"

  alarm_actions = [aws_sns_topic.alarms.arn]
  ok_actions    = [aws_sns_topic.alarms.arn]
}

# One answer to "is the platform all right?".
resource "aws_cloudwatch_composite_alarm" "platform" {
  alarm_name        = "${var.name}-platform"
  alarm_description = "Customers notice: errors, slowness, no healthy task, or the error budget burns"
  alarm_rule        = join(" OR ", [for name in local.critical_alarm_names : "ALARM(\"${name}\")"])
  alarm_actions     = [aws_sns_topic.alarms.arn]
  ok_actions        = [aws_sns_topic.alarms.arn]
}

locals {
  critical_alarm_names = concat(
    [for key in ["slow-answers", "unhealthy-tasks"] : aws_cloudwatch_metric_alarm.this[key].alarm_name],
    [aws_cloudwatch_metric_alarm.error_share.alarm_name],
    [for alarm in aws_cloudwatch_composite_alarm.budget_burn : alarm.alarm_name],
  )
}
