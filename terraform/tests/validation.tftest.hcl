# Every rule of every variable refuses what it is there to refuse. Many in a run: a plan of the tree takes seconds. A rule
# that reads another variable is in a run where that one is right.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  container_image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/ecommerce-analytics-api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
}

run "refuses_what_stands_alone" {
  command = plan

  variables {
    aws_region                = "Virginia"
    account_id                = "1234"
    project_name              = "Shop_1"
    environment               = "production"
    tags                      = { "aws:owner" = "us" }
    vpc_cidr                  = "10.0.0.0/24"
    availability_zone_count   = 1
    database_engine           = "postgres"
    db_name                   = "1st"
    db_username               = "root"
    db_allocated_storage_gb   = 10
    db_backup_retention_days  = 0
    db_connections_per_task   = 0
    container_image           = "ecommerce-analytics-api:latest"
    container_port            = 80
    cpu_architecture          = "x86"
    ecs_cpu                   = 300
    ecs_min_count             = -1
    fargate_on_demand_base    = -1
    fargate_spot_percent      = 101
    requests_per_task         = 0
    api_key                   = "short"
    api_environment           = { SLACK_TOKEN = "x" }
    log_retention_days        = 8
    access_log_retention_days = 0
    domain_name               = "https://shop.example.com"
    throttle_rate             = 0
    throttle_burst            = 5001
    waf_rate_limit            = 9
    fit_schedule              = "every night"
    fit_memory_mb             = 64
    notification_email        = "nobody"
    monthly_budget_usd        = 0
    alarm_error_percent       = 0
    alarm_p95_seconds         = 31
    alarm_utilization_percent = 80
    slo_percent               = 100
    audit_log_retention_days  = 0
    leave_out                 = ["network"]
  }

  expect_failures = [
    var.aws_region,
    var.account_id,
    var.project_name,
    var.environment,
    var.tags,
    var.vpc_cidr,
    var.availability_zone_count,
    var.database_engine,
    var.db_name,
    var.db_username,
    var.db_allocated_storage_gb,
    var.db_backup_retention_days,
    var.db_connections_per_task,
    var.container_image,
    var.container_port,
    var.cpu_architecture,
    var.ecs_cpu,
    var.ecs_min_count,
    var.fargate_on_demand_base,
    var.fargate_spot_percent,
    var.requests_per_task,
    var.api_key,
    var.api_environment,
    var.log_retention_days,
    var.access_log_retention_days,
    var.domain_name,
    var.throttle_rate,
    var.throttle_burst,
    var.waf_rate_limit,
    var.fit_schedule,
    var.fit_memory_mb,
    var.notification_email,
    var.monthly_budget_usd,
    var.alarm_error_percent,
    var.alarm_p95_seconds,
    var.alarm_utilization_percent,
    var.slo_percent,
    var.audit_log_retention_days,
    var.leave_out,
  ]
}

run "refuses_what_depends_on_another" {
  command = plan

  variables {
    project_name                = "a-project-name-that-is-too-long"
    vpc_cidr                    = "10.0.0.0"
    db_instance_class           = "t3.micro"
    db_max_allocated_storage_gb = 21
    db_reader_count             = 1
    ecs_memory                  = 4096
    ecs_max_count               = 101
    hosted_zone_id              = "Z123"
    report_throttle_rate        = 1001
    log_retention_days          = 0
    container_image             = "repository@sha256:123"
  }

  expect_failures = [
    var.project_name,
    var.vpc_cidr,
    var.db_instance_class,
    var.db_max_allocated_storage_gb,
    var.db_reader_count,
    var.ecs_memory,
    var.ecs_max_count,
    var.hosted_zone_id,
    var.report_throttle_rate,
    var.log_retention_days,
    var.container_image,
  ]
}

run "refuses_what_does_not_go_together" {
  command = plan

  variables {
    off_hours_task_count = 0
    database_engine      = "aurora-mysql"
    db_reader_count      = 2
    db_instance_class    = "db.t3.micro"
    db_reader_count_max  = 1
    ecs_desired_count    = 9
  }

  expect_failures = [
    var.db_instance_class,
    var.db_reader_count_max,
    var.ecs_desired_count,
    var.off_hours_task_count,
  ]
}
