"""Load balancers that look at their targets' health, and send requests to healthy ones only.

ministack calls every registered target healthy and picks any.
"""

import http.client
import random
import threading
import time
from dataclasses import dataclass

from ministack import app
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import alb

# Intervals of ten seconds are for production. Whatever a target group says is made shorter by this.
PACE = 0.1
SHORTEST_INTERVAL = 0.3

_groups: dict[str, threading.Thread] = {}
_health: dict[tuple[str, str], "_Health"] = {}


@dataclass
class _Health:
    """How a target is."""

    state: str = "initial"
    reason: str = "Elb.RegistrationInProgress"
    description: str = "Target registration is in progress"
    well: int = 0
    ill: int = 0


def apply() -> None:
    alb._ACTION_MAP["CreateTargetGroup"] = _probed(alb._create_tg)
    alb._ACTION_MAP["DescribeTargetHealth"] = _describe
    alb._forward_to_tg = _choosing(alb._forward_to_tg)
    # Its own, at a path that an application behind a load balancer has too, goes first.
    app._HEALTH_PATHS = tuple(path for path in app._HEALTH_PATHS if path != "/health")


def health(group_arn: str, target_id: str) -> _Health:
    return _health.get((group_arn, target_id), _Health())


def _probed(create):
    def wrapped(parameters):
        answer = create(parameters)
        for arn, group in alb._tgs.items():
            if arn not in _groups:
                scope = (get_account_id(), get_region())
                _groups[arn] = threading.Thread(target=_watch, args=(arn, group, scope), daemon=True)
                _groups[arn].start()
        return answer

    return wrapped


def _watch(arn: str, group: dict, scope) -> None:
    """Until the group is deleted: a thread a target and round, so that one that hangs delays nobody."""
    with request_scope(*scope):
        while alb._tgs.get(arn) is group:
            registered = [target["Id"] for target in alb._targets.get(arn, [])]
            for key in [key for key in _health if key[0] == arn and key[1] not in registered]:
                del _health[key]
            for target in alb._targets.get(arn, []):
                known = _health.setdefault((arn, target["Id"]), _Health())
                threading.Thread(target=_probe, args=(group, target, known), daemon=True).start()
            time.sleep(max(SHORTEST_INTERVAL, float(group.get("HealthCheckIntervalSeconds", 30)) * PACE))


def _probe(group: dict, target: dict, known: _Health) -> None:
    wanted = (group.get("Matcher") or {}).get("HttpCode", "200")
    port = int(target.get("Port") or group.get("Port") or 80)
    # Not made shorter: the machine of a test is busy, and that is no illness of the target.
    seconds = float(group.get("HealthCheckTimeoutSeconds", 5))
    connection = http.client.HTTPConnection(target["Id"], port, timeout=seconds)
    try:
        connection.request("GET", group.get("HealthCheckPath") or "/")
        status = connection.getresponse().status
        failure = None if str(status) in wanted.split(",") else ("Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]")
    except TimeoutError:
        failure = ("Target.Timeout", "Request timed out")
    except (OSError, http.client.HTTPException):
        failure = ("Target.FailedHealthChecks", "Health checks failed")
    finally:
        connection.close()
    _count(group, known, failure)


def _count(group: dict, known: _Health, failure) -> None:
    known.well, known.ill = (0, known.ill + 1) if failure else (known.well + 1, 0)
    # A target that was never healthy becomes so with its first good answer.
    if known.well >= (1 if known.state == "initial" else int(group.get("HealthyThresholdCount", 5))):
        known.state, known.reason, known.description = "healthy", "", ""
    if known.ill >= int(group.get("UnhealthyThresholdCount", 2)):
        known.state = "unhealthy"
        known.reason, known.description = failure


def _describe(parameters):
    arn = alb._p(parameters, "TargetGroupArn")
    if arn not in alb._tgs:
        return alb._error("TargetGroupNotFound", f"Target group '{arn}' not found.")
    members = ""
    for target in alb._targets.get(arn, []):
        known = health(arn, target["Id"])
        why = f"<Reason>{known.reason}</Reason><Description>{known.description}</Description>" if known.reason else ""
        members += (
            f"<member><Target><Id>{target['Id']}</Id><Port>{target.get('Port', 80)}</Port></Target>"
            f"<TargetHealth><State>{known.state}</State>{why}</TargetHealth></member>"
        )
    inner = f"<TargetHealthDescriptions>{members}</TargetHealthDescriptions>"
    return alb._xml(200, "DescribeTargetHealth", inner)


def _choosing(forward):
    async def wrapped(group_arn, *request):
        targets = alb._targets.get(group_arn, [])
        healthy = [one for one in targets if health(group_arn, one["Id"]).state == "healthy"]
        # As AWS does: with no healthy one, all that were once looked at are better than nothing.
        choice = healthy or [one for one in targets if health(group_arn, one["Id"]).state == "unhealthy"]
        if not choice:
            return 503, {"Content-Type": "text/plain"}, b"503 Service Temporarily Unavailable"
        return await _forward_one(forward, group_arn, random.choice(choice), request)

    return wrapped


async def _forward_one(forward, group_arn, target, request):
    group = alb._tgs[group_arn]
    method, path, headers, body, query, *raw = request
    raw_query, raw_path = raw if len(raw) == 2 else (None, None)
    return await alb._proxy_http_target(target, group, method, raw_path or path, headers, body, query, raw_query)
