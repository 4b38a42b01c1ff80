//! A deploy that is killed or interrupted at every step in turn, and a lock that somebody else holds.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::account::Account;
use crate::environment::{TestEnvironment, signal};
use crate::life::image;
use crate::served::serve_behind;

const PATIENCE: Duration = Duration::from_mins(8);

#[test]
fn killed_at_every_step_it_comes_to_the_same_end() {
    let Some(account) = Account::empty() else { return };
    let machine = account.machine();
    for step in ["Bootstrap:", "Terraform: init", "Terraform: plan"] {
        assert_eq!(cut_short(&machine, step, "-KILL"), None, "{step}");
    }
    // Terraform ends in order, and frees its lock.
    assert_eq!(cut_short(&machine, "  create module.service.aws_ecs_cluster", "-INT"), Some(130));
    let bucket =
        machine.run(&["config", "backend", "--env", "staging", "--output", "json"]).json()["bucket"].clone();
    let bucket = bucket.as_str().unwrap();
    assert!(!account.has_object(bucket, "staging/terraform.tfstate.tflock"), "the lock is left");

    // The Terraform of a killed deploy works on: the next deploy waits for its lock, and goes on from there.
    account.steer("rollouts", &json!({"pace": 5}));
    assert_eq!(cut_short(&machine, "  create ", "-KILL"), None);
    assert_eq!(cut_short(&machine, "Rollout:", "-KILL"), None);
    assert_eq!(cut_short(&machine, "Smoke test:", "-KILL"), None);
    let _api = serve_behind(&account, &machine, "staging");
    let done = machine.run(&arguments("staging"));
    assert_eq!(done.code, 0, "{done}");
    assert!(done.stderr.contains("was interrupted (smoke test); going on"), "{done}");
    // What the killed ones changed is recorded, and nothing is left to do.
    let told = done.json();
    assert_eq!((&told["result"], &told["deployment"]), (&json!("deployed"), &json!(1)), "{told}");
    let again = machine.run(&arguments("staging"));
    assert_eq!((again.code, &again.json()["result"]), (0, &json!("unchanged")), "{again}");
    assert!(!again.stderr.contains("interrupted"), "{again}");
}

#[test]
fn a_held_lock_names_its_holder_and_can_be_taken_away() {
    let Some(account) = Account::empty() else { return };
    let machine = account.machine();
    // Nobody agreed, so this ends after the bootstrap.
    assert_eq!(machine.run(&["deploy", "--env", "dev", "--image", &image('1')]).code, 64);
    let bucket =
        machine.run(&["config", "backend", "--env", "dev", "--output", "json"]).json()["bucket"].clone();
    let bucket = bucket.as_str().unwrap();
    let lock = json!({
        "ID": "1f2e3d4c-0000-4000-8000-000000000000",
        "Operation": "OperationTypeApply",
        "Info": "",
        "Who": "ann@ci-7",
        "Version": "1.11.4",
        "Created": "2026-11-23T10:00:00Z",
        "Path": format!("{bucket}/dev/terraform.tfstate"),
    });
    account.put_object(bucket, "dev/terraform.tfstate.tflock", &lock.to_string());

    let refused = machine.run(&arguments("dev"));
    assert_eq!(refused.code, 6, "{refused}");
    assert!(refused.stderr.contains("ann@ci-7 holds the lock of dev since 2026-11-23 10:00:00"), "{refused}");
    assert!(
        refused.stderr.contains("eap unlock --env dev --id 1f2e3d4c-0000-4000-8000-000000000000"),
        "{refused}"
    );
    let started = Instant::now();
    let waited = machine.run(&[&arguments("dev")[..], &["--lock-timeout", "4s"]].concat());
    assert_eq!(waited.code, 6, "{waited}");
    assert!(started.elapsed() >= Duration::from_secs(4), "it did not wait");

    let wrong = machine.run(&["unlock", "--env", "dev", "--id", "00000000", "--yes"]);
    assert_eq!(wrong.code, 1, "{wrong}");
    assert!(account.has_object(bucket, "dev/terraform.tfstate.tflock"));
    let unlocked =
        machine.run(&["unlock", "--env", "dev", "--id", "1f2e3d4c-0000-4000-8000-000000000000", "--yes"]);
    assert_eq!(unlocked.code, 0, "{unlocked}");
    assert!(!account.has_object(bucket, "dev/terraform.tfstate.tflock"));
}

fn arguments(environment: &'static str) -> [&'static str; 8] {
    let image: &'static str = Box::leak(image('1').into_boxed_str());
    ["deploy", "--env", environment, "--image", image, "--yes", "--output", "json"]
}

fn cut_short(machine: &TestEnvironment, mark: &str, how: &str) -> Option<i32> {
    cut_short_of(machine, &arguments("staging"), mark, how)
}

/// Sends a signal as soon as the command says something that begins so. Answers its exit code; none when it was killed.
pub(crate) fn cut_short_of(
    machine: &TestEnvironment,
    arguments: &[&str],
    mark: &str,
    how: &str,
) -> Option<i32> {
    let mut command = machine.command(arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut said, deadline) = (Vec::new(), Instant::now() + PATIENCE);
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        if line.starts_with(mark) {
            signal(child.id(), how);
            break;
        }
        said.push(line);
        assert!(Instant::now() < deadline, "{mark:?} did not come: {said:#?}");
    }
    let status = child.wait().unwrap();
    // What was said tells why a deploy ended before its time.
    eprintln!("{mark:?}: {status:?}: {said:#?}");
    assert!(status.signal() == Some(9) || status.code().is_some(), "{status:?}");
    assert_ne!(status.code(), Some(0), "{mark:?} did not come: {said:#?}");
    assert_ne!(status.code(), Some(1), "{mark:?} did not come: {said:#?}");
    status.code()
}
