"""Route 53: ids of zones begin with a Z. The tree takes no others, and those of moto begin with anything."""

from moto.route53.models import HostedZoneIdentifier


def apply() -> None:
    HostedZoneIdentifier.generate = _with_a_z(HostedZoneIdentifier.generate)


def _with_a_z(generate):
    return lambda self, *arguments, **named: "Z" + generate(self, *arguments, **named)[1:]
