"""Rollouts that are done when the new tasks are healthy, and tasks that are replaced when they are not.

ministack calls a rollout done a second after the tasks run, and keeps tasks that fail their health checks.
"""

import threading
import time

from ministack.core.responses import request_scope
from ministack.services import ecs

from . import balancing

LOOKS_EVERY = 0.2
# ECS hears of the load balancer's verdict and does not act at once. What ails a task that served can be seen meanwhile.
ACTS_AFTER = 10.0
# For connections that were on their way when a target was deregistered.
DEREGISTRATION_SECONDS = 1.0


def apply() -> None:
    ecs._run_task = _started_by_deployment(ecs._run_task)
    ecs._make_deployment = _under_way(ecs._make_deployment)
    ecs._schedule_service_deployment_completion = _when_healthy(ecs._schedule_service_deployment_completion)
    ecs._remove_docker_container = _after_deregistration(ecs._remove_docker_container)


def _started_by_deployment(run):
    """It names the service; that way nobody can tell the tasks of one deployment from those of another."""

    def wrapped(data):
        return run(data | {"startedBy": data["_deploymentId"]} if data.get("_deploymentId") else data)

    return wrapped


def _under_way(make):
    """It calls the first deployment of a service done before there is a task."""

    def wrapped(*arguments, **more):
        under_way = {"rolloutState": "IN_PROGRESS", "rolloutStateReason": "ECS deployment in progress."}
        return make(*arguments, **more) | under_way

    return wrapped


def _when_healthy(schedule):
    def wrapped(cluster_name, service_key, account, region, healthy_task=None):
        if healthy_task is None:
            return schedule(cluster_name, service_key, account, region)

        def watch() -> None:
            with request_scope(account, region):
                told, grace_ends = False, time.monotonic() + _grace(service_key)
                ill_since = None
                while ecs._task_is_active(healthy_task["taskArn"], healthy_task):
                    states = _states(service_key, healthy_task)
                    if all(state == "healthy" for state in states) and not told:
                        told = True
                        schedule(cluster_name, service_key, account, region, healthy_task=healthy_task)
                    is_ill = "unhealthy" in states and time.monotonic() > grace_ends
                    ill_since = (ill_since or time.monotonic()) if is_ill else None
                    if is_ill and time.monotonic() - ill_since >= (ACTS_AFTER if told else 0):
                        return _replace(service_key, healthy_task)
                    time.sleep(LOOKS_EVERY)

        threading.Thread(target=watch, daemon=True).start()

    return wrapped


def _grace(service_key: str) -> float:
    return ecs._services[service_key].get("healthCheckGracePeriodSeconds", 0) * balancing.PACE


def _states(service_key: str, task: dict) -> list[str]:
    groups = [one["targetGroupArn"] for one in ecs._services[service_key].get("loadBalancers", [])]
    return [balancing.health(group, ecs._task_ip(task)).state for group in groups]


def _replace(service_key: str, task: dict) -> None:
    engine = ecs._get_docker()
    group = ecs._services[service_key]["loadBalancers"][0]["targetGroupArn"]
    reason = f"Task failed ELB health checks in (target-group {group})"
    if ecs._mark_task_stopped(task["taskArn"], task, reason, "ServiceSchedulerInitiated"):
        ecs._record_service_task_failure(task)
        ecs._cleanup_task_resources(task, engine)


def _after_deregistration(remove):
    def wrapped(engine, container):
        time.sleep(DEREGISTRATION_SECONDS)
        remove(engine, container)

    return wrapped
