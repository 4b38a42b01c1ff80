"""Route 53: ids of zones begin with Z, which the tree checks; those of moto begin with anything."""

from moto.moto_api._internal import mock_random
from moto.route53 import models


def apply() -> None:
    models.create_route53_zone_id = lambda *_, **__: "Z" + mock_random.get_random_string(length=20).upper()
