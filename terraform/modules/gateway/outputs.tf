output "endpoint" {
  description = "The gateway's own address."
  value       = aws_apigatewayv2_api.this.api_endpoint
}

output "stage_url" {
  description = "Address of the stage."
  value       = aws_apigatewayv2_stage.default.invoke_url
}

output "url" {
  description = "Address to give to clients, without a slash at the end."
  value       = var.domain_name == "" ? aws_apigatewayv2_api.this.api_endpoint : "https://${var.domain_name}"
}

output "log_group_names" {
  description = "Log groups: gateway, firewall."
  value = merge(
    { gateway = aws_cloudwatch_log_group.access.name },
    { for group in aws_cloudwatch_log_group.firewall : "firewall" => group.name },
  )
}

output "monitored" {
  description = "What alarms need to know."
  value       = { api_id = aws_apigatewayv2_api.this.id, log_group_name = aws_cloudwatch_log_group.access.name }
}
