"""CloudWatch Logs: saved queries, which moto does not know at all."""

import json
import uuid

from moto.logs.responses import LogsResponse

_queries: dict[str, dict] = {}


def apply() -> None:
    LogsResponse.put_query_definition = put_query_definition
    LogsResponse.describe_query_definitions = describe_query_definitions
    LogsResponse.delete_query_definition = delete_query_definition


def put_query_definition(self) -> str:
    identifier = self._get_param("queryDefinitionId") or str(uuid.uuid4())
    _queries[identifier] = {
        "queryDefinitionId": identifier,
        "name": self._get_param("name"),
        "queryString": self._get_param("queryString"),
        "logGroupNames": self._get_param("logGroupNames") or [],
    }
    return json.dumps({"queryDefinitionId": identifier})


def describe_query_definitions(self) -> str:
    prefix = self._get_param("queryDefinitionNamePrefix") or ""
    return json.dumps({"queryDefinitions": [q for q in _queries.values() if q["name"].startswith(prefix)]})


def delete_query_definition(self) -> str:
    return json.dumps({"success": _queries.pop(self._get_param("queryDefinitionId"), None) is not None})
