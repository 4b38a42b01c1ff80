"""What moto 5.2.5 lacks or answers differently from AWS, one file per service. Each patch says what goes wrong without it."""

from . import autoscaling, awslambda, budgets, cloudtrail, cloudwatch, control, ec2, ecr, ecs, elb, logs, quotas, rds, rollouts

SERVICES = (autoscaling, awslambda, budgets, cloudtrail, cloudwatch, control, ec2, ecr, ecs, elb, logs, quotas, rds, rollouts)


def apply() -> None:
    for service in SERVICES:
        service.apply()
