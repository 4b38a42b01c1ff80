"""Fails when an account still has something after a destroy. Usage: left_over.py VARIABLES.json STATE_BUCKET [SNAPSHOTS]

SNAPSHOTS of databases are left on purpose: one where the variables ask for a final one, unless said otherwise.
"""

import json
import sys

import boto3


def main() -> None:
    variables, state_bucket = json.load(open(sys.argv[1])), sys.argv[2]
    left = {kind: names for kind, names in survey(state_bucket) if names}
    snapshots = left.pop("snapshots", [])
    expected = int(sys.argv[3]) if len(sys.argv) > 3 else int(variables.get("db_final_snapshot", True))
    assert len(snapshots) == expected, snapshots
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
    of_instances = ask("rds", "describe_db_snapshots", SnapshotType="manual")["DBSnapshots"]
    of_clusters = ask("rds", "describe_db_cluster_snapshots", SnapshotType="manual")["DBClusterSnapshots"]
    yield "snapshots", [
        *(s["DBSnapshotIdentifier"] for s in of_instances), *(s["DBClusterSnapshotIdentifier"] for s in of_clusters)
    ]
    clusters = ask("ecs", "list_clusters")["clusterArns"]
    yield "clusters", [c["clusterName"] for c in ask("ecs", "describe_clusters", clusters=clusters)["clusters"] if c["status"] == "ACTIVE"] if clusters else []
    yield "load balancers", [b["LoadBalancerName"] for b in ask("elbv2", "describe_load_balancers")["LoadBalancers"]]
    yield "target groups", [t["TargetGroupName"] for t in ask("elbv2", "describe_target_groups")["TargetGroups"]]
    yield "log groups", [g["logGroupName"] for g in ask("logs", "describe_log_groups")["logGroups"]]
    yield "secrets", [s["Name"] for s in ask("secretsmanager", "list_secrets")["SecretList"]]
    yield "functions", [f["FunctionName"] for f in ask("lambda", "list_functions")["Functions"]]
    yield "queues", ask("sqs", "list_queues").get("QueueUrls", [])
    yield "topics", [t["TopicArn"] for t in ask("sns", "list_topics")["Topics"]]
    yield "domain names", [d["DomainName"] for d in ask("apigatewayv2", "get_domain_names")["Items"]]
    zones = [zone["Id"] for zone in ask("route53", "list_hosted_zones")["HostedZones"]]
    records = [r for zone in zones for r in ask("route53", "list_resource_record_sets", HostedZoneId=zone)["ResourceRecordSets"]]
    yield "records", [(r["Type"], r["Name"]) for r in records if r["Type"] not in ("NS", "SOA")]
    yield "certificates", [c["DomainName"] for c in ask("acm", "list_certificates")["CertificateSummaryList"]]
    alarms = ask("cloudwatch", "describe_alarms")
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
