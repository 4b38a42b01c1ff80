# The names that other programs rely on, with every default, and what alarms divide.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  container_image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/ecommerce-analytics-api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  api_key         = "0123456789abcdef0123456789abcdef"
}

run "with_every_default" {
  command = plan

  assert {
    condition     = output.ecs_cluster_name == "ecommerce-analytics-prod-cluster" && output.ecs_service_name == "ecommerce-analytics-prod-api-service"
    error_message = "The cluster's and the service's names are the original's."
  }

  assert {
    condition     = output.database_identifier == "ecommerce-analytics-prod-db" && output.cloudwatch_log_group_name == "/ecs/ecommerce-analytics-prod"
    error_message = "The database's and the log group's names are the original's."
  }

  assert {
    condition     = output.rds_endpoint == "db.example.internal:3306" && output.rds_port == 3306
    error_message = "rds_endpoint is host and port."
  }

  assert {
    condition     = output.vpc_cidr_block == "10.0.0.0/16" && length(output.private_subnet_ids) == 2 && length(output.public_subnet_ids) == 2 && length(output.database_subnet_ids) == 2
    error_message = "Three tiers in two zones of 10.0.0.0/16."
  }

  assert {
    condition     = output.lambda_function_names == { alert_relay = "ecommerce-analytics-prod-alert-relay", fit = "ecommerce-analytics-prod-fit" }
    error_message = "Two functions."
  }

  assert {
    condition     = contains(output.alarm_names, "ecommerce-analytics-prod-platform") && length(output.alarm_names) == 23
    error_message = "Every alarm is listed: ${length(output.alarm_names)}."
  }

  assert {
    condition     = output.log_groups.api == output.cloudwatch_log_group_name && output.log_groups.gateway == "/apigateway/ecommerce-analytics-prod"
    error_message = "Log groups by what they hold."
  }

  assert {
    condition     = toset(keys(module.observability[0].share_alarms)) == toset([for name in ["error-share", "burn-fast-long", "burn-fast-short", "burn-slow-long", "burn-slow-short"] : "ecommerce-analytics-prod-${name}"])
    error_message = "One alarm for answers 5xx, and two windows for each speed at which the budget burns."
  }

  # RequestCount is missing while no task can be chosen, which is the outage that matters most.
  assert {
    condition = alltrue([for alarm in values(module.observability[0].share_alarms) : alarm.metrics == {
      target_2xx   = "HTTPCode_Target_2XX_Count"
      target_3xx   = "HTTPCode_Target_3XX_Count"
      target_4xx   = "HTTPCode_Target_4XX_Count"
      target_5xx   = "HTTPCode_Target_5XX_Count"
      balancer_5xx = "HTTPCode_ELB_5XX_Count"
    }])
    error_message = "Answers of tasks, and those that the load balancer gave for want of one: ${jsonencode(module.observability[0].share_alarms)}."
  }

  assert {
    condition = alltrue([for alarm in values(module.observability[0].share_alarms) :
      alarm.expressions.failed == "FILL(balancer_5xx, 0) + FILL(target_5xx, 0)" &&
      alarm.expressions.answered == "FILL(balancer_5xx, 0) + FILL(target_2xx, 0) + FILL(target_3xx, 0) + FILL(target_4xx, 0) + FILL(target_5xx, 0)"
    ])
    error_message = "What never happened counts as 0: ${jsonencode(module.observability[0].share_alarms)}."
  }

  assert {
    condition     = alltrue([for name, alarm in module.observability[0].share_alarms : alarm.expressions.share == (endswith(name, "error-share") ? "IF(answered > 0, 100 * failed / answered, 0)" : "IF(answered > 0, failed / answered, 0)")])
    error_message = "Percent, or a share; 0 while nobody asks."
  }

  assert {
    condition     = alltrue([for alarm in values(module.observability[0].share_alarms) : alarm.treat_missing_data == "notBreaching" && alarm.watched == ["share"]])
    error_message = "No data is no outage, and the share alone is watched."
  }

  assert {
    condition     = module.observability[0].share_alarms["ecommerce-analytics-prod-error-share"].threshold == 5 && abs(module.observability[0].share_alarms["ecommerce-analytics-prod-burn-fast-short"].threshold - 0.0144) < 0.000001
    error_message = "5 %, and 14.4 times what 99.9 % leaves."
  }
}

run "with_a_domain" {
  command = plan

  variables {
    domain_name    = "api.example.com"
    hosted_zone_id = "Z0123456789ABCDEFGHIJ"
  }

  assert {
    condition     = output.api_url == "https://api.example.com"
    error_message = "The API answers under its domain."
  }

  assert {
    condition     = module.service.listener.protocol == "HTTPS" && module.service.listener.port == 443
    error_message = "TLS from the gateway to the load balancer."
  }
}

run "without_what_an_emulator_lacks" {
  command = plan

  variables {
    leave_out = ["scaling", "gateway", "functions", "observability", "compliance"]
  }

  assert {
    condition     = startswith(output.api_url, "http://") && output.lambda_function_names == {} && length(output.alarm_names) == 2
    error_message = "The service alone, behind its load balancer."
  }
}
