# The platform of one environment. Each module owns one function; names and addresses flow one way, through their outputs.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  name       = "${var.project_name}-${var.environment}"
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
}

module "network" {
  source = "./modules/network"

  name                    = local.name
  aws_region              = var.aws_region
  vpc_cidr                = var.vpc_cidr
  availability_zone_count = var.availability_zone_count
  nat_gateway_per_zone    = var.nat_gateway_per_zone
  paid_vpc_endpoints      = var.paid_vpc_endpoints
  container_port          = var.container_port
  load_balancer_port      = local.load_balancer_port
  log_retention_days      = var.log_retention_days
  kms_key_arn             = aws_kms_key.data.arn
}

module "database" {
  source = "./modules/database"

  name                     = local.name
  engine                   = var.database_engine
  instance_class           = var.db_instance_class
  database_name            = var.db_name
  username                 = var.db_username
  allocated_storage_gb     = var.db_allocated_storage_gb
  max_allocated_storage_gb = var.db_max_allocated_storage_gb
  multi_az                 = var.db_multi_az
  reader_count             = var.db_reader_count
  reader_count_max         = var.db_reader_count_max
  backup_retention_days    = var.db_backup_retention_days
  deletion_protection      = var.db_deletion_protection
  final_snapshot           = var.db_final_snapshot
  connections_needed       = local.database_connections_needed
  subnet_ids               = module.network.database_subnet_ids
  security_group_id        = module.network.security_group_ids.database
  log_retention_days       = var.log_retention_days
  kms_key_arn              = aws_kms_key.data.arn
}

module "api_key" {
  source = "./modules/api_key"

  name        = local.name
  api_key     = var.api_key
  kms_key_arn = aws_kms_key.data.arn
}

module "service" {
  source = "./modules/service"

  name                   = local.name
  aws_region             = var.aws_region
  environment            = var.environment
  image                  = var.container_image
  container_port         = var.container_port
  cpu                    = var.ecs_cpu
  cpu_architecture       = var.cpu_architecture
  memory                 = var.ecs_memory
  desired_count          = var.ecs_desired_count
  min_count              = var.ecs_min_count
  max_count              = var.ecs_max_count
  on_demand_base         = var.fargate_on_demand_base
  spot_percent           = var.fargate_spot_percent
  scaling_enabled        = !contains(var.leave_out, "scaling")
  off_hours_task_count   = var.off_hours_task_count
  requests_per_task      = var.requests_per_task
  extra_environment      = var.api_environment
  database               = module.database.connection
  api_key_secret_arn     = module.api_key.secret_arn
  connections_per_task   = var.db_connections_per_task
  vpc_id                 = module.network.vpc_id
  private_subnet_ids     = module.network.private_subnet_ids
  security_group_ids     = module.network.security_group_ids
  load_balancer_port     = local.load_balancer_port
  certificate_arn        = local.certificate_arn
  deletion_protection    = var.deletion_protection
  log_retention_days     = var.log_retention_days
  access_log_bucket_days = var.access_log_retention_days
  kms_key_arn            = aws_kms_key.data.arn
}

module "gateway" {
  source = "./modules/gateway"
  count  = contains(var.leave_out, "gateway") ? 0 : 1

  name                  = local.name
  load_balancer_arn     = module.service.load_balancer.arn
  listener_arn          = module.service.load_balancer.listener_arn
  private_subnet_ids    = module.network.private_subnet_ids
  security_group_id     = module.network.security_group_ids.gateway
  domain_name           = var.domain_name
  hosted_zone_id        = var.hosted_zone_id
  certificate_arn       = local.certificate_arn
  throttle_rate         = var.throttle_rate
  throttle_burst        = var.throttle_burst
  report_throttle_rate  = var.report_throttle_rate
  firewall_enabled      = var.waf_enabled
  requests_in_5_minutes = var.waf_rate_limit
  log_retention_days    = var.log_retention_days
  kms_key_arn           = aws_kms_key.data.arn
}

module "functions" {
  source = "./modules/functions"
  count  = contains(var.leave_out, "functions") ? 0 : 1

  name                = local.name
  environment         = var.environment
  image               = var.container_image
  fit_schedule        = var.fit_schedule
  fit_memory_mb       = var.fit_memory_mb
  reserve_concurrency = var.lambda_reserve_concurrency
  cpu_architecture    = var.cpu_architecture
  extra_environment   = var.api_environment
  database            = module.database.connection
  private_subnet_ids  = module.network.private_subnet_ids
  security_group_id   = module.network.security_group_ids.functions
  log_retention_days  = var.log_retention_days
  kms_key_arn         = aws_kms_key.data.arn
}

module "observability" {
  source = "./modules/observability"
  count  = contains(var.leave_out, "observability") ? 0 : 1

  name                     = local.name
  aws_region               = var.aws_region
  environment              = var.environment
  notification_email       = var.notification_email
  monthly_budget_usd       = var.monthly_budget_usd
  error_percent            = var.alarm_error_percent
  p95_seconds              = var.alarm_p95_seconds
  utilization_percent      = var.alarm_utilization_percent
  slo_percent              = var.slo_percent
  cluster_name             = module.service.cluster_name
  service_name             = module.service.service_name
  api_log_group_name       = module.service.log_group_names.api
  load_balancer_arn_suffix = module.service.load_balancer.arn_suffix
  target_group_arn_suffix  = module.service.target_group.arn_suffix
  gateway                  = one(module.gateway[*].monitored)
  functions                = one(module.functions[*].monitored)
  database = {
    identifier           = module.database.identifier
    is_cluster           = module.database.is_cluster
    max_connections      = module.database.max_connections
    allocated_storage_gb = var.db_allocated_storage_gb
  }
  log_retention_days = var.log_retention_days
  kms_key_arn        = aws_kms_key.data.arn
}

module "compliance" {
  source = "./modules/compliance"
  count  = contains(var.leave_out, "compliance") ? 0 : 1

  name                    = local.name
  aws_region              = var.aws_region
  config_recorder_enabled = var.config_recorder_enabled
  config_rules_enabled    = var.config_rules_enabled
  trail_enabled           = var.cloudtrail_enabled
  detector_enabled        = var.guardduty_enabled
  finding_topic_arns      = module.observability[*].alarm_topic_arn
  retention_days          = var.audit_log_retention_days
  deletion_protection     = var.deletion_protection
  kms_key_arn             = aws_kms_key.data.arn
}
