"""Containers as Fargate runs them, with a real database server in the place of the one that RDS describes."""

import os
import socket
import threading
from functools import cache
from urllib.parse import unquote, urlsplit

from ministack.services import ecs

# What the certificate of the test servers is for.
CERTIFIED_NAME = "database.shop.test"
CA_IN_CONTAINER = "/database-ca.pem"
NETWORK = "eap-test-tasks"


def apply(given) -> None:
    database = _Database(given.database, given.database_ca, given.unplug)
    ecs._build_run_kwargs = _as_fargate(ecs._build_run_kwargs, database)
    ecs._mark_task_stopped = _telling_why(ecs._mark_task_stopped)


class _Database:
    """The server, which listens on loopback, as containers reach it: by a relay on their bridge."""

    def __init__(self, url: str, authorities: str, unplug: str | None) -> None:
        parts = urlsplit(url)
        self.server = (parts.hostname, parts.port)
        self.login = {"DATABASE_USER": unquote(parts.username), "DATABASE_PASSWORD": unquote(parts.password)}
        self.name = parts.path.strip("/")
        self.authorities = authorities
        self.unplug = unplug

    def environment(self) -> dict:
        _, port = _relay_to(self.server, self.unplug)
        place = {"DATABASE_HOST": CERTIFIED_NAME, "DATABASE_PORT": str(port), "DATABASE_NAME": self.name}
        return {**place, **self.login, "DATABASE_SSL_CA": CA_IN_CONTAINER}

    def hosts(self) -> dict:
        return {CERTIFIED_NAME: _relay_to(self.server, self.unplug)[0]}


def _as_fargate(build, database):
    """It ignores the limit of memory, the read-only root, the user, and what a container may not do."""

    def wrapped(definition, task_definition, environment, *more):
        if "DATABASE_HOST" in environment:
            environment = {**environment, **database.environment()}
        arguments = build(definition, task_definition, environment, *more)
        arguments["volumes"] = [*arguments.get("volumes", []), f"{database.authorities}:{CA_IN_CONTAINER}:ro"]
        memory = f"{definition.get('memory') or task_definition['memory']}m"
        limits = definition.get("linuxParameters") or {}
        arguments |= {
            "network": _network().name,
            "extra_hosts": database.hosts(),
            "mem_limit": memory,
            "memswap_limit": memory,
            "read_only": bool(definition.get("readonlyRootFilesystem")),
            "user": definition.get("user"),
            "init": bool(limits.get("initProcessEnabled")),
            "cap_drop": (limits.get("capabilities") or {}).get("drop") or [],
            # What Fargate mounts belongs to root, unless the image says otherwise.
            "tmpfs": {mount["containerPath"]: "mode=755" for mount in definition.get("mountPoints", [])},
        }
        return arguments

    return wrapped


def _telling_why(mark):
    """It gives all containers of a task one exit code, and never says that one ran out of memory."""

    def wrapped(task_arn, task, reason, stop_code, exit_code=None):
        engine = ecs._get_docker()
        for container, engine_id in zip(task.get("containers", []), list(task.get("_docker_ids") or [])):
            state = _state(engine, engine_id)
            if state.get("Status") != "exited":
                continue
            container["exitCode"] = state["ExitCode"]
            if state.get("OOMKilled"):
                container["reason"] = "OutOfMemoryError: Container killed due to memory usage"
        if reason == "Essential container exited":
            reason = "Essential container in task exited"
        return mark(task_arn, task, reason, stop_code, exit_code)

    return wrapped


def _state(engine, engine_id: str) -> dict:
    try:
        return engine.api.inspect_container(engine_id)["State"]
    except Exception:  # It is gone: nothing to tell.
        return {}


@cache
def _network():
    """A bridge of its own: engines that run side by side on one machine take the standard one from each other."""
    networks = ecs._get_docker().networks
    known = networks.list(names=[f"^{NETWORK}$"])
    network = known[0] if known else networks.create(NETWORK)
    network.reload()
    return network


@cache
def _relay_to(server, unplug: str | None) -> tuple[str, int]:
    listener = socket.create_server((_network().attrs["IPAM"]["Config"][0]["Gateway"], 0))

    def accept() -> None:
        while True:
            inner, _ = listener.accept()
            if unplug and os.path.exists(unplug):
                inner.close()
                continue
            try:
                outer = socket.create_connection(server)
            except OSError:
                inner.close()
                continue
            for source, sink in ((inner, outer), (outer, inner)):
                threading.Thread(target=_pump, args=(source, sink), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
