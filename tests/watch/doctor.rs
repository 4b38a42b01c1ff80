//! `eap doctor`: what a deploy needs here, what is deployed, and how the database looks from inside.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::aws::{Answer, Call, StandIn, service};
use crate::environment::{TestEnvironment, Transcript};

/// A machine with a Terraform that only tells its version, in a checkout.
pub fn machine(account: &StandIn) -> TestEnvironment {
    let mut machine = account.machine();
    let program = machine.write("bin/terraform", "#!/bin/sh\necho '{\"terraform_version\": \"1.11.4\"}'\n");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    machine.set("PATH", format!("{}:/usr/bin:/bin", program.parent().unwrap().display()));
    let tree = concat!(env!("CARGO_MANIFEST_DIR"), "/../terraform");
    std::os::unix::fs::symlink(tree, machine.path("work/terraform")).unwrap();
    machine
}

fn ask(handler: impl Fn(&Call) -> Option<Answer> + Send + Sync + 'static) -> Transcript {
    machine(&StandIn::start(handler)).run(&["doctor", "--env", "staging", "--inside", "--output", "json"])
}

fn check(report: &Value, name: &str) -> (Value, String) {
    let found = report["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).unwrap();
    (found["state"].clone(), found["detail"].as_str().unwrap().to_owned())
}

/// A one-off task that ends with this code after it said something.
fn task(call: &Call, code: i32, said: &str) -> Option<Answer> {
    let arn = "arn:aws:ecs:us-east-1:123456789012:task/c/once";
    let answer = match call.action.as_str() {
        "RunTask" => {
            // The service's own definition would migrate first, and wait for that.
            assert!(call.body["taskDefinition"].as_str().unwrap().ends_with("-staging-once:7"));
            assert_eq!(call.body["networkConfiguration"], service()["networkConfiguration"]);
            json!({"tasks": [{"taskArn": arn}], "failures": []})
        }
        "DescribeTasks" => {
            let container = json!({"name": "once", "exitCode": code});
            json!({"tasks": [{"taskArn": arn, "lastStatus": "STOPPED", "stoppedReason": "Essential container in task exited", "containers": [container]}]})
        }
        "GetLogEvents" => {
            assert_eq!(call.body["logStreamName"], "ecs/once/once");
            json!({"events": [{"timestamp": 1, "message": said}]})
        }
        _ => return None,
    };
    Some((200, answer.to_string()))
}

#[test]
fn nothing_is_wrong() {
    let asked = ask(|call| task(call, 0, "8 of 8 checks passed"));
    assert_eq!(asked.code, 0, "{asked}");
    let report = asked.json();
    assert_eq!(check(&report, "inside").1, "`eap-api doctor` is content: 8 of 8 checks passed");
    assert_eq!(check(&report, "deployed").1, "service ecommerce-analytics-staging-api-service");
    assert!(check(&report, "tools").1.contains("arn:aws:iam::123456789012:user/ann"));
}

#[test]
fn a_database_that_refuses_from_inside_is_told_in_its_own_words() {
    let asked = ask(|call| task(call, 1, "database: access denied for user 'analytics'"));
    assert_eq!(asked.code, 1, "{asked}");
    let (state, detail) = check(&asked.json(), "inside");
    assert_eq!(
        (state, detail.as_str()),
        (json!("Unhealthy"), "exit code 1: database: access denied for user 'analytics'")
    );
}

#[test]
fn everything_is_looked_at_though_something_is_missing() {
    let account = StandIn::start(|call| (call.action == "GET /health").then(|| (503, "{}".to_owned())));
    let mut machine = machine(&account);
    machine.set("PATH", "/nowhere");
    let asked = machine.run(&["doctor", "--env", "staging", "--output", "json"]);
    assert_eq!(asked.code, 1, "{asked}");
    let report = asked.json();
    assert!(check(&report, "tools").1.starts_with("Terraform is not installed; get it from"), "{asked}");
    assert_eq!(check(&report, "deployed").0, "Healthy");
    assert_eq!(check(&report, "api").1, "/health answers 503 Service Unavailable");
}
