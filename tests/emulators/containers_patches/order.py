"""`dependsOn`: a container starts when those that it names are as far as it wants them; and definitions that AWS refuses.

ministack starts all at once, so that a version would serve before, or without, its migration.
"""

import json

import fargate
from ministack.core.responses import error_response_json
from ministack.services import ecs


def apply() -> None:
    ecs._ACTION_MAP["RegisterTaskDefinition"] = _sorted(ecs._register_task_definition)
    ecs._run_docker_container = _waiting(ecs._run_docker_container)


def _sorted(register):
    """It starts containers in the order of the list."""

    def wrapped(data):
        if why := fargate.refusal(data):
            return error_response_json("ClientException", why, 400)
        definitions = data.get("containerDefinitions", [])
        data["containerDefinitions"] = sorted(definitions, key=lambda one: _depth(one, definitions))
        return register(data)

    return wrapped


def _depth(definition: dict, definitions: list[dict]) -> int:
    named = [one["containerName"] for one in definition.get("dependsOn", [])]
    return max((1 + _depth(one, definitions) for one in definitions if one["name"] in named), default=0)


def _waiting(run):
    def wrapped(engine, definition, arguments, **more):
        for dependency in definition.get("dependsOn", []):
            _wait_for(engine, dependency, arguments["labels"]["com.amazonaws.ecs.task-arn"])
        return run(engine, definition, arguments, **more)

    return wrapped


def _wait_for(engine, dependency: dict, task_arn: str) -> None:
    name, condition = dependency["containerName"], dependency["condition"]
    if condition == "START":
        return
    task = ecs._tasks[task_arn]
    index = [one["name"] for one in task["containers"]].index(name)
    container = engine.containers.get(task["_docker_ids"][index])
    code = container.wait(timeout=_patience(task, name))["StatusCode"]
    task["containers"][index] |= {"exitCode": code, "lastStatus": "STOPPED"}
    if condition == "SUCCESS" and code != 0:
        raise RuntimeError(json.dumps({"container": name, "exit code": code, "wanted": condition}))


def _patience(task: dict, name: str) -> int | None:
    """Without a startTimeout the agent of ECS waits as long as it takes."""
    definitions = ecs._task_defs[ecs._resolve_td_key(task["taskDefinitionArn"])]["containerDefinitions"]
    wanted = next(one for one in definitions if one["name"] == name)
    return wanted.get("startTimeout")
