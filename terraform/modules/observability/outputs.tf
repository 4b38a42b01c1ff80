output "alarm_topic_arn" {
  description = "Topic that alarms are sent to."
  value       = aws_sns_topic.alarms.arn
}

output "alarm_names" {
  description = "Every alarm of this module."
  value = concat(
    [for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name],
    [for alarm in aws_cloudwatch_metric_alarm.burn_window : alarm.alarm_name],
    [for alarm in aws_cloudwatch_composite_alarm.budget_burn : alarm.alarm_name],
    [aws_cloudwatch_metric_alarm.error_share.alarm_name, aws_cloudwatch_composite_alarm.platform.alarm_name],
  )
}

output "log_group_names" {
  description = "Log groups: task_events."
  value       = { task_events = aws_cloudwatch_log_group.task_events.name }
}

output "budget_name" {
  description = "Budget of the environment."
  value       = aws_budgets_budget.this.name
}

output "share_alarms" {
  description = "Alarms about the share of failed requests: what they divide, and what they watch."
  value = { for alarm in concat([aws_cloudwatch_metric_alarm.error_share], values(aws_cloudwatch_metric_alarm.burn_window)) : alarm.alarm_name => {
    metrics            = { for query in alarm.metric_query : query.id => one(query.metric).metric_name if length(query.metric) > 0 }
    expressions        = { for query in alarm.metric_query : query.id => query.expression if length(query.metric) == 0 }
    watched            = [for query in alarm.metric_query : query.id if query.return_data == true]
    threshold          = alarm.threshold
    treat_missing_data = alarm.treat_missing_data
  } }
}
