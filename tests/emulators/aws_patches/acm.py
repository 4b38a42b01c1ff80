"""ACM: certificates are issued once Route 53 has their proof. moto issues each after a minute, proven or not."""

from moto import settings
from moto.acm.models import CertBundle
from moto.route53.models import route53_backends


def apply() -> None:
    settings.ACM_VALIDATION_WAIT = -1
    CertBundle.check = _once_proven(CertBundle.check)


def _once_proven(check):
    def wrapped(self):
        if self.status != "PENDING_VALIDATION" or _is_proven(self):
            check(self)

    return wrapped


def _is_proven(certificate) -> bool:
    options = certificate.describe()["Certificate"]["DomainValidationOptions"]
    proofs = [option["ResourceRecord"] for option in options]
    return all(_is_there(proof["Name"], proof["Type"], proof["Value"]) for proof in proofs)


def _is_there(name: str, kind: str, value: str) -> bool:
    return any(
        record.name.strip(".") == name.strip(".") and record.type == kind and value in record.records
        for partitions in list(route53_backends.values())
        for backend in list(partitions.values())
        for zone in list(backend.zones.values())
        for record in list(zone.rrsets)
    )
