"""RDS: how many instances an account may have in a region, which moto knows nothing of. A test sets it."""

from moto.core.responses import ActionResult
from moto.rds.responses import RDSResponse

_most = {"db_instances": 40}


def apply() -> None:
    RDSResponse.describe_account_attributes = _describe


def order(wanted: dict) -> dict:
    if set(wanted) != set(_most):
        raise ValueError(f"give {', '.join(_most)}")
    _most.update(wanted)
    return dict(_most)


def _describe(self) -> ActionResult:
    used = len(self.backend.describe_db_instances())
    quota = {"AccountQuotaName": "DBInstances", "Used": used, "Max": _most["db_instances"]}
    return ActionResult({"AccountQuotas": [quota]})
