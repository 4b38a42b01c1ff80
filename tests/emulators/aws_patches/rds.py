"""RDS: what the provider tells instances apart by, and who set a parameter."""

import uuid

from moto.rds.models import DBCluster, DBInstance, DBParameterGroup


def apply() -> None:
    DBInstance.__init__ = _with_what_moto_lacks(DBInstance.__init__)
    DBParameterGroup.update_parameters = _by_the_user(DBParameterGroup.update_parameters)
    # moto describes every cluster as a serverless one; then each plan takes the scaling away again.
    DBCluster.scaling_configuration_info = property(_scaling_of_serverless_only)


def _with_what_moto_lacks(init):
    """The resource id is the same for every instance of moto, and the provider finds instances by it."""

    def wrapped(self, *arguments, **named):
        init(self, *arguments, **named)
        # moto drops these; a plan would switch the insights on again and again.
        self.performance_insights_enabled = named.get("enable_performance_insights", False)
        self.performance_insights_kms_key_id = named.get("performance_insights_kms_key_id")
        self.dbi_resource_id = f"db-{uuid.uuid4().hex[:26].upper()}"

    return wrapped


def _by_the_user(update):
    """Terraform ignores parameters whose source is not the user, and would set them again in every plan."""

    def update_parameters(self, new_parameters):
        update(self, [{**parameter, "Source": "user"} for parameter in new_parameters])

    return update_parameters


_original_scaling = DBCluster.scaling_configuration_info


def _scaling_of_serverless_only(self):
    return _original_scaling.fget(self) if getattr(self, "engine_mode", None) == "serverless" else None
