"""EC2: descriptions of rules between security groups. moto keeps them for address ranges only."""

from moto.ec2.models.security_groups import SecurityRule
