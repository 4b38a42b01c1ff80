"""CloudTrail: a trail is deleted by its ARN, which moto takes for an unknown name and silently ignores."""

from moto.cloudtrail.models import CloudTrailBackend


def apply() -> None:
    CloudTrailBackend.delete_trail = _by_name(CloudTrailBackend.delete_trail)


def _by_name(delete_trail):
    return lambda self, name: delete_trail(self, name.rsplit("/", 1)[-1])
