"""ECS: fields of a service that moto drops, and task definitions that it takes and AWS does not.

Read back without the fields, every plan wants to replace the service.
"""

import fargate
from moto.ecs.exceptions import EcsClientException
from moto.ecs.responses import EC2ContainerServiceResponse as Responses

# As the API calls them, and as moto's serialiser looks them up on the service.
FIELDS = {
    "capacityProviderStrategy": "capacity_provider_strategy",
    "enableExecuteCommand": "enable_execute_command",
    "healthCheckGracePeriodSeconds": "health_check_grace_period_seconds",
    "deploymentConfiguration": "deployment_configuration",
    "availabilityZoneRebalancing": "availability_zone_rebalancing",
    "propagateTags": "propagate_tags",
    "enableECSManagedTags": "enable_ecs_managed_tags",
}


def apply() -> None:
    Responses.register_task_definition = _strictly(Responses.register_task_definition)
    Responses.create_service = _keeping_fields(Responses.create_service)
    Responses.update_service = _keeping_fields(Responses.update_service)


def _strictly(register):
    def wrapped(self):
        if why := fargate.refusal(self._get_params()):
            raise EcsClientException(why)
        return register(self)

    return wrapped


def _keeping_fields(operation):
    def wrapped(self):
        parameters = self._get_params()
        answer = operation(self)
        service = answer.result["service"]
        for name, attribute in FIELDS.items():
            if parameters.get(name) is not None:
                setattr(service, attribute, parameters[name])
        # A service with a strategy has no launch type; moto fills one in.
        if getattr(service, "capacity_provider_strategy", None):
            service.launch_type = None
        return answer

    return wrapped
