"""What moto 5.2.5 lacks or answers differently from AWS, one file per service. Each patch says what goes wrong without it."""

from . import acm, autoscaling, awslambda, budgets, cloudtrail, cloudwatch, control, ec2, ecr, ecs, elb, gateways, logs
from . import quotas, rds, rollouts, route53, s3

SERVICES = (
    *(acm, autoscaling, awslambda, budgets, cloudtrail, cloudwatch, control, ec2, ecr, ecs, elb, gateways, logs),
    *(quotas, rds, rollouts, route53, s3),
)


def apply() -> None:
    for service in SERVICES:
        service.apply()
