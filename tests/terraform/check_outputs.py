"""Checks what an applied environment says of itself. Usage: check_outputs.py VARIABLES.json OUTPUTS.json"""

import json
import sys

# The contract: the original's outputs and those that `eap` reads. A missing one breaks a command.
NAMES = """
vpc_id vpc_cidr_block private_subnet_ids public_subnet_ids database_subnet_ids rds_endpoint rds_port ecs_cluster_name
ecs_service_name load_balancer_dns_name api_gateway_url api_gateway_stage_url cloudwatch_log_group_name
lambda_function_names api_url target_group_arn task_definition_arn api_key_secret_arn database_identifier log_groups
access_log_bucket alarm_names alarm_topic_arn slack_webhook_secret_arn load_balancer_arn_suffix target_group_arn_suffix
budget_name one_off_task_definition_arn config_rule_names
""".split()


def main() -> None:
    variables, outputs = (json.load(open(path)) for path in sys.argv[1:3])
    assert sorted(outputs) == sorted(NAMES), set(outputs) ^ set(NAMES)
    value = {name: output["value"] for name, output in outputs.items()}
    name = f"ecommerce-analytics-{variables['environment']}"

    assert value["vpc_cidr_block"] == variables["vpc_cidr"]
    for tier in ("public", "private", "database"):
        subnets = value[f"{tier}_subnet_ids"]
        assert len(set(subnets)) == variables["availability_zone_count"], (tier, subnets)
    # The names that the original promised.
    assert value["ecs_cluster_name"] == f"{name}-cluster"
    assert value["ecs_service_name"] == f"{name}-api-service"
    assert value["database_identifier"] == f"{name}-db"
    assert value["cloudwatch_log_group_name"] == f"/ecs/{name}"
    assert value["rds_port"] == 3306 and value["rds_endpoint"].endswith(":3306")
    # The dimensions of the load balancer's metrics: a wrong one reads as "no traffic".
    assert value["target_group_arn"].endswith(":" + value["target_group_arn_suffix"])
    assert value["target_group_arn_suffix"].startswith("targetgroup/"), value["target_group_arn_suffix"]
    assert value["load_balancer_arn_suffix"].startswith("app/"), value["load_balancer_arn_suffix"]
    assert f"/{name}-api:" in value["task_definition_arn"]
    assert f"/{name}-once:" in value["one_off_task_definition_arn"]
    own_name = f"https://{variables['domain_name']}" if variables.get("domain_name") else None
    assert value["api_url"] == (own_name or value["api_gateway_url"].rstrip("/")) and value["api_url"].startswith("https://")
    assert value["lambda_function_names"] == {"alert_relay": f"{name}-alert-relay", "fit": f"{name}-fit"}
    assert value["budget_name"] == name
    assert len(value["alarm_names"]) == len(set(value["alarm_names"])) >= 20
    assert all(alarm.startswith(name) for alarm in value["alarm_names"])
    assert len(value["config_rule_names"]) == (24 if variables["config_rules_enabled"] else 0), value["config_rule_names"]
    assert all(rule.startswith(f"{name}-") for rule in value["config_rule_names"])
    expected = {"api", "exec", "database_error", "database_slowquery", "flow", "gateway", "alert_relay", "fit", "task_events"}
    if variables.get("database_engine") == "aurora-mysql":
        expected.add("database_audit")
    assert set(value["log_groups"]) == expected | ({"firewall"} if variables["waf_enabled"] else set()), value["log_groups"]


main()
