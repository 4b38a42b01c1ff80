"""Databases of RDS are descriptions. Tasks get a real server in their place: see `tasks`."""

import json
import uuid

from ministack.services import rds, secretsmanager


def apply() -> None:
    # With an engine it pulls mysql:8.0, which nobody can do here, and the instance ends as `failed`.
    rds._get_docker = lambda: None
    rds._ACTION_MAP["CreateDBInstance"] = _remembering(rds._create_db_instance)
    rds._instance_xml = _whole(rds._instance_xml)


def _remembering(create):
    """It manages passwords of clusters only, and forgets which logs were to be kept."""

    def wrapped(parameters):
        answer = create(parameters)
        if answer[0] != 200:
            return answer
        instance = rds._instances[rds._p(parameters, "DBInstanceIdentifier")]
        instance["_logs"] = rds._parse_member_list(parameters, "EnableCloudwatchLogsExports")
        if rds._p(parameters, "ManageMasterUserPassword") == "true":
            login = {"username": rds._p(parameters, "MasterUsername"), "password": uuid.uuid4().hex}
            name = f"rds!db-{uuid.uuid4()}"
            instance["_secret"] = secretsmanager.create_secret_in_process(name, json.dumps(login))
        return answer

    return wrapped


def _whole(xml):
    def wrapped(instance):
        logs = "".join(f"<member>{name}</member>" for name in instance.get("_logs", []))
        more = f"<EnabledCloudwatchLogsExports>{logs}</EnabledCloudwatchLogsExports>"
        if arn := instance.get("_secret"):
            status = "<SecretStatus>active</SecretStatus>"
            more += f"<MasterUserSecret><SecretArn>{arn}</SecretArn>{status}</MasterUserSecret>"
        return xml(instance) + more

    return wrapped
