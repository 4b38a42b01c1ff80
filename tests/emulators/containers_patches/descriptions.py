"""Descriptions that leave out what was asked for, so that Terraform would set it again with each plan."""

import json
from datetime import datetime, timezone

from ministack.services import cloudwatch, ec2, ecs

# What DescribeAlarms takes, in its two shapes.
LISTS = {"AlarmNames", "AlarmTypes"}
TEXTS = {"AlarmNamePrefix", "StateValue", "MaxRecords", "NextToken"}


def apply() -> None:
    cloudwatch._describe_alarms = _whole(cloudwatch._describe_alarms)
    ecs._ACTION_MAP["CreateService"] = _balanced(ecs._create_service)
    ec2._ACTION_MAP["CreateFlowLogs"] = _remembered(ec2._create_flow_logs)
    ec2._ACTION_MAP["DescribeFlowLogs"] = _described(ec2._describe_flow_logs)


def _whole(describe):
    """In XML, which Terraform's provider speaks, an alarm has neither dimensions nor period nor actions."""

    def wrapped(parameters, data, is_cbor, is_json=False):
        if is_cbor or is_json:
            return describe(parameters, data, is_cbor, is_json)
        asked = {name: cloudwatch._p(parameters, name) for name in TEXTS if cloudwatch._p(parameters, name)}
        asked |= {name: _members(parameters, name) for name in LISTS if _members(parameters, name)}
        status, headers, body = describe(parameters, asked, False, True)
        if status != 200:
            return status, headers, body
        return cloudwatch._xml(
            200, "DescribeAlarmsResponse", f"<DescribeAlarmsResult>{_xml(json.loads(body))}</DescribeAlarmsResult>"
        )

    return wrapped


def _members(parameters, name: str) -> list[str]:
    members = (cloudwatch._p(parameters, f"{name}.member.{number}") for number in range(1, 101))
    return [member for member in members if member]


def _xml(value, name: str = "") -> str:
    if name.endswith("Timestamp"):
        return datetime.fromtimestamp(value, timezone.utc).isoformat()
    if isinstance(value, dict):
        if value.get("ExtendedStatistic"):
            # It sets both where one was asked for.
            value = value | {"Statistic": None}
        parts = ((name, part) for name, part in value.items() if part not in (None, "", []))
        return "".join(f"<{name}>{_xml(part, name)}</{name}>" for name, part in parts)
    if isinstance(value, list):
        return "".join(f"<member>{_xml(part)}</member>" for part in value)
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).replace("&", "&amp;").replace("<", "&lt;")


def _balanced(create):
    def wrapped(data):
        answer = create(data)
        name = f"{ecs._resolve_cluster_name(data.get('cluster', 'default'))}/{data['serviceName']}"
        if answer[0] == 200:
            ecs._services[name]["availabilityZoneRebalancing"] = data.get("availabilityZoneRebalancing", "DISABLED")
        return answer

    return wrapped


def _remembered(create):
    def wrapped(parameters):
        before = set(ec2._flow_logs)
        answer = create(parameters)
        for made in set(ec2._flow_logs) - before:
            ec2._flow_logs[made]["_role"] = ec2._p(parameters, "DeliverLogsPermissionArn")
            ec2._flow_logs[made]["_interval"] = ec2._p(parameters, "MaxAggregationInterval") or "600"
            # It looks for tags below another name than the one of the call.
            ec2._parse_tag_specs(parameters, "vpc-flow-log", made)
        return answer

    return wrapped


def _described(describe):
    def wrapped(parameters):
        status, headers, body = describe(parameters)
        text = body.decode()
        for name, log in ec2._flow_logs.items():
            more = f"<maxAggregationInterval>{log['_interval']}</maxAggregationInterval>"
            if log["_role"]:
                more += f"<deliverLogsPermissionArn>{log['_role']}</deliverLogsPermissionArn>"
            text = text.replace(f"<flowLogId>{name}</flowLogId>", f"<flowLogId>{name}</flowLogId>{more}")
        return status, headers, text.encode()

    return wrapped
