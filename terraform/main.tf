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
  connections_needed       = local.database_connections_needed
  subnet_ids               = module.network.database_subnet_ids
  security_group_id        = module.network.security_group_ids.database
  log_retention_days       = var.log_retention_days
  kms_key_arn              = aws_kms_key.data.arn
}

module "service" {
  source = "./modules/service"

  name                   = local.name
  aws_region             = var.aws_region
  environment            = var.environment
  image                  = var.container_image
  container_port         = var.container_port
  cpu                    = var.ecs_cpu
  memory                 = var.ecs_memory
  desired_count          = var.ecs_desired_count
  min_count              = var.ecs_min_count
  max_count              = var.ecs_max_count
  on_demand_base         = var.fargate_on_demand_base
  spot_percent           = var.fargate_spot_percent
  off_hours_task_count   = var.off_hours_task_count
  requests_per_task      = var.requests_per_task
  extra_environment      = var.api_environment
  database               = module.database.connection
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
