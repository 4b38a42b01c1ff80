//! A deploy that is killed or interrupted at every step in turn, and a lock that somebody else holds.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::account::Account;
use crate::checkout::Checkout;
use crate::environment::{TestEnvironment, signal};
use crate::life::image;
use crate::recording;
use crate::served::serve_behind;

const PATIENCE: Duration = Duration::from_mins(20);

#[test]
fn killed_at_every_step_it_comes_to_the_same_end() {
    let Some(account) = Account::empty() else { return };
    let mut machine = account.machine();
    let Some(checkout) = Checkout::on(&mut machine, &account) else { return };
    tests_that_fail_end_it(&machine, &checkout);
    assert_eq!(account.things(), 0);
    for step in [
        "Tests of",
        "Bootstrap:",
        "  created: the state's bucket",
        "Building eap-api",
        "Pushing to",
        "Terraform: init",
    ] {
        assert_eq!(cut_short(&machine, &BUILT, step, "-KILL"), None, "{step}");
    }
    assert_eq!(cut_short(&machine, &BUILT, "Terraform: plan", "-KILL"), None);
    assert!(has_a_plan(&machine), "killed while it planned");
    let bucket = interrupted_in_apply(&account, &machine);
    assert!(!has_a_plan(&machine), "the plan of a killed deploy is still there");

    // The Terraform of a killed deploy works on: the next deploy waits for its lock, and goes on from there.
    account.steer("rollouts", &json!({"pace": 5}));
    assert_eq!(
        cut_short_beside(&machine, &BUILT, "  create ", "-KILL", || two_at_once(&account, &machine)),
        None
    );
    assert_eq!(cut_short(&machine, &BUILT, "Rollout:", "-INT"), Some(130));
    assert_eq!(cut_short(&machine, &BUILT, "Smoke test:", "-KILL"), None);
    let _api = serve_behind(&account, &machine, "staging");
    let untested = [&BUILT[..], &["--skip-tests"]].concat();
    recording::killed_while_it_is_written(&account, &machine, (&bucket, 4), &untested);
    let done = machine.run(&untested);
    assert_eq!(done.code, 0, "{done}");
    assert!(done.stderr.contains("was interrupted (smoke test); going on"), "{done}");
    assert!(!done.stderr.contains("Tests of"), "{done}");
    assert!(checkout.is_pushed() && done.json()["image"].as_str().unwrap().contains("@sha256:"), "{done}");
    // What the killed ones changed is recorded by the last of them, and nothing is left to do.
    assert_eq!(done.json()["result"], "unchanged", "{done}");
    assert!(!machine.path("state/ecommerce-analytics-staging/journal.json").exists());
    what_was_recorded(&machine);
    killed_while_it_goes_back(&account, &machine);
    a_state_that_could_not_be_written(&account, &machine, &bucket);
}

/// Before anything is built.
fn tests_that_fail_end_it(machine: &TestEnvironment, checkout: &Checkout) {
    checkout.tests_say("Err(\"two and two are five\".to_owned())");
    let failed = machine.run(&BUILT);
    assert_eq!(failed.code, 1, "{failed}");
    assert!(failed.stderr.contains("two and two are five"), "{failed}");
    assert!(failed.stderr.contains("hint: mend what fails"), "{failed}");
    assert!(!failed.stderr.contains("Building"), "{failed}");
    checkout.tests_say("Ok(())");
    assert!(!checkout.is_pushed());
}

/// Terraform gets one SIGINT however often that is done, ends in order, and frees its lock. Answers with the bucket.
fn interrupted_in_apply(account: &Account, machine: &TestEnvironment) -> String {
    let mark = "  create module.service.aws_ecs_cluster";
    assert_eq!(cut_short(machine, &BUILT, mark, "-INT"), Some(130));
    let bucket =
        machine.run(&["config", "backend", "--env", "staging", "--output", "json"]).json()["bucket"].clone();
    let bucket = bucket.as_str().unwrap().to_owned();
    assert!(!account.has_object(&bucket, "staging/terraform.tfstate.tflock"), "the lock is left");
    let state = machine.path("state/ecommerce-analytics-staging/terraform");
    let said = std::fs::read_to_string(state.join("terraform.out")).unwrap();
    assert_eq!(said.matches("Interrupt received").count(), 1, "{said}");
    assert!(!said.contains("Two interrupts"), "{said}");
    bucket
}

/// On another machine it is Terraform's lock that is in the way, on this one that of the machine. Who only looks is let in.
fn two_at_once(account: &Account, machine: &TestEnvironment) {
    let other = account.machine();
    let refused = other.run(&arguments("staging"));
    assert_eq!(refused.code, 6, "{refused}");
    assert!(refused.stderr.contains("holds the lock of staging since"), "{refused}");
    let here = machine.run(&BUILT);
    assert_eq!(here.code, 6, "{here}");
    let holder =
        "ecommerce-analytics-staging on this machine is locked by `eap deploy --env staging` (process";
    assert!(here.stderr.contains(holder), "{here}");
    assert_eq!(machine.run(&["history", "--env", "staging"]).code, 0);
}

fn what_was_recorded(machine: &TestEnvironment) {
    let history = machine.run(&["history", "--env", "staging", "--output", "json"]).json();
    let rows: Vec<(&str, bool)> = history["deployments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["result"].as_str().unwrap(), it["applied"].as_bool().unwrap()))
        .collect();
    // The newest first: the good one, the interrupted rollout, the one of another machine, the interrupted apply.
    let expected = [("succeeded", true), ("interrupted", true), ("failed", false), ("interrupted", true)];
    assert_eq!(rows, expected, "{history}");
    assert_eq!(history["deployments"][1]["error"], "interrupted (rollout)");
}

/// The version before comes back, though nobody was there to the end.
fn killed_while_it_goes_back(account: &Account, machine: &TestEnvironment) {
    let served = account.image_of_service("staging");
    let crashing = image('2');
    account.steer("rollouts", &json!({"outcome": "crashes", "image": crashing, "pace": 0.2}));
    let deploy = ["deploy", "--env", "staging", "--image", &crashing, "--yes", "--output", "json"];
    assert_eq!(cut_short(machine, &deploy, "Rolling back to deployment", "-KILL"), None);
    let again = machine.run(&deploy);
    assert_eq!(again.code, 7, "{again}");
    assert!(again.stderr.contains("was interrupted (rollout); going on"), "{again}");
    assert_eq!(account.image_of_service("staging"), served);
}

/// Terraform keeps it beside itself; the next deploy writes it before it looks at anything.
fn a_state_that_could_not_be_written(account: &Account, machine: &TestEnvironment, bucket: &str) {
    let expired = "The security token included in the request is expired";
    account.steer("rollouts", &json!({"outcome": "completes"}));
    let call = format!("PUT /{bucket}/staging/terraform.tfstate");
    let refuse = |times: u32| {
        let orders = json!({"call": call, "code": "ExpiredToken", "message": expired, "times": times});
        account.steer("refusals", &orders);
    };
    refuse(99);
    let other = image('3');
    let deploy = ["deploy", "--env", "staging", "--image", &other, "--yes", "--output", "json"];
    let failed = machine.run(&deploy);
    assert_eq!(failed.code, 1, "{failed}");
    assert!(failed.stderr.contains("hint: the AWS credentials have expired: log in again"), "{failed}");
    assert!(failed.stderr.contains("the next run of the same command writes it first"), "{failed}");
    refuse(0);
    // And the answer to its record gets lost: it is sent again.
    recording::lose(account, bucket, 7, "answer", 0);
    let done = machine.run(&deploy);
    assert_eq!((done.code, account.losses_to_come()), (0, 0), "{done}");
    assert_eq!(done.json()["deployment"], 7, "{done}");
    recording::are_counted(machine, 7);
    assert!(done.stderr.contains("the state that an earlier deploy could not write is written"), "{done}");
    assert_eq!(account.image_of_service("staging"), other);
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

/// The checkout.
const BUILT: [&str; 6] = ["deploy", "--env", "staging", "--yes", "--output", "json"];

fn arguments(environment: &'static str) -> [&'static str; 8] {
    let image: &'static str = Box::leak(image('1').into_boxed_str());
    ["deploy", "--env", environment, "--image", image, "--yes", "--output", "json"]
}

/// Whether a plan lies in the state of the machine, readable for its owner alone.
fn has_a_plan(machine: &TestEnvironment) -> bool {
    let folder = machine.path("state/ecommerce-analytics-staging");
    let mut entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let folder = entries.find(|entry| entry.file_name().to_string_lossy().starts_with("plan-"));
    folder.is_some_and(|folder| {
        let plan = std::fs::metadata(folder.path().join("plan")).unwrap();
        assert_eq!(plan.permissions().mode() & 0o777, 0o600);
        true
    })
}

pub(crate) fn cut_short(machine: &TestEnvironment, arguments: &[&str], mark: &str, how: &str) -> Option<i32> {
    cut_short_beside(machine, arguments, mark, how, || {})
}

/// Sends a signal, twice when it is none that kills, as soon as the command says something that begins so, after
/// `beside`. Answers its exit code; none when it was killed.
fn cut_short_beside(
    machine: &TestEnvironment,
    arguments: &[&str],
    mark: &str,
    how: &str,
    beside: impl FnOnce(),
) -> Option<i32> {
    let mut command = machine.command(arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut said, deadline) = (Vec::new(), Instant::now() + PATIENCE);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    for line in lines.by_ref() {
        let line = line.unwrap();
        if line.starts_with(mark) {
            beside();
            signal(child.id(), how);
            break;
        }
        said.push(line);
        assert!(Instant::now() < deadline, "{mark:?} did not come: {said:#?}");
    }
    if how == "-INT" {
        // Who is impatient changes nothing by it.
        signal(child.id(), how);
    }
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    let status = child.wait().unwrap();
    if how == "-INT" {
        let goes_on = if mark == "Rollout:" {
            "hint: the same command goes on watching, `eap rollback --env staging` brings the version before back"
        } else {
            "Interrupted: waiting for Terraform, which ends what it began, writes its state and frees its lock"
        };
        assert!(rest.iter().any(|line| line == goes_on), "{rest:#?}");
    }
    // What was said tells why a deploy ended before its time; its end does, and leaves room for what comes after.
    eprintln!("{mark:?}: {status:?}: {:#?}", &said[said.len().saturating_sub(8)..]);
    assert!(status.signal() == Some(9) || status.code().is_some(), "{status:?}");
    assert_ne!(status.code(), Some(0), "{mark:?} did not come: {said:#?}");
    assert_ne!(status.code(), Some(1), "{mark:?} did not come: {said:#?}");
    status.code()
}
