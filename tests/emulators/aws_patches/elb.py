"""Load balancers: deletion protection, which moto keeps and does not heed. A destroy that forgets to lift it would pass."""

from moto.elbv2.exceptions import ELBClientError
from moto.elbv2.models import ELBv2Backend


def apply() -> None:
    ELBv2Backend.delete_load_balancer = _heeding_protection(ELBv2Backend.delete_load_balancer)


def _heeding_protection(delete):
    def wrapped(self, arn):
        balancer = self.load_balancers.get(arn)
        if balancer and balancer.attrs.get("deletion_protection.enabled") == "true":
            message = f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
            raise ELBClientError("OperationNotPermitted", message)
        return delete(self, arn)

    return wrapped
