# What tells the environments apart: sizes, spread, protection, cost.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  container_image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/ecommerce-analytics-api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  api_key         = "0123456789abcdef0123456789abcdef"
}

run "dev" {
  command = plan

  variables {
    environment               = "dev"
    vpc_cidr                  = "10.1.0.0/16"
    availability_zone_count   = 2
    nat_gateway_per_zone      = false
    db_instance_class         = "db.t3.micro"
    db_multi_az               = false
    db_backup_retention_days  = 1
    db_deletion_protection    = false
    db_connections_per_task   = 6
    ecs_cpu                   = 256
    ecs_memory                = 512
    ecs_desired_count         = 1
    ecs_min_count             = 0
    ecs_max_count             = 2
    fargate_on_demand_base    = 0
    fargate_spot_percent      = 100
    off_hours_task_count      = 0
    deletion_protection       = false
    log_retention_days        = 7
    access_log_retention_days = 14
    waf_enabled               = false
    throttle_rate             = 100
    throttle_burst            = 200
    report_throttle_rate      = 50
    monthly_budget_usd        = 100
    config_recorder_enabled   = false
    config_rules_enabled      = false
    cloudtrail_enabled        = false
    guardduty_enabled         = false
    fit_memory_mb             = 1024
    db_final_snapshot         = false
  }

  assert {
    condition     = module.service.size == { cpu = 256, memory = 512, desired_count = 1, spot_weight = 100, scheduled_actions = 2 }
    error_message = "Size of the service: ${jsonencode(module.service.size)}."
  }

  assert {
    condition     = module.database.instance == { class = "db.t3.micro", multi_az = false, deletion_protection = false, performance_insights = false, backup_retention_days = 1 }
    error_message = "The database: ${jsonencode(module.database.instance)}."
  }

  assert {
    condition     = module.database.max_connections == 64
    error_message = "Connections that the class takes."
  }

  assert {
    condition     = length(output.private_subnet_ids) == 2 && module.network.nat_gateway_count == 1
    error_message = "Zones and NAT gateways."
  }

  assert {
    condition     = contains(keys(output.log_groups), "firewall") == false && length(output.config_rule_names) == 0
    error_message = "Firewall and compliance rules."
  }
}

run "staging" {
  command = plan

  variables {
    environment               = "staging"
    vpc_cidr                  = "10.2.0.0/16"
    availability_zone_count   = 2
    nat_gateway_per_zone      = false
    db_instance_class         = "db.t3.small"
    db_multi_az               = false
    db_backup_retention_days  = 7
    db_deletion_protection    = false
    db_connections_per_task   = 7
    ecs_cpu                   = 512
    ecs_memory                = 1024
    ecs_desired_count         = 2
    ecs_min_count             = 1
    ecs_max_count             = 4
    fargate_on_demand_base    = 1
    fargate_spot_percent      = 70
    off_hours_task_count      = 1
    deletion_protection       = false
    log_retention_days        = 30
    access_log_retention_days = 90
    waf_enabled               = true
    throttle_rate             = 500
    throttle_burst            = 1000
    report_throttle_rate      = 100
    monthly_budget_usd        = 200
    config_recorder_enabled   = false
    config_rules_enabled      = false
    cloudtrail_enabled        = false
    guardduty_enabled         = false
    fit_memory_mb             = 1024
    db_final_snapshot         = false
  }

  assert {
    condition     = module.service.size == { cpu = 512, memory = 1024, desired_count = 2, spot_weight = 70, scheduled_actions = 2 }
    error_message = "Size of the service: ${jsonencode(module.service.size)}."
  }

  assert {
    condition     = module.database.instance == { class = "db.t3.small", multi_az = false, deletion_protection = false, performance_insights = false, backup_retention_days = 7 }
    error_message = "The database: ${jsonencode(module.database.instance)}."
  }

  assert {
    condition     = module.database.max_connections == 128
    error_message = "Connections that the class takes."
  }

  assert {
    condition     = length(output.private_subnet_ids) == 2 && module.network.nat_gateway_count == 1
    error_message = "Zones and NAT gateways."
  }

  assert {
    condition     = contains(keys(output.log_groups), "firewall") == true && length(output.config_rule_names) == 0
    error_message = "Firewall and compliance rules."
  }
}

run "prod" {
  command = plan

  variables {
    environment               = "prod"
    vpc_cidr                  = "10.0.0.0/16"
    availability_zone_count   = 3
    nat_gateway_per_zone      = true
    db_instance_class         = "db.t3.medium"
    db_multi_az               = true
    db_backup_retention_days  = 7
    db_deletion_protection    = true
    db_connections_per_task   = 6
    ecs_cpu                   = 1024
    ecs_memory                = 2048
    ecs_desired_count         = 3
    ecs_min_count             = 3
    ecs_max_count             = 10
    fargate_on_demand_base    = 3
    fargate_spot_percent      = 50
    off_hours_task_count      = -1
    deletion_protection       = true
    log_retention_days        = 365
    access_log_retention_days = 365
    waf_enabled               = true
    throttle_rate             = 2000
    throttle_burst            = 4000
    report_throttle_rate      = 500
    monthly_budget_usd        = 800
    config_recorder_enabled   = true
    config_rules_enabled      = true
    cloudtrail_enabled        = true
    guardduty_enabled         = true
    fit_memory_mb             = 2048
    db_final_snapshot         = true
  }

  assert {
    condition     = module.service.size == { cpu = 1024, memory = 2048, desired_count = 3, spot_weight = 50, scheduled_actions = 0 }
    error_message = "Size of the service: ${jsonencode(module.service.size)}."
  }

  assert {
    condition     = module.database.instance == { class = "db.t3.medium", multi_az = true, deletion_protection = true, performance_insights = true, backup_retention_days = 7 }
    error_message = "The database: ${jsonencode(module.database.instance)}."
  }

  assert {
    condition     = module.database.max_connections == 256
    error_message = "Connections that the class takes."
  }

  assert {
    condition     = length(output.private_subnet_ids) == 3 && module.network.nat_gateway_count == 3
    error_message = "Zones and NAT gateways."
  }

  assert {
    condition     = contains(keys(output.log_groups), "firewall") == true && length(output.config_rule_names) == 24
    error_message = "Firewall and compliance rules."
  }
}
