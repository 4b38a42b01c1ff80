# The switch to Aurora, and the rule that a service cannot exhaust its database.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  container_image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/ecommerce-analytics-api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  api_key         = "0123456789abcdef0123456789abcdef"
}

run "aurora" {
  command = plan

  variables {
    database_engine     = "aurora-mysql"
    db_instance_class   = "db.r6g.large"
    db_multi_az         = true
    db_reader_count     = 0
    db_reader_count_max = 3
  }

  assert {
    condition     = output.rds_endpoint == "writer.example.internal:3306" && output.database_identifier == "ecommerce-analytics-prod-db"
    error_message = "The same names, and the writer's endpoint."
  }

  assert {
    condition     = contains(output.alarm_names, "ecommerce-analytics-prod-replica-lag") && !contains(output.alarm_names, "ecommerce-analytics-prod-database-storage")
    error_message = "Lag is watched instead of storage."
  }

  assert {
    condition     = module.service.container_environment.api.DATABASE_READER_HOST == "reader.example.internal" && module.service.container_environment.api.DATABASE_HOST == "writer.example.internal"
    error_message = "Reports are read from the readers."
  }

  assert {
    condition     = module.database.max_connections == 1024
    error_message = "db.r6g.large has 16 GiB."
  }
}

run "mysql_has_no_reader" {
  command = plan

  assert {
    condition     = !contains(keys(module.service.container_environment.api), "DATABASE_READER_HOST")
    error_message = "No reader without Aurora."
  }
}

run "a_service_that_can_exhaust_its_database_is_refused" {
  command = plan

  module {
    source = "./modules/database"
  }

  variables {
    name                     = "shop-dev"
    engine                   = "mysql"
    instance_class           = "db.t3.micro"
    database_name            = "analytics"
    username                 = "analytics"
    allocated_storage_gb     = 20
    max_allocated_storage_gb = 100
    multi_az                 = false
    reader_count             = 0
    reader_count_max         = 2
    backup_retention_days    = 7
    deletion_protection      = true
    final_snapshot           = false
    connections_needed       = 65
    subnet_ids               = ["subnet-1", "subnet-2"]
    security_group_id        = "sg-1"
    log_retention_days       = 7
    kms_key_arn              = "arn:aws:kms:us-east-1:123456789012:key/1"
  }

  # db.t3.micro takes 64.
  expect_failures = [terraform_data.connections_fit]
}
