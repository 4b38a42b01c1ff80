"""Application Auto Scaling: tags. The provider lists them after every change and stops where the call is unknown."""

import json

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

_tags: dict[str, dict[str, str]] = {}


def apply() -> None:
    ApplicationAutoScalingResponse.list_tags_for_resource = list_tags_for_resource
    ApplicationAutoScalingResponse.tag_resource = tag_resource
    ApplicationAutoScalingResponse.untag_resource = untag_resource
    ApplicationAutoScalingResponse.register_scalable_target = _keeping_tags(
        ApplicationAutoScalingResponse.register_scalable_target
    )


def list_tags_for_resource(self) -> str:
    return json.dumps({"Tags": _tags.get(self._get_param("ResourceARN"), {})})


def tag_resource(self) -> str:
    _tags.setdefault(self._get_param("ResourceARN"), {}).update(self._get_param("Tags"))
    return "{}"


def untag_resource(self) -> str:
    for key in self._get_param("TagKeys"):
        _tags.get(self._get_param("ResourceARN"), {}).pop(key, None)
    return "{}"


def _keeping_tags(register):
    """moto forgets the tags given at creation, and answers without the ARN that the provider asks for tags by."""

    def register_scalable_target(self) -> str:
        register(self)
        arn = self.applicationautoscaling_backend.describe_scalable_targets(
            self._get_param("ServiceNamespace"), [self._get_param("ResourceId")], self._get_param("ScalableDimension")
        )[0].arn
        _tags.setdefault(arn, {}).update(self._get_param("Tags") or {})
        return json.dumps({"ScalableTargetARN": arn})

    return register_scalable_target
