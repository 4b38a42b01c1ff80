"""API Gateway: domain names as AWS describes them, and what a request meets on its way to a service.

moto keeps what it is told of a domain name and nothing that AWS adds: the provider would wait for it for ever. And it lets
nobody through: a domain without its DNS, or TLS that a load balancer does not speak, would go unnoticed.
"""

import uuid

from moto.acm.models import acm_backends
from moto.apigatewayv2.exceptions import BadRequestException
from moto.apigatewayv2.models import DomainName, apigatewayv2_backends
from moto.elbv2.models import elbv2_backends
from moto.route53.models import route53_backends

# Of all regional domain names in us-east-1.
ZONE_OF_TARGETS = "Z1UJRXOUMOOFQ8"


def apply() -> None:
    DomainName.__init__ = _as_aws_describes(DomainName.__init__)


def is_for_one(host: str) -> bool:
    """Whether a request to this host is for a gateway, its own name or one that it was given."""
    name = host.split(":")[0]
    return ".execute-api." in name or any(name in backend.domain_names for backend in _all(apigatewayv2_backends))


def obstacle(host: str) -> tuple[int, str] | None:
    """What keeps a request to this host from the service behind: status and message."""
    name = host.split(":")[0]
    for backend in _all(apigatewayv2_backends):
        if domain := backend.domain_names.get(name):
            if not _leads_to(name, domain.domain_name_configurations[0]["apiGatewayDomainName"]):
                return 502, f"no record in Route 53 leads from {name} to the gateway"
            mapped = [mapping.api_id for mapping in backend.get_api_mappings(name)]
            return _obstacle_behind(backend.apis[mapped[0]]) if mapped else (403, "Forbidden")
        if api := backend.apis.get(name.split(".")[0]):
            # Once there is a domain, the gateway's own name is switched off.
            return (404, "Not Found") if api.disable_execute_api_endpoint else _obstacle_behind(api)
    return None


def _obstacle_behind(api) -> tuple[int, str] | None:
    """TLS has to be spoken at both ends of the link, or at none, and by the name that the gateway wants."""
    for integration in list(api.integrations.values()):
        listener = _listener(integration.integration_uri)
        wanted = (integration.tls_config or {}).get("serverNameToVerify")
        if listener is None or (listener.protocol == "HTTPS") != (wanted is not None):
            return 503, "Service Unavailable"
        if wanted and wanted not in _names(listener.certificate):
            return 503, "Service Unavailable"
    return None


def _leads_to(name: str, target: str) -> bool:
    zones = [zone for backend in _all(route53_backends) for zone in list(backend.zones.values())]
    records = [record for zone in zones for record in list(zone.rrsets) if record.name.strip(".") == name]
    aliases = [record.alias_target or {} for record in records if record.type == "A"]
    return any(alias.get("DNSName", "").strip(".") == target for alias in aliases)


def _listener(arn: str):
    balancers = [balancer for backend in _all(elbv2_backends) for balancer in list(backend.load_balancers.values())]
    return next((balancer.listeners[arn] for balancer in balancers if arn in balancer.listeners), None)


def _names(certificate_arn: str) -> list[str]:
    """Those that a certificate is for; none before it is issued."""
    for backend in _all(acm_backends):
        if certificate := backend._certificates.get(certificate_arn):
            certificate.check()
            return certificate.sans if certificate.status == "ISSUED" else []
    return []


def _as_aws_describes(init):
    def wrapped(self, *arguments, **named):
        init(self, *arguments, **named)
        # An empty one is one, to the provider.
        self.mutual_tls_authentication = self.mutual_tls_authentication or None
        region = named["backend"].region_name
        for configuration in self.domain_name_configurations:
            if self.domain_name not in _names(configuration["certificateArn"]):
                raise BadRequestException("Certificate must be issued, and for the domain name")
            configuration |= {
                "apiGatewayDomainName": f"d-{uuid.uuid4().hex[:10]}.execute-api.{region}.amazonaws.com",
                "hostedZoneId": ZONE_OF_TARGETS,
                "domainNameStatus": "AVAILABLE",
                "ipAddressType": "ipv4",
            }

    return wrapped


def _all(backends):
    return [backend for regions in list(backends.values()) for backend in list(regions.values())]
