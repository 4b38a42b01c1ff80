"""CloudWatch: composite alarms. moto stores and describes them, but has no operation that makes one."""

from moto.cloudwatch.responses import CloudWatchResponse


def apply() -> None:
    # The method for metric alarms takes the rule of a composite one as well.
    CloudWatchResponse.put_composite_alarm = CloudWatchResponse.put_metric_alarm
