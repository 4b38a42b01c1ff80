//! The record of a deploy whose writing is cut short: in the end there is one, and not two.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::account::Account;
use crate::environment::{TestEnvironment, signal};

const PATIENCE: Duration = Duration::from_mins(20);

/// The record of this number is sent once so that its request, or the answer, gets lost.
pub fn lose(account: &Account, bucket: &str, number: usize, lost: &str, seconds: u32) {
    let call = format!("PUT /{bucket}/staging/deployments/{number}.json");
    account.steer("losses", &json!({"call": call, "lost": lost, "seconds": seconds}));
}

/// The deploy that is to be recorded under this number is killed while it waits for S3: first one whose record never
/// arrives, then one whose record does.
pub fn killed_while_it_is_written(
    account: &Account,
    machine: &TestEnvironment,
    (bucket, number): (&str, usize),
    deploy: &[&str],
) {
    for lost in ["request", "answer"] {
        lose(account, bucket, number, lost, 60);
        let mut command = machine.command(deploy);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let deadline = Instant::now() + PATIENCE;
        while account.losses_to_come() > 0 {
            assert!(Instant::now() < deadline && child.try_wait().unwrap().is_none(), "it records nothing");
            std::thread::sleep(Duration::from_millis(50));
        }
        signal(child.id(), "-KILL");
        assert_eq!(child.wait().unwrap().signal(), Some(9));
        let record = format!("staging/deployments/{number}.json");
        assert_eq!(account.has_object(bucket, &record), lost == "answer", "{lost}");
    }
}

/// There are so many records, numbered without a gap, the newest first.
pub fn are_counted(machine: &TestEnvironment, count: usize) {
    let history = machine.run(&["history", "--env", "staging", "--output", "json"]).json();
    let numbers: Vec<&Value> =
        history["deployments"].as_array().unwrap().iter().map(|record| &record["number"]).collect();
    let expected: Vec<usize> = (1..=count).rev().collect();
    assert_eq!(json!(numbers), json!(expected), "{history}");
}
