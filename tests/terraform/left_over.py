"""Fails when an account still has something after a destroy. Usage: left_over.py VARIABLES.json STATE_BUCKET"""

import json
import sys

import boto3


def main() -> None:
    variables, state_bucket = json.load(open(sys.argv[1])), sys.argv[2]
    left = {kind: names for kind, names in survey(state_bucket) if names}
    # A database that was protected leaves its last state behind, on purpose.
    snapshots = left.pop("snapshots", [])
    assert len(snapshots) == (1 if variables.get("db_final_snapshot", True) else 0), snapshots
    assert not left, left


def survey(state_bucket: str):
    def ask(service: str, operation: str, **parameters):
        return getattr(boto3.client(service), operation)(**parameters)

    mine = [{"Name": "is-default", "Values": ["false"]}]
    yield "vpcs", [v["VpcId"] for v in ask("ec2", "describe_vpcs", Filters=mine)["Vpcs"]]
    yield "addresses", [a["PublicIp"] for a in ask("ec2", "describe_addresses")["Addresses"]]
    yield "nat gateways", [n["NatGatewayId"] for n in ask("ec2", "describe_nat_gateways")["NatGateways"] if n["State"] != "deleted"]
    yield "buckets", [b["Name"] for b in ask("s3", "list_buckets")["Buckets"] if b["Name"] != state_bucket]
    yield "instances", [d["DBInstanceIdentifier"] for d in ask("rds", "describe_db_instances")["DBInstances"]]
    yield "database clusters", [d["DBClusterIdentifier"] for d in ask("rds", "describe_db_clusters")["DBClusters"]]
    yield "snapshots", [s["DBSnapshotIdentifier"] for s in ask("rds", "describe_db_snapshots", SnapshotType="manual")["DBSnapshots"]]
    clusters = ask("ecs", "list_clusters")["clusterArns"]
    yield "clusters", [c["clusterName"] for c in ask("ecs", "describe_clusters", clusters=clusters)["clusters"] if c["status"] == "ACTIVE"] if clusters else []
    yield "load balancers", [b["LoadBalancerName"] for b in ask("elbv2", "describe_load_balancers")["LoadBalancers"]]
    yield "target groups", [t["TargetGroupName"] for t in ask("elbv2", "describe_target_groups")["TargetGroups"]]
    yield "log groups", [g["logGroupName"] for g in ask("logs", "describe_log_groups")["logGroups"]]
    yield "secrets", [s["Name"] for s in ask("secretsmanager", "list_secrets")["SecretList"]]
    yield "functions", [f["FunctionName"] for f in ask("lambda", "list_functions")["Functions"]]
    yield "queues", ask("sqs", "list_queues").get("QueueUrls", [])
    yield "topics", [t["TopicArn"] for t in ask("sns", "list_topics")["Topics"]]
    alarms = ask("cloudwatch", "describe_alarms")
    yield "certificates", [c["DomainName"] for c in ask("acm", "list_certificates")["CertificateSummaryList"]]
    yield "alarms", [a["AlarmName"] for a in alarms["MetricAlarms"] + alarms["CompositeAlarms"]]
    yield "dashboards", [d["DashboardName"] for d in ask("cloudwatch", "list_dashboards")["DashboardEntries"]]
    yield "roles", [r["RoleName"] for r in ask("iam", "list_roles")["Roles"]]
    yield "gateways", [a["Name"] for a in ask("apigatewayv2", "get_apis")["Items"]]
    yield "links", [v["Name"] for v in ask("apigatewayv2", "get_vpc_links")["Items"]]
    yield "firewalls", [w["Name"] for w in ask("wafv2", "list_web_acls", Scope="REGIONAL")["WebACLs"]]
    yield "event rules", [r["Name"] for r in ask("events", "list_rules")["Rules"]]
    yield "schedules", [s["Name"] for s in ask("scheduler", "list_schedules")["Schedules"]]
    yield "trails", [t["Name"] for t in ask("cloudtrail", "describe_trails")["trailList"]]
    yield "recorders", [r["name"] for r in ask("config", "describe_configuration_recorders")["ConfigurationRecorders"]]
    yield "detectors", ask("guardduty", "list_detectors")["DetectorIds"]
    yield "budgets", [b["BudgetName"] for b in ask("budgets", "describe_budgets", AccountId="123456789012")["Budgets"]]


main()
