//! Benchmark: a whole look of `eap monitor` beside the longest chain of calls of which each needs the answer of the one
//! before, against a stand-in for AWS that takes its time for every answer.
//!
//! `cargo bench -p eap --bench monitor`

#![expect(unreachable_pub, reason = "in a program, `pub` says what a module offers its neighbours")]
#![expect(
    dead_code,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark shares with tests, starts programs, prints, and ends when something fails"
)]

#[path = "../watch/aws.rs"]
mod aws;
#[path = "../watch/cbor.rs"]
mod cbor;
#[path = "../cli/environment.rs"]
mod environment;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use aws::StandIn;
use serde_json::json;

/// What every answer takes.
const DELAY: Duration = Duration::from_millis(50);
/// The best of so many looks counts.
const ROUNDS: usize = 5;
/// As many tasks are in a page of their list.
const PAGE: usize = 100;

fn main() {
    println!("tasks\tcalls\tlongest chain\tits time\tthe look\tratio");
    // Account and stack; state; then services, tasks and records, each in two steps.
    line(0, 4);
    // The pages of 2,000 tasks come one after the other, and the last one is described.
    line(2_000, 2 + 2_000 / PAGE + 1);
}

fn line(tasks: usize, chain: usize) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let account = StandIn::start(move |call| {
        counted.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(DELAY);
        let body = match call.action.as_str() {
            "ListTasks" if call.body["desiredStatus"] == "RUNNING" && tasks > 0 => {
                let page: usize = call.body["nextToken"].as_str().map_or(0, |token| token.parse().unwrap());
                let arn = |number: usize| format!("arn:aws:ecs:us-east-1:123456789012:task/c/{number}");
                let arns: Vec<String> = (page * PAGE..(page + 1) * PAGE).map(arn).collect();
                let more = (page + 1) * PAGE < tasks;
                json!({"taskArns": arns, "nextToken": more.then(|| (page + 1).to_string())})
            }
            "DescribeTasks" => {
                let task = |arn| json!({"taskArn": arn, "lastStatus": "RUNNING"});
                let arns = call.body["tasks"].as_array().unwrap();
                json!({"tasks": arns.iter().map(task).collect::<Vec<_>>()})
            }
            _ => return None,
        };
        Some((200, body.to_string()))
    });
    let machine = account.machine();
    let look = || {
        let started = Instant::now();
        let seen = machine.run(&["monitor", "--env", "staging", "--output", "json"]);
        let taken = started.elapsed();
        assert_eq!(seen.json()["verdict"], "Healthy", "{seen}");
        assert_eq!(seen.json()["inventory"]["tasks"].as_array().unwrap().len(), tasks);
        taken
    };
    let best = (0..ROUNDS).map(|_| look()).min().unwrap();
    let least = DELAY * u32::try_from(chain).unwrap();
    let calls = calls.load(Ordering::Relaxed) / ROUNDS;
    let ratio = best.as_secs_f64() / least.as_secs_f64();
    println!("{tasks}\t{calls}\t{chain}\t{} ms\t{} ms\t{ratio:.2}", least.as_millis(), best.as_millis());
}
