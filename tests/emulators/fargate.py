"""What Fargate refuses in a task definition, and both emulators take: a tree that passes them would fail on AWS."""

# Memory in MB by CPU units.
SIZES = {
    256: (512, 1024, 2048),
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16384 + 1, 1024),
    4096: range(8192, 30720 + 1, 1024),
    8192: range(16384, 61440 + 1, 4096),
    16384: range(32768, 122880 + 1, 8192),
}
# Seconds, as the API reference gives them.
TIMES = {"startTimeout": (2, 120), "stopTimeout": (0, 120)}
HEALTH_CHECK = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}


def refusal(definition: dict) -> str | None:
    """Why RegisterTaskDefinition is refused; None when it is not. `definition` is the request as it came."""
    if "FARGATE" not in definition.get("requiresCompatibilities", []):
        return None
    cpu, memory = int(definition.get("cpu", 0)), int(definition.get("memory", 0))
    if memory not in SIZES.get(cpu, ()):
        return f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory."
    containers = {one["name"]: one for one in definition["containerDefinitions"]}
    if not any(one.get("essential", True) for one in containers.values()):
        return "A task definition needs an essential container."
    for container in containers.values():
        if why := _refusal_of(container, containers):
            return f"Invalid setting for container '{container['name']}'. {why}"
    return None


def _refusal_of(container: dict, containers: dict[str, dict]) -> str | None:
    health = container.get("healthCheck") or {}
    for values, limits in ((container, TIMES), (health, HEALTH_CHECK)):
        for name, (least, most) in limits.items():
            value = values.get(name)
            if value is not None and not least <= value <= most:
                return f"{name} is {value}, valid values are {least}-{most}."
    for dependency in container.get("dependsOn") or []:
        named, condition = containers.get(dependency["containerName"]), dependency["condition"]
        if named is None:
            return f"It depends on {dependency['containerName']}, which is no container of the task."
        if condition in ("COMPLETE", "SUCCESS") and named.get("essential", True):
            return f"{dependency['containerName']} is essential: nothing can wait for its end."
        if condition == "HEALTHY" and not named.get("healthCheck"):
            return f"{dependency['containerName']} has no health check to wait for."
    linux = container.get("linuxParameters") or {}
    if linux.get("tmpfs") or linux.get("sharedMemorySize"):
        return "tmpfs and sharedMemorySize are not supported."
    if set((linux.get("capabilities") or {}).get("add") or []) - {"SYS_PTRACE"}:
        return "Only SYS_PTRACE can be added."
    return None
