"""S3: policies of buckets as for calls by TLS, and logs that come in late.

moto heeds no conditions: a statement against calls without TLS would refuse every object. And nothing here writes logs
while a bucket is emptied, as load balancers do.
"""

import json

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket, S3Backend

WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}

_late: dict[str, int] = {}


def apply() -> None:
    FakeBucket.get_permission = _by_tls
    S3Backend.delete_bucket = _with_late_logs(S3Backend.delete_bucket)


def order(wanted: dict) -> dict:
    """So many times a log comes in just before the bucket would go."""
    if set(wanted) != {"bucket", "times"}:
        raise ValueError("give bucket and times")
    _late[wanted["bucket"]] = wanted["times"]
    return wanted


def _by_tls(self, action: str, resource: str):
    if self.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(self.policy)
    policy["Statement"] = [one for one in policy["Statement"] if one.get("Condition") != WITHOUT_TLS]
    return IAMPolicy(json.dumps(policy)).is_action_permitted(action, resource)


def _with_late_logs(delete):
    def wrapped(self, bucket_name):
        if _late.get(bucket_name, 0) > 0 and bucket_name in self.buckets:
            _late[bucket_name] -= 1
            self.put_object(bucket_name, f"alb/AWSLogs/late-{_late[bucket_name]}.log.gz", b"a request")
        return delete(self, bucket_name)

    return wrapped
