output "names" {
  description = "Functions by what they do."
  value = {
    alert_relay = aws_lambda_function.alert_relay.function_name
    fit         = aws_lambda_function.fit.function_name
  }
}

output "slack_webhook_secret_arn" {
  description = "Secret for the URL of the Slack webhook."
  value       = aws_secretsmanager_secret.slack_webhook.arn
}

output "log_group_names" {
  description = "Log groups: alert_relay, fit."
  value       = { for key, group in aws_cloudwatch_log_group.function : replace(key, "-", "_") => group.name }
}

output "monitored" {
  description = "What alarms need to know."
  value = {
    names             = { alert_relay = aws_lambda_function.alert_relay.function_name, fit = aws_lambda_function.fit.function_name }
    alert_relay_arn   = aws_lambda_function.alert_relay.arn
    dead_letter_queue = aws_sqs_queue.dead_letters.name
  }
}

output "architectures" {
  description = "Processors that functions run on."
  value       = distinct(concat(aws_lambda_function.alert_relay.architectures, aws_lambda_function.fit.architectures))
}
