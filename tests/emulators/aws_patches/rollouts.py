"""ECS: rollouts. moto never starts a task of a service; here deployments go the way a test asks for.

Owns deployments, tasks, events and target health of services. Keeps to the clock, whoever asks, and starts no container.
"""

import threading
import time
import uuid
from datetime import datetime, timezone

from moto.ecs.models import EC2ContainerServiceBackend as Backend
from moto.ecs.responses import ActionResult
from moto.ecs.responses import EC2ContainerServiceResponse as Responses
from moto.elbv2.models import ELBv2Backend, FakeHealthStatus

from . import tasks

OUTCOMES = ("completes", "crashes", "unhealthy", "stalls", "alarms")
# The circuit breaker gives up after half of the wanted tasks failed, but not before three did.
FEWEST_FAILURES = 3

# What the next deployments do. `pace` is in seconds: a rollout goes one step further each time. Deployments whose
# images do not contain `image` complete.
_orders = {"outcome": "completes", "pace": 0.2, "image": "", **tasks.DEFAULTS}
_rollouts: dict[str, "Rollout"] = {}
# The server answers each request in a thread of its own.
_lock = threading.RLock()


def apply() -> None:
    Backend.create_service = _rolling_out(Backend.create_service)
    Backend.update_service = _rolling_out(Backend.update_service)
    Backend.describe_services = _up_to_date(Backend.describe_services)
    Responses.list_tasks = _with_our_tasks(Responses.list_tasks)
    Responses.describe_tasks = _describing_our_tasks(Responses.describe_tasks)
    ELBv2Backend.describe_target_health = _with_our_targets(ELBv2Backend.describe_target_health)


def order(wanted: dict) -> dict:
    """Sets what deployments from now on do; gives all that is in force. ValueError names what is unknown."""
    unknown = sorted(set(wanted) - set(_orders))
    if unknown:
        raise ValueError(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(_orders))}")
    if wanted.get("outcome", "completes") not in OUTCOMES:
        raise ValueError(f"outcome is one of {', '.join(OUTCOMES)}")
    _orders.update(wanted)
    return dict(_orders)


class Rollout:
    """One deployment of a service, and the one whose place it takes."""

    def __init__(self, service, orders: dict, former: "Rollout | None" = None):
        self.id = f"ecs-svc/{uuid.uuid4().int % 10**19}"
        self.service, self.orders, self.former = service, orders, former
        self.task_definition = service.task_definition
        if not any(orders["image"] in image for image in tasks.images(self)):
            self.orders = {**orders, "outcome": "completes"}
        self.began = time.monotonic()
        self.created_at = datetime.now(timezone.utc)
        self.state, self.reason = "IN_PROGRESS", f"ECS deployment {self.id} in progress."
        self.tasks: list[dict] = []
        self.stopped: list[dict] = []
        if former is not None:
            former._end_former()

    def steps(self) -> int:
        return int((time.monotonic() - self.began) / self.orders["pace"])

    def advance(self) -> "Rollout":
        """Catches up with the clock. Gives the deployment that is the primary one then."""
        if self.state != "IN_PROGRESS":
            self._fit_to_desired()
            return self
        outcome = self.orders["outcome"]
        if outcome == "completes" or not self.service.desired_count:
            return self._complete_in_time()
        if outcome == "stalls":
            return self
        if outcome == "alarms":
            return self._alarm_in_time()
        return self._fail_in_time()

    def running(self) -> int:
        return len(self.tasks)

    def failures_allowed(self) -> int:
        return max(FEWEST_FAILURES, -(-self.service.desired_count // 2))

    def described(self, status: str) -> dict:
        desired = 0 if self.state == "FAILED" else self.service.desired_count
        return {
            "id": self.id,
            "status": status,
            "taskDefinition": self.task_definition,
            "desiredCount": desired,
            "runningCount": self.running(),
            "pendingCount": max(desired - self.running(), 0),
            "failedTasks": len(self.stopped),
            "rolloutState": self.state,
            "rolloutStateReason": self.reason,
            "createdAt": self.created_at,
            "updatedAt": datetime.now(timezone.utc),
        }

    def health(self) -> tuple[str, str | None, str | None]:
        """What the load balancer says about the targets of this deployment."""
        if self.state == "COMPLETED":
            return "healthy", None, None
        if self.orders["outcome"] == "unhealthy":
            return "unhealthy", "Target.FailedHealthChecks", "Health checks failed"
        return "initial", "Elb.RegistrationInProgress", "Target registration is in progress"

    def _fit_to_desired(self) -> None:
        wanted = 0 if self.state == "FAILED" else self.service.desired_count
        while len(self.tasks) > wanted:
            tasks.forget(self.tasks.pop())
        while len(self.tasks) < wanted:
            self.tasks.append(tasks.running(self))

    def _complete_in_time(self) -> "Rollout":
        if self.steps() >= 1:
            self._fit_to_desired()
        if self.steps() >= 2:
            self.state, self.reason = "COMPLETED", f"ECS deployment {self.id} completed."
            self._end_former()
            self._say(f"(deployment {self.id}) deployment completed.")
            self._say("has reached a steady state.")
        return self

    def _fail_in_time(self) -> "Rollout":
        if self.orders["outcome"] == "unhealthy" and self.steps() >= 1:
            self._fit_to_desired()
        while len(self.stopped) < min(self.steps(), self.failures_allowed()):
            self.stopped.append(tasks.stopped(self))
        if self.steps() <= self.failures_allowed():
            return self
        self._end_tasks()
        self.state, self.reason = "FAILED", "ECS deployment circuit breaker: tasks failed to start."
        self._say(f"(deployment {self.id}) deployment failed: tasks failed to start.")
        if self.former is not None and self.former.state == "COMPLETED":
            return self._rolled_back()
        self._end_former()
        return self

    def _alarm_in_time(self) -> "Rollout":
        """Its tasks run, until an alarm of the service goes off."""
        if self.steps() >= 1:
            self._fit_to_desired()
        if self.steps() < FEWEST_FAILURES:
            return self
        self._end_tasks()
        self.state, self.reason = "FAILED", "ECS deployment failed: alarm detected."
        self._say(f"(deployment {self.id}) deployment failed: alarm detected.")
        return self._rolled_back() if self.former is not None and self.former.state == "COMPLETED" else self

    def _end_tasks(self) -> None:
        while self.tasks:
            tasks.forget(self.tasks.pop())

    def _end_former(self) -> None:
        if self.former is not None:
            self.former._end_tasks()
        self.former = None

    def _rolled_back(self) -> "Rollout":
        """What served goes on serving, as a new deployment of its task definition."""
        former, self.former = self.former, None
        self.service.task_definition = former.task_definition
        back = Rollout(self.service, {**self.orders, "outcome": "completes"})
        back.former, back.tasks, former.tasks = self, former.tasks, []
        back.reason = f"ECS deployment circuit breaker: rolling back to deploymentId {former.id}."
        self._say(f"rolling back to deployment {former.id}.")
        return back

    def _say(self, message: str) -> None:
        event = {"id": str(uuid.uuid4()), "createdAt": datetime.now(timezone.utc)}
        self.service.events.insert(0, {**event, "message": f"(service {self.service.name}) {message}"})


def _rolling_out(operation):
    """A deployment begins with the service, with another task definition, and where a new one is forced."""

    def wrapped(self, *arguments, **named):
        forced = bool(arguments and isinstance(arguments[0], dict) and arguments[0].get("force_new_deployment"))
        service = operation(self, *arguments, **named)
        if service.deployment_controller["type"] != "ECS" or not service.task_definition:
            return service
        service.task_definition = self.describe_task_definition(service.task_definition).arn
        current = _rollouts.get(service.arn)
        # A service of the same name that was deleted before has nothing to do with this one.
        if current is not None and current.service is not service:
            current = None
        if current is None or forced or current.task_definition != service.task_definition:
            _rollouts[service.arn] = Rollout(service, dict(_orders), former=current)
        _refresh(service)
        return service

    return wrapped


def _up_to_date(operation):
    def wrapped(self, *arguments, **named):
        services, failures = operation(self, *arguments, **named)
        for service in services:
            _refresh(service)
        return services, failures

    return wrapped


def _refresh(service) -> None:
    if service.arn not in _rollouts or service.status != "ACTIVE":
        return
    with _lock:
        primary = _rollouts[service.arn] = _rollouts[service.arn].advance()
        service.deployments = [primary.described("PRIMARY")]
        if primary.former is not None:
            service.deployments.append(primary.former.described("ACTIVE"))
    service.running_count = sum(deployment["runningCount"] for deployment in service.deployments)
    service.pending_count = sum(deployment["pendingCount"] for deployment in service.deployments)


def _with_our_tasks(operation):
    def wrapped(self):
        answer = operation(self)
        name = (self._get_param("serviceName") or "").split("/")[-1]
        status = self._get_param("desiredStatus") or "RUNNING"
        for rollout in _primary_rollouts(self.region):
            if name in ("", rollout.service.name):
                _refresh(rollout.service)
        arns = [arn for arn, task in tasks.known(name) if task["desiredStatus"] == status]
        answer.result["taskArns"] = [*answer.result["taskArns"], *arns]
        return answer

    return wrapped


def _describing_our_tasks(operation):
    def wrapped(self):
        asked = {arn.split("/")[-1] for arn in self._get_param("tasks", [])}
        ours = [task for arn, task in tasks.known("") if arn.split("/")[-1] in asked]
        found = operation(self).result["tasks"] if len(ours) < len(asked) or not asked else []
        return ActionResult({"tasks": [*found, *ours], "failures": []})

    return wrapped


def _with_our_targets(operation):
    def wrapped(self, target_group_arn, targets):
        found = operation(self, target_group_arn, targets)
        for rollout in _primary_rollouts(self.region_name):
            balancers = rollout.service.load_balancers
            ports = [one["containerPort"] for one in balancers if one.get("targetGroupArn") == target_group_arn]
            _refresh(rollout.service)
            current = _rollouts[rollout.service.arn]
            for one in filter(None, (current, current.former)):
                found += [
                    FakeHealthStatus(task["address"], str(port), str(port), *one.health())
                    for port in ports
                    for task in one.tasks
                ]
        return found

    return wrapped


def _primary_rollouts(region: str) -> list[Rollout]:
    return [one for one in _rollouts.values() if one.service.region_name == region and one.service.status == "ACTIVE"]
