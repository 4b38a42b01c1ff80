"""Budgets: subscribers of a notification, and tags. The provider reads both after creation."""

import json

from moto.budgets.responses import BudgetsResponse

_tags: dict[str, list] = {}


def apply() -> None:
    BudgetsResponse.describe_subscribers_for_notification = describe_subscribers_for_notification
    BudgetsResponse.list_tags_for_resource = list_tags_for_resource
    BudgetsResponse.create_budget = _keeping_tags(BudgetsResponse.create_budget)


def describe_subscribers_for_notification(self) -> str:
    wanted = self._get_param("Notification")
    budget = self.backend.budgets[self._get_param("AccountId")][self._get_param("BudgetName")]
    found = [n.subscribers for n in budget.notifications if n.details.items() >= wanted.items()]
    return json.dumps({"Subscribers": found[0] if found else []})


def list_tags_for_resource(self) -> str:
    return json.dumps({"ResourceTags": _tags.get(self._get_param("ResourceARN"), [])})


def _keeping_tags(create):
    def create_budget(self) -> str:
        answer = create(self)
        name = self._get_param("Budget")["BudgetName"]
        arn = f"arn:aws:budgets::{self._get_param('AccountId')}:budget/{name}"
        _tags[arn] = self._get_param("ResourceTags") or []
        return answer

    return create_budget
