#!/usr/bin/env python3
"""Asks the emulator about rollouts by boto3, whose answers are typed by AWS's own description of the services.

Usage: rollouts_test.py       (by a Python that has moto, as `aws` beside it)
"""

import http.server
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
import unittest
import urllib.error
import urllib.request

import boto3

CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
PATIENCE_SECONDS = 60


class Rollouts(unittest.TestCase):
    def setUp(self):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "aws")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.emulator = subprocess.Popen([sys.executable, program, "--port", str(port)], **quiet)
        self.addCleanup(lambda: (self.emulator.kill(), self.emulator.wait()))
        until(lambda: answers(self.url))
        self.ecs = self.client("ecs")

    def client(self, name):
        return boto3.client(name, endpoint_url=self.url, **CREDENTIALS)

    def tell(self, path, wanted):
        request = urllib.request.Request(f"{self.url}/eap-test/{path}", json.dumps(wanted).encode(), method="POST")
        return json.load(urllib.request.urlopen(request))

    def define(self):
        logging = {"awslogs-group": "/ecs/api", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "eap"}
        container = {"image": "i@sha256:0", "memory": 64, "logConfiguration": {"logDriver": "awslogs", "options": logging}}
        containers = [{"name": name, **container} for name in ("migrate", "api")]
        made = self.ecs.register_task_definition(family="api", containerDefinitions=containers)
        return made["taskDefinition"]["taskDefinitionArn"]

    def make_service(self, desired=2, balancers=()):
        self.ecs.create_cluster(clusterName="c")
        first = self.define()
        self.ecs.create_service(
            cluster="c", serviceName="s", taskDefinition=first, desiredCount=desired, loadBalancers=list(balancers)
        )
        return first

    def service(self):
        return self.ecs.describe_services(cluster="c", services=["s"])["services"][0]

    def primary(self):
        return next(one for one in self.service()["deployments"] if one["status"] == "PRIMARY")

    def completed(self):
        until(lambda: self.primary()["rolloutState"] == "COMPLETED")
        return self.service()

    def failed_task(self):
        arns = self.ecs.list_tasks(cluster="c", serviceName="s", desiredStatus="STOPPED")["taskArns"]
        tasks = self.ecs.describe_tasks(cluster="c", tasks=arns)["tasks"]
        return [(task, {one["name"]: one for one in task["containers"]}) for task in tasks]

    def test_a_service_comes_up_and_is_updated(self):
        self.make_service()
        service = self.completed()
        self.assertEqual((service["runningCount"], service["pendingCount"]), (2, 0))
        self.assertIn("steady state", service["events"][0]["message"])
        self.assertEqual(len(self.ecs.list_tasks(cluster="c", serviceName="s")["taskArns"]), 2)

        before = service["deployments"][0]["id"]
        self.tell("rollouts", {"pace": 1.0})
        second = self.define()
        self.ecs.update_service(cluster="c", service="s", taskDefinition=second)
        under_way = self.service()["deployments"]
        self.assertEqual([one["status"] for one in under_way], ["PRIMARY", "ACTIVE"])
        self.assertEqual([one["rolloutState"] for one in under_way], ["IN_PROGRESS", "COMPLETED"])
        self.assertEqual((under_way[0]["taskDefinition"], under_way[1]["id"]), (second, before))
        self.assertEqual([one["runningCount"] for one in under_way], [0, 2])
        self.assertEqual(len(self.completed()["deployments"]), 1)
        self.assertEqual(len(self.ecs.list_tasks(cluster="c", serviceName="s")["taskArns"]), 2)

    def test_a_crash_is_rolled_back_and_its_last_words_stay(self):
        first = self.make_service()
        self.completed()
        logs = self.client("logs")
        logs.create_log_group(logGroupName="/ecs/api")
        self.tell("rollouts", {"outcome": "crashes", "container": "migrate", "exit_code": 3, "log": ["no table orders"]})
        second = self.define()
        self.ecs.update_service(cluster="c", service="s", taskDefinition=second)

        until(lambda: "rolling back" in self.service()["events"][0]["message"])
        service = self.completed()
        self.assertEqual(service["taskDefinition"], first)
        self.assertEqual(service["runningCount"], 2)
        failed = self.failed_task()
        self.assertEqual(len(failed), 3)
        for task, containers in failed:
            self.assertEqual(task["taskDefinitionArn"], second)
            self.assertEqual(task["stoppedReason"], "Essential container in task exited")
            self.assertEqual(containers["migrate"]["exitCode"], 3)
            self.assertNotIn("exitCode", containers["api"])
            stream = f"eap/migrate/{task['taskArn'].split('/')[-1]}"
            said = logs.get_log_events(logGroupName="/ecs/api", logStreamName=stream)["events"]
            self.assertEqual([event["message"] for event in said], ["no table orders"])

    def test_what_fargate_refuses_is_refused(self):
        container = {"name": "api", "image": "i@sha256:0", "dependsOn": [{"containerName": "migrate", "condition": "SUCCESS"}]}
        migrate = {"name": "migrate", "image": "i@sha256:0", "essential": False}

        def define(cpu="256", memory="512", **more):
            self.ecs.register_task_definition(
                family="api", requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu=cpu, memory=memory,
                containerDefinitions=[container, {**migrate, **more}],
            )

        define()
        define(startTimeout=120)
        for wrong, word in (
            ({"startTimeout": 900}, "startTimeout is 900"),
            ({"stopTimeout": 121}, "stopTimeout is 121"),
            ({"essential": True}, "migrate is essential"),
            ({"cpu": "256", "memory": "4096"}, "No Fargate configuration"),
            ({"linuxParameters": {"tmpfs": [{"containerPath": "/tmp", "size": 8}]}}, "tmpfs"),
        ):
            with self.assertRaisesRegex(self.ecs.exceptions.ClientException, word):
                define(**wrong)

    def test_a_first_deployment_that_fails_has_nothing_to_go_back_to(self):
        reason = "CannotPullContainerError: not found"
        self.tell("rollouts", {"outcome": "crashes", "exit_code": None, "stopped_reason": reason})
        self.make_service()
        until(lambda: self.primary()["rolloutState"] == "FAILED")
        primary = self.primary()
        self.assertEqual((primary["runningCount"], primary["failedTasks"], primary["desiredCount"]), (0, 3, 0))
        task, containers = self.failed_task()[0]
        self.assertEqual(task["stoppedReason"], reason)
        self.assertNotIn("exitCode", containers["api"])

    def test_nothing_goes_back_to_a_deployment_that_failed(self):
        self.tell("rollouts", {"outcome": "crashes", "pace": 0.05})
        self.make_service()
        until(lambda: self.primary()["rolloutState"] == "FAILED")
        first = self.primary()["id"]
        self.ecs.update_service(cluster="c", service="s", forceNewDeployment=True)
        self.assertNotEqual(self.primary()["id"], first)
        until(lambda: self.primary()["rolloutState"] == "FAILED")
        self.assertEqual(len(self.service()["deployments"]), 1)

    def test_half_of_many_tasks_must_fail(self):
        self.tell("rollouts", {"outcome": "crashes", "pace": 0.05})
        self.make_service(desired=9)
        until(lambda: self.primary()["rolloutState"] == "FAILED")
        self.assertEqual(self.primary()["failedTasks"], 5)

    def test_targets_follow_the_rollout(self):
        subnet = self.client("ec2").describe_subnets()["Subnets"][0]
        balancing = self.client("elbv2")
        made = balancing.create_target_group(
            Name="t", Protocol="HTTP", Port=8000, VpcId=subnet["VpcId"], TargetType="ip"
        )
        group = made["TargetGroups"][0]["TargetGroupArn"]
        self.make_service(balancers=[{"targetGroupArn": group, "containerName": "api", "containerPort": 8000}])
        self.completed()
        health = lambda: balancing.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]  # noqa: E731
        states = lambda: sorted(one["TargetHealth"]["State"] for one in health())  # noqa: E731
        self.assertEqual(states(), ["healthy", "healthy"])
        self.assertEqual({one["Target"]["Port"] for one in health()}, {8000})

        self.tell("rollouts", {"outcome": "unhealthy", "pace": 0.7})
        self.ecs.update_service(cluster="c", service="s", taskDefinition=self.define())
        until(lambda: states() == ["healthy", "healthy", "unhealthy", "unhealthy"])
        reasons = {one["TargetHealth"].get("Reason") for one in health()}
        self.assertEqual(reasons, {None, "Target.FailedHealthChecks"})
        self.completed()
        self.assertEqual(states(), ["healthy", "healthy"])

    def test_a_stalled_rollout_stays_until_the_service_goes(self):
        self.tell("rollouts", {"outcome": "stalls", "pace": 0.01})
        self.make_service()
        time.sleep(0.5)
        primary = self.primary()
        self.assertEqual((primary["rolloutState"], primary["pendingCount"]), ("IN_PROGRESS", 2))
        self.ecs.update_service(cluster="c", service="s", desiredCount=0)
        self.ecs.delete_service(cluster="c", service="s")
        self.assertEqual(self.service()["status"], "INACTIVE")

    def test_requests_for_a_gateway_reach_what_is_behind_it(self):
        behind = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
        threading.Thread(target=behind.serve_forever, daemon=True).start()
        self.addCleanup(lambda: (behind.shutdown(), behind.server_close()))
        gateway = {"Host": "abc.execute-api.us-east-1.amazonaws.com", "Authorization": "Bearer k"}
        request = urllib.request.Request(f"{self.url}/a%20b?c=d", b"body", gateway, method="PUT")
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        self.assertEqual(refused.exception.code, 503)
        refused.exception.close()
        self.tell("gateway", {"forward_to": f"http://127.0.0.1:{behind.server_port}"})
        with urllib.request.urlopen(request) as answer:
            self.assertEqual((answer.status, answer.headers["X-Here"]), (207, "yes"))
            self.assertEqual(json.load(answer), ["PUT", "/a%20b?c=d", "Bearer k", "body"])

    def test_orders_that_make_no_sense_are_refused(self):
        for wanted in ({"outcome": "explodes"}, {"colour": "red"}):
            with self.assertRaises(urllib.error.HTTPError) as refused:
                self.tell("rollouts", wanted)
            self.assertEqual(refused.exception.code, 400)
            refused.exception.close()


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        said = json.dumps([self.command, self.path, self.headers["Authorization"], body]).encode()
        self.send_response(207)
        self.send_header("X-Here", "yes")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass


def free_port():
    """One below those that the kernel gives to outgoing connections, which come and go by the hundred beside a test."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as free:
            if free.connect_ex(("127.0.0.1", port)) != 0:
                return port


def until(holds):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"did not come to hold within {PATIENCE_SECONDS} s")
        time.sleep(0.05)


def answers(url):
    try:
        urllib.request.urlopen(f"{url}/moto-api/data.json").close()
        return True
    except OSError:
        return False


if __name__ == "__main__":
    unittest.main()
