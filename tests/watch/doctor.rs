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

/// What else a sound account has: the repository, every log group, and a lock that nobody holds.
fn of_the_state(call: &Call) -> Option<Answer> {
    let body = match call.action.as_str() {
        "DescribeRepositories" => {
            assert_eq!(call.body["repositoryNames"], json!(["ecommerce-analytics-api"]));
            json!({"repositories": [{"repositoryUri": REPOSITORY}]})
        }
        "DescribeLogGroups" => {
            // Others begin with the same letters.
            let name = call.body["logGroupNamePrefix"].as_str().unwrap();
            json!({"logGroups": [{"logGroupName": format!("{name}-old")}, {"logGroupName": name}]})
        }
        LOCK => {
            return Some((404, "<Error><Code>NoSuchKey</Code><Message>none</Message></Error>".to_owned()));
        }
        _ => return None,
    };
    Some((200, body.to_string()))
}

const REPOSITORY: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com/ecommerce-analytics-api";
const LOCK: &str = "GET /states/staging/terraform.tfstate.tflock?x-id=GetObject";

/// Asks in an account that is sound but for what `handler` answers.
fn examine(handler: impl Fn(&Call) -> Option<Answer> + Send + Sync + 'static) -> Transcript {
    let account = StandIn::start(move |call| handler(call).or_else(|| of_the_state(call)));
    machine(&account).run(&["doctor", "--env", "staging", "--output", "json"])
}

fn hints(report: &Value, name: &str) -> Value {
    let found = report["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).unwrap();
    found["hints"].clone()
}

fn ask(handler: impl Fn(&Call) -> Option<Answer> + Send + Sync + 'static) -> Transcript {
    let account = StandIn::start(move |call| handler(call).or_else(|| of_the_state(call)));
    machine(&account).run(&["doctor", "--env", "staging", "--inside", "--output", "json"])
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
    assert!(check(&report, "api").1.ends_with("/health answers 503 Service Unavailable"), "{asked}");
    let hint = "something answers: `eap monitor --env staging` says what is wrong behind it";
    assert_eq!(hints(&report, "api"), json!([hint]));
}

#[test]
fn what_the_state_names_is_tried_one_by_one() {
    let asked = examine(|_| None);
    assert_eq!(asked.code, 0, "{asked}");
    let report = asked.json();
    let names: Vec<&str> =
        report["checks"].as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["tools", "deployed", "state", "repository", "database", "service", "log", "api"]);
    let said = |name| check(&report, name).1;
    assert_eq!(said("state"), "s3://states/staging/terraform.tfstate can be read, and nobody locks it");
    assert_eq!(said("repository"), REPOSITORY);
    assert_eq!(said("database"), "ecommerce-analytics-staging: mysql 8.4.6 is available");
    assert_eq!(said("service"), "2 of 2 tasks run, 0 start");
    assert_eq!(said("log"), "4 log groups are there");
    let api = regex::Regex::new(r"^https://\S+: /health answers in \d+ ms$").unwrap();
    assert!(api.is_match(&said("api")), "{asked}");
}

#[test]
fn a_gateway_that_refuses_is_told_with_its_address_and_hides_nothing_else() {
    let asked = examine(|call| (call.action == "GET /health").then(|| (0, String::new())));
    assert_eq!(asked.code, 1, "{asked}");
    let report = asked.json();
    let (state, detail) = check(&report, "api");
    assert_eq!(state, "Unhealthy");
    assert!(detail.starts_with("https://") && detail.contains(": /health: "), "{detail}");
    assert!(hints(&report, "api")[0].as_str().unwrap().starts_with("does a proxy, a firewall"), "{asked}");
    assert!(report["cause"].as_str().unwrap().starts_with("api: https://"), "{asked}");
    assert_eq!(
        (check(&report, "service").0, check(&report, "database").0),
        (json!("Healthy"), json!("Healthy"))
    );
}

#[test]
fn what_was_deleted_behind_terraform_is_named_with_what_makes_it_again() {
    let asked = examine(|call| match call.action.as_str() {
        "DescribeRepositories" => {
            Some((400, json!({"__type": "RepositoryNotFoundException", "message": "not found"}).to_string()))
        }
        "DescribeLogGroups" if call.body["logGroupNamePrefix"] == "/gateway/staging" => {
            Some((200, json!({"logGroups": [{"logGroupName": "/gateway/staging-old"}]}).to_string()))
        }
        "DescribeServices" => Some((200, json!({"services": [], "failures": []}).to_string())),
        _ => None,
    });
    assert_eq!(asked.code, 1, "{asked}");
    let report = asked.json();
    let hint = "where it was deleted, `eap deploy --env staging` makes it again";
    for (name, missing) in [
        ("repository", "there is no repository ecommerce-analytics-api"),
        ("log", "there is no log group /gateway/staging"),
        ("service", "there is no service ecommerce-analytics-staging-api-service"),
    ] {
        assert_eq!(check(&report, name), (json!("Unhealthy"), format!("{missing}; {hint}")));
    }
    assert_eq!(check(&report, "database").0, "Healthy");
}

#[test]
fn whoever_holds_the_lock_of_the_state_is_named() {
    let asked = examine(|call| {
        let lock = json!({
            "ID": "5f1c", "Operation": "OperationTypeApply", "Info": "", "Who": "ann@desk", "Version": "1.11.4",
            "Created": "2026-11-23T10:00:00.5Z", "Path": "states/staging/terraform.tfstate",
        });
        (call.action == LOCK).then(|| (200, lock.to_string()))
    });
    assert_eq!(asked.code, 1, "{asked}");
    let report = asked.json();
    let words = "s3://states/staging/terraform.tfstate is locked by ann@desk since 2026-11-23T10:00:00.5Z (OperationTypeApply)";
    assert_eq!(check(&report, "state"), (json!("Degraded"), words.to_owned()));
    assert_eq!(
        hints(&report, "state"),
        json!(["is its holder dead? then `eap unlock --env staging --id 5f1c`"])
    );
}
