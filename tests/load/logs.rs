//! Benchmark: printing a million events of a log group beside `awslogs` and `aws logs tail`, against a server whose pages
//! are made beforehand. What fetching the pages alone takes is the floor of all of them.
//!
//! `tests/load/with-log-readers cargo bench -p eap --bench logs -- [--events N]`. Without the script, which fetches the other
//! programs, `EAP_BENCH_AWSLOGS` and `EAP_BENCH_AWS` name them; those that are not named are left out. What `eap` holds in
//! memory is measured at a tenth of the events as well: it must not grow with them.

#![expect(unreachable_pub, reason = "in a program, `pub` says what a module offers its neighbours")]
#![expect(
    dead_code,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark shares with tests, compares itself with programs, prints, and ends when something fails"
)]

#[path = "../watch/aws.rs"]
mod aws;
#[path = "../watch/cbor.rs"]
mod cbor;
#[path = "../cli/environment.rs"]
mod environment;
#[path = "../http.rs"]
mod http;
#[path = "../cli/ports.rs"]
mod ports;

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws::StandIn;
use serde_json::{Value, json};

/// A page of CloudWatch Logs has at most a megabyte.
const EVENTS_OF_A_PAGE: u64 = 2_500;
/// As often each program runs; the best counts.
const ROUNDS: usize = 3;

/// What a program took.
struct Run {
    seconds: f64,
    peak_mib: u64,
}

fn main() {
    let count = events();
    let pages = Arc::new(pages(count));
    let bytes: usize = pages.iter().map(String::len).sum();
    println!("{count} events in {} pages of together {} MB", pages.len(), bytes / 1_000_000);
    let served = Arc::clone(&pages);
    let account = StandIn::start(move |call| {
        let number = call.body["nextToken"].as_str().map_or(0, |token| token.parse().unwrap());
        (call.action == "FilterLogEvents").then(|| (200, served[number].clone()))
    });

    println!("program\tseconds\tevents/s\tpeak MiB\ttimes as long as eap");
    let machine = account.machine();
    let arguments = ["logs", "--env", "staging", "--since", "3h", "--source", "api", "--look", "raw"];
    let eap = best(count, || machine.command(&arguments));
    line("eap logs", count, &eap, &eap);
    tenth(count, &arguments, &eap);
    let following =
        measured_until(count, machine.command(&[&arguments[..], &["-f", "--no-live-tail"]].concat()));
    line("eap logs -f, until it has caught up", count, &following, &eap);
    line("pages alone", count, &Run { seconds: floor(&account.url, pages.len()), peak_mib: 0 }, &eap);
    if let Some(program) = named("EAP_BENCH_AWSLOGS") {
        let other = best(count, || {
            let arguments =
                ["get", "/ecs/staging", "ALL", "-s", "3h", "--color", "never", "--aws-endpoint-url"];
            of_account(Command::new(&program).args(arguments).arg(&account.url))
        });
        line("awslogs", count, &other, &eap);
    }
    if let Some(program) = named("EAP_BENCH_AWS") {
        let other = best(count, || {
            let arguments =
                ["logs", "tail", "/ecs/staging", "--since", "3h", "--color", "off", "--endpoint-url"];
            of_account(Command::new(&program).args(arguments).arg(&account.url))
        });
        line("aws logs tail", count, &other, &eap);
    }
}

/// The same with a tenth of the events.
fn tenth(count: u64, arguments: &[&str], eap: &Run) {
    let fewer = count / 10;
    let pages = pages(fewer);
    let account = StandIn::start(move |call| {
        let number = call.body["nextToken"].as_str().map_or(0, |token| token.parse().unwrap());
        (call.action == "FilterLogEvents").then(|| (200, pages[number].clone()))
    });
    let machine = account.machine();
    line("eap logs, a tenth", fewer, &best(fewer, || machine.command(arguments)), eap);
    let following = measured_until(fewer, machine.command(&[arguments, &["-f", "--no-live-tail"]].concat()));
    line("eap logs -f, a tenth", fewer, &following, eap);
}

fn events() -> u64 {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--events").skip(1);
    arguments.next().map_or(1_000_000, |count| count.parse().unwrap())
}

fn named(variable: &str) -> Option<String> {
    let program = std::env::var(variable).ok().filter(|program| !program.is_empty());
    if program.is_none() {
        println!("left out: {variable} is not set");
    }
    program
}

/// Lines as the API writes them, over the last hour, from eight tasks.
fn pages(count: u64) -> Vec<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let from_ms = u64::try_from(now.as_millis()).unwrap() - 3_600_000;
    let event = |number: u64| {
        let message = format!(
            "{{\"timestamp\":\"2026-11-23T10:00:00.000000Z\",\"level\":\"INFO\",\"message\":\"request\",\"method\":\"GET\",\
             \"route\":\"/api/v1/analytics/sales\",\"status\":200,\"duration_ms\":3.2,\"request_id\":\"{number:032x}\"}}"
        );
        let at = from_ms + number * 3_600_000 / count;
        json!({
            "eventId": format!("{number:056}"),
            "timestamp": at,
            "ingestionTime": at,
            "logStreamName": format!("ecs/api/task{}", number % 8),
            "message": message,
        })
    };
    let last = count.div_ceil(EVENTS_OF_A_PAGE) - 1;
    (0..=last)
        .map(|page| {
            let numbers = page * EVENTS_OF_A_PAGE..count.min((page + 1) * EVENTS_OF_A_PAGE);
            let events: Vec<Value> = numbers.map(event).collect();
            let mut answer = json!({"events": events, "searchedLogStreams": []});
            if page < last {
                answer["nextToken"] = (page + 1).to_string().into();
            }
            answer.to_string()
        })
        .collect()
}

/// Credentials and region, which programs of AWS want though nobody checks them.
fn of_account(command: &mut Command) -> Command {
    let mut whole = Command::new(command.get_program());
    whole.args(command.get_args());
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ] {
        whole.env(name, value);
    }
    whole
}

fn best(count: u64, command: impl Fn() -> Command) -> Run {
    let runs = (0..ROUNDS).map(|_| measured(count, command()));
    runs.min_by(|one, other| one.seconds.total_cmp(&other.seconds)).unwrap()
}

/// Runs it, counts its lines, and watches its memory.
fn measured(count: u64, mut command: Command) -> Run {
    let started = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let output = child.stdout.take().unwrap();
    let lines = std::thread::spawn(move || BufReader::with_capacity(1 << 20, output).split(b'\n').count());
    let mut peak_mib = 0;
    while child.try_wait().unwrap().is_none() {
        peak_mib = peak_mib.max(resident_peak_mib(child.id()));
        std::thread::sleep(Duration::from_millis(5));
    }
    let seconds = started.elapsed().as_secs_f64();
    assert_eq!(lines.join().unwrap() as u64, count, "lines of {command:?}");
    Run { seconds, peak_mib }
}

/// Runs it until it has shown so many lines, and watches its memory.
fn measured_until(count: u64, mut command: Command) -> Run {
    let started = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let output = BufReader::with_capacity(1 << 20, child.stdout.take().unwrap());
    let wanted = usize::try_from(count).unwrap();
    let lines = std::thread::spawn(move || output.split(b'\n').take(wanted).count());
    let mut peak_mib = 0;
    while !lines.is_finished() {
        peak_mib = peak_mib.max(resident_peak_mib(child.id()));
        std::thread::sleep(Duration::from_millis(5));
    }
    let seconds = started.elapsed().as_secs_f64();
    child.kill().unwrap();
    child.wait().unwrap();
    Run { seconds, peak_mib }
}

fn resident_peak_mib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// Seconds for fetching all pages one after the other, and reading nothing of them.
fn floor(url: &str, pages: usize) -> f64 {
    let client = http::client().build().unwrap();
    let started = Instant::now();
    for page in 0..pages {
        let request = client.post(url).header("x-amz-target", "Logs_20140328.FilterLogEvents");
        let answer = request.body(json!({"nextToken": page.to_string()}).to_string()).send().unwrap();
        assert!(!answer.bytes().unwrap().is_empty());
    }
    started.elapsed().as_secs_f64()
}

fn line(name: &str, count: u64, run: &Run, eap: &Run) {
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    let rate = count as f64 / run.seconds;
    let ratio = run.seconds / eap.seconds;
    println!("{name}\t{:.2}\t{rate:.0}\t{}\t{ratio:.2}", run.seconds, run.peak_mib);
}
