"""RDS: what the provider tells instances apart by, and who set a parameter."""

import uuid

from moto.rds.models import DBCluster, DBInstance, DBParameterGroup


def apply() -> None:
    DBInstance.__init__ = _with_its_own_resource_id(DBInstance.__init__)
    DBParameterGroup.update_parameters = _by_the_user(DBParameterGroup.update_parameters)
    # moto describes every cluster as a serverless one; then each plan takes the scaling away again.
    DBCluster.scaling_configuration_info = property(_scaling_of_serverless_only)


def _with_its_own_resource_id(init):
    """Every instance of moto has the same one, and the provider finds instances by it."""

    def wrapped(self, *arguments, **named):
        init(self, *arguments, **named)
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
