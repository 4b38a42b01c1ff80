//! Benchmark: a whole look of `eap monitor` beside the longest chain of calls of which each needs the answer of the one
//! before, against a stand-in for AWS that takes its time for every answer; the calls of a look by name, for AWS's rate
//! limits; and the memory of a day of looks, one after the other.
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
#[path = "../cli/ports.rs"]
mod ports;
#[path = "../watch/tasks.rs"]
mod tasks;

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws::StandIn;

/// What every answer takes.
const DELAY: Duration = Duration::from_millis(50);
/// The best of so many looks counts.
const ROUNDS: usize = 5;
/// Looks of a day, 30 s apart.
const LOOKS_A_DAY: usize = 2_880;

fn main() {
    println!("tasks\tcalls\tlongest chain\tits time\tthe look\tratio");
    // Account and stack; state; then services, tasks and records, each in two steps.
    line(0, 4);
    // The pages of 2,000 tasks come one after the other, and the last one is described.
    let by_name = line(2_000, 2 + 2_000 / tasks::PAGE + 1);
    println!("\ncalls of a look at 2,000 tasks, and in a second at one look in 30 s");
    for (name, calls) in by_name {
        #[expect(clippy::cast_precision_loss, reason = "some calls")]
        let rate = calls as f64 / 30.0;
        println!("{calls}\t{rate:.2}/s\t{name}");
    }
    day();
}

/// The resident memory of a watch after an eighth of a day's looks, and after all of them.
fn day() {
    let looks = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&looks);
    let account = StandIn::start(move |call| {
        if call.action == "GET /health" {
            counted.fetch_add(1, Ordering::Relaxed);
        }
        None
    });
    let machine = account.machine();
    let mut command = machine.command(&["monitor", "--env", "staging", "--continuous", "--interval", "1ms"]);
    let mut watch = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let resident = |after: usize| {
        while looks.load(Ordering::Relaxed) < after {
            std::thread::sleep(Duration::from_millis(20));
        }
        let pages = std::fs::read_to_string(format!("/proc/{}/statm", watch.id())).unwrap();
        let pages: usize = pages.split(' ').nth(1).unwrap().parse().unwrap();
        pages * 4 / 1024
    };
    let (early, late) = (resident(LOOKS_A_DAY / 8), resident(LOOKS_A_DAY));
    println!("\nresident after {} looks {early} MB, after {LOOKS_A_DAY} looks {late} MB", LOOKS_A_DAY / 8);
    watch.kill().unwrap();
    watch.wait().unwrap();
}

/// Prints a line, and answers with the calls of a look by name.
fn line(tasks: usize, chain: usize) -> BTreeMap<String, usize> {
    let calls = Arc::<Mutex<BTreeMap<String, usize>>>::default();
    let counted = Arc::clone(&calls);
    let account = StandIn::start(move |call| {
        *counted.lock().unwrap().entry(call.action.clone()).or_default() += 1;
        std::thread::sleep(DELAY);
        tasks::many(call, tasks, 0)
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
    let by_name: BTreeMap<String, usize> =
        calls.lock().unwrap().iter().map(|(name, count)| (name.clone(), count / ROUNDS)).collect();
    let calls: usize = by_name.values().sum();
    let ratio = best.as_secs_f64() / least.as_secs_f64();
    println!("{tasks}\t{calls}\t{chain}\t{} ms\t{} ms\t{ratio:.2}", least.as_millis(), best.as_millis());
    by_name
}
