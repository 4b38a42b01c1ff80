//! Benchmark: `eap deploy` of a whole new environment beside bare `terraform init`, `plan` and `apply` of the same tree,
//! variables and parallelism, each in an emulated account of its own.
//!
//! `tests/run --shell cargo bench -p eap --bench deploy -- [--rounds N]`

#![expect(unreachable_pub, reason = "in a program, `pub` says what a module offers its neighbours")]
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a benchmark compares itself with Terraform, prints, and ends when something fails"
)]

#[expect(dead_code, reason = "shared with the tests of deploys")]
#[path = "../deploy/account.rs"]
mod account;
#[expect(dead_code, reason = "shared with the tests of the command line")]
#[path = "../cli/environment.rs"]
mod environment;
#[path = "../http.rs"]
mod http;
#[path = "../cli/ports.rs"]
mod ports;
#[expect(dead_code, reason = "shared with the tests of deploys")]
#[path = "../deploy/served.rs"]
mod served;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use account::{ACCOUNT, Account};
use environment::TestEnvironment;
use served::serve_once_keyed;

/// Times of one round.
struct Round {
    /// Until `eap` begins to watch the rollout.
    ours: Duration,
    /// Rollout, smoke test and record, which Terraform does not do.
    watching: Duration,
    theirs: Duration,
}

fn main() {
    println!("round\teap deploy\tterraform\tratio\trollout, smoke test, record");
    let mut rounds = Vec::new();
    for number in 1..=wanted_rounds() {
        let Some(theirs) = by_terraform() else { return };
        let (ours, watching) = by_eap().unwrap();
        rounds.push(Round { ours, watching, theirs });
        line(&number.to_string(), rounds.last().unwrap());
    }
    let median = |of: fn(&Round) -> Duration| {
        let mut times: Vec<Duration> = rounds.iter().map(of).collect();
        times.sort();
        times[times.len() / 2]
    };
    line(
        "median",
        &Round { ours: median(|r| r.ours), watching: median(|r| r.watching), theirs: median(|r| r.theirs) },
    );
}

fn wanted_rounds() -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--rounds").skip(1);
    arguments.next().map_or(3, |rounds| rounds.parse().unwrap())
}

fn image() -> String {
    format!("{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/ecommerce-analytics-api@sha256:{}", "1".repeat(64))
}

/// An account with the bootstrap stack, which both need, and nothing else.
fn prepared() -> Option<(Account, TestEnvironment)> {
    let account = Account::empty()?;
    let machine = account.machine();
    let asked = machine.run(&["deploy", "--env", "staging", "--image", &image()]);
    assert_eq!(asked.code, 64, "{asked}");
    Some((account, machine))
}

fn by_eap() -> Option<(Duration, Duration)> {
    let (account, machine) = prepared()?;
    // On another machine than where that was asked, so that Terraform has to prepare its tree as well.
    std::fs::remove_dir_all(machine.path("state")).unwrap();
    let image = image();
    let mut command = machine.command(&["deploy", "--env", "staging", "--image", &image, "--yes"]);
    let started = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let stderr = child.stderr.take().unwrap();
    let over = AtomicBool::new(false);
    let (_api, rollout) = std::thread::scope(|scope| {
        let api = scope.spawn(|| serve_once_keyed(&account, &machine, "staging", &over));
        let mut lines = BufReader::new(stderr).lines().map_while(Result::ok);
        let rollout = lines.by_ref().find(|line| line.starts_with("Rollout:")).map(|_| Instant::now());
        lines.for_each(drop);
        over.store(true, Ordering::Relaxed);
        (api.join().unwrap(), rollout)
    });
    assert!(child.wait().unwrap().success());
    let rollout = rollout.unwrap();
    Some((rollout - started, rollout.elapsed()))
}

fn by_terraform() -> Option<Duration> {
    let (_account, machine) = prepared()?;
    let folder = machine.path("bare");
    let tree = concat!(env!("CARGO_MANIFEST_DIR"), "/../terraform");
    ended_well(Command::new("cp").args(["-r", tree]).arg(&folder));
    let said = |arguments: &[&str]| machine.run(arguments).stdout;
    std::fs::write(folder.join("backend.hcl"), said(&["config", "backend", "--env", "staging"])).unwrap();
    std::fs::write(folder.join("staging.tfvars.json"), said(&["config", "tfvars", "--env", "staging"]))
        .unwrap();
    let image = format!("-var=container_image={}", image());
    let started = Instant::now();
    for arguments in [
        &["init", "-input=false", "-lockfile=readonly", "-backend-config=backend.hcl"][..],
        &["plan", "-input=false", "-out=plan", "-var-file=staging.tfvars.json", &image],
        &["apply", "-input=false", "-parallelism=30", "plan"],
    ] {
        ended_well(&mut terraform(&machine, &folder, arguments));
    }
    Some(started.elapsed())
}

/// Terraform with the variables that `eap` gives it.
fn terraform(machine: &TestEnvironment, folder: &Path, arguments: &[&str]) -> Command {
    let mut terraform = Command::new("terraform");
    terraform.args(arguments).current_dir(folder).env_clear();
    for (name, value) in machine.command(&[]).get_envs() {
        if let Some(value) = value {
            terraform.env(name, value);
        }
    }
    let key = format!("eap_{}_{}", "0".repeat(16), "0".repeat(64));
    terraform.env("AWS_REGION", "us-east-1").env("TF_VAR_api_key", key).env("CHECKPOINT_DISABLE", "1");
    terraform
}

fn ended_well(command: &mut Command) {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}: {}{}", text(&output.stdout), text(&output.stderr));
}

fn line(name: &str, round: &Round) {
    let seconds = |time: Duration| format!("{:.1} s", time.as_secs_f64());
    let ratio = round.ours.as_secs_f64() / round.theirs.as_secs_f64();
    println!(
        "{name}\t{}\t{}\t{ratio:.3}\t{}",
        seconds(round.ours),
        seconds(round.theirs),
        seconds(round.watching)
    );
}
