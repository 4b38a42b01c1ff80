"""EC2: descriptions of rules between security groups. moto reads them back for address ranges only."""

from moto.ec2.models.security_groups import SecurityGroupRule


def apply() -> None:
    SecurityGroupRule.description = property(_description)


def _description(self):
    return self.ip_range.get("Description") or self.source_group.get("Description")
