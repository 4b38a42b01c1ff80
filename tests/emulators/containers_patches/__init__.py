"""Where ministack 1.5.33 is kinder than AWS, one file per concern. Each patch says what goes unnoticed without it."""

from . import balancing, databases, descriptions, order, rollouts, tasks


def apply(given) -> None:
    databases.apply()
    descriptions.apply()
    tasks.apply(given)
    order.apply()
    balancing.apply()
    rollouts.apply()
