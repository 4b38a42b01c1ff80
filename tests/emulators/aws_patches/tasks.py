"""Tasks of rollouts as ECS describes them, and the last words of those that stopped, in CloudWatch Logs."""

import itertools
import time
import uuid
from datetime import datetime, timezone

from moto.ecs.models import ecs_backends
from moto.logs.models import logs_backends

# How a failed task ends. An `exit_code` of null is a container that never ran.
DEFAULTS = {
    "container": "api",
    "exit_code": 1,
    "stopped_reason": "Essential container in task exited",
    "container_reason": None,
    "log": [],
}

_tasks: dict[str, dict] = {}
_addresses = itertools.count(10)


def known(service_name: str) -> list[tuple[str, dict]]:
    """ARN and description of each task of a service; of all of them without a name."""
    group = f"service:{service_name}"
    return [(arn, task) for arn, task in list(_tasks.items()) if group in ("service:", task["group"])]


def running(rollout) -> dict:
    """A task that serves."""
    containers = [_container(name, "RUNNING") for name in _names(rollout)]
    return _remember(rollout, {"desiredStatus": "RUNNING", "lastStatus": "RUNNING", "containers": containers})


def stopped(rollout) -> dict:
    """A task that failed the way the rollout's orders say; what it logged is in its log stream."""
    orders = rollout.orders
    containers = [_container(name, "STOPPED") for name in _names(rollout)]
    for container in containers:
        if container["name"] == orders["container"]:
            container |= {"exitCode": orders["exit_code"], "reason": orders["container_reason"]}
    task = _remember(
        rollout,
        {
            "desiredStatus": "STOPPED",
            "lastStatus": "STOPPED",
            "stoppedReason": orders["stopped_reason"],
            "stoppedAt": datetime.now(timezone.utc),
            "containers": [{key: value for key, value in one.items() if value is not None} for one in containers],
        },
    )
    _log(rollout, task["taskArn"].split("/")[-1])
    return task


def forget(task: dict) -> None:
    """A task that was stopped because nobody wants it any more: no failure, so that nobody asks for it either."""
    _tasks.pop(task["taskArn"], None)


def _remember(rollout, facts: dict) -> dict:
    service, number = rollout.service, next(_addresses)
    prefix = service.arn.split(":service/")[0]
    arn = f"{prefix}:task/{service.cluster_name}/{uuid.uuid4().hex}"
    _tasks[arn] = {
        "taskArn": arn,
        "clusterArn": service.cluster_arn,
        "taskDefinitionArn": rollout.task_definition,
        "group": f"service:{service.name}",
        "startedBy": rollout.id,
        "createdAt": datetime.now(timezone.utc),
        "address": f"10.9.{number // 250}.{number % 250 + 1}",
        **facts,
    }
    return _tasks[arn]


def _definitions(rollout) -> list[dict]:
    service = rollout.service
    backend = ecs_backends[service._account_id][service.region_name]
    return backend.describe_task_definition(rollout.task_definition).container_definitions


def images(rollout) -> list[str]:
    """The images that its task definition names."""
    return [definition.get("image", "") for definition in _definitions(rollout)]


def _names(rollout) -> list[str]:
    return [definition["name"] for definition in _definitions(rollout)]


def _container(name: str, status: str) -> dict:
    return {"name": name, "lastStatus": status}


def _log(rollout, task_id: str) -> None:
    """As the awslogs driver does it: a stream `prefix/container/task`."""
    orders, service = rollout.orders, rollout.service
    for definition in _definitions(rollout):
        options = (definition.get("logConfiguration") or {}).get("options", {})
        group, prefix = options.get("awslogs-group"), options.get("awslogs-stream-prefix")
        if definition["name"] != orders["container"] or not (group and prefix and orders["log"]):
            continue
        logs = logs_backends[service._account_id][service.region_name]
        stream, now = f"{prefix}/{definition['name']}/{task_id}", int(time.time() * 1000)
        logs.create_log_stream(group, stream)
        logs.put_log_events(group, stream, [{"timestamp": now, "message": line} for line in orders["log"]])
