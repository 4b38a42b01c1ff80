# Other programs take names from here and never build them.

output "vpc_id" {
  description = "The VPC."
  value       = module.network.vpc_id
}

output "vpc_cidr_block" {
  description = "Its addresses."
  value       = module.network.vpc_cidr_block
}

output "private_subnet_ids" {
  description = "Subnets of tasks, functions and load balancer."
  value       = module.network.private_subnet_ids
}

output "public_subnet_ids" {
  description = "Subnets of the NAT gateways."
  value       = module.network.public_subnet_ids
}

output "database_subnet_ids" {
  description = "Subnets of the database."
  value       = module.network.database_subnet_ids
}

output "rds_endpoint" {
  description = "Database host and port for reading and writing, host:port."
  value       = "${module.database.endpoint}:${module.database.port}"
}

output "rds_port" {
  description = "Database port."
  value       = module.database.port
}

output "database_identifier" {
  description = "Identifier of the RDS instance or Aurora cluster."
  value       = module.database.identifier
}

output "ecs_cluster_name" {
  description = "ECS cluster."
  value       = module.service.cluster_name
}

output "ecs_service_name" {
  description = "ECS service."
  value       = module.service.service_name
}

output "task_definition_arn" {
  description = "Revision that this configuration asks for."
  value       = module.service.task_definition_arn
}

output "one_off_task_definition_arn" {
  description = "Revision that runs one command beside the service, for `eap doctor --inside`."
  value       = module.service.one_off_task_definition_arn
}

output "load_balancer_dns_name" {
  description = "Internal name of the load balancer."
  value       = module.service.load_balancer.dns_name
}

output "load_balancer_arn_suffix" {
  description = "The load balancer as metrics name it."
  value       = module.service.load_balancer.arn_suffix
}

output "target_group_arn_suffix" {
  description = "The target group as metrics name it."
  value       = module.service.target_group.arn_suffix
}

output "target_group_arn" {
  description = "Target group of the service."
  value       = module.service.target_group.arn
}

output "cloudwatch_log_group_name" {
  description = "Log group of the API."
  value       = module.service.log_group_names.api
}

output "api_key_secret_arn" {
  description = "Secret that holds the first API key."
  value       = module.api_key.secret_arn
}

output "access_log_bucket" {
  description = "Bucket of the load balancer's access logs."
  value       = module.service.access_log_bucket
}

output "api_url" {
  description = "Where the API answers: its domain, else the gateway's address."
  value       = try(module.gateway[0].url, "http://${module.service.load_balancer.dns_name}")
}

output "api_gateway_url" {
  description = "The gateway's own address."
  value       = one(module.gateway[*].endpoint)
}

output "api_gateway_stage_url" {
  description = "Address of the gateway's stage."
  value       = one(module.gateway[*].stage_url)
}

output "lambda_function_names" {
  description = "Functions by what they do: alert_relay, fit."
  value       = try(module.functions[0].names, {})
}

output "slack_webhook_secret_arn" {
  description = "Secret that the Slack webhook's URL goes into. Without a value no message is sent."
  value       = one(module.functions[*].slack_webhook_secret_arn)
}

output "alarm_names" {
  description = "Every alarm of this environment."
  value       = sort(concat(module.service.rollback_alarm_names, try(module.observability[0].alarm_names, [])))
}

output "alarm_topic_arn" {
  description = "Topic that alarms, budget and findings are sent to."
  value       = one(module.observability[*].alarm_topic_arn)
}

output "budget_name" {
  description = "Budget of this environment; none without observability."
  value       = one(module.observability[*].budget_name)
}

output "config_rule_names" {
  description = "Rules of AWS Config; none where this environment has none."
  value       = try(module.compliance[0].rule_names, [])
}

output "log_groups" {
  description = "Log groups by what they hold."
  value = merge(
    module.service.log_group_names,
    { for kind, name in module.database.log_group_names : "database_${kind}" => name },
    { flow = module.network.flow_log_group_name },
    try(module.gateway[0].log_group_names, {}),
    try(module.functions[0].log_group_names, {}),
    try(module.observability[0].log_group_names, {}),
  )
}
