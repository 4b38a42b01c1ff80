//! `eap logs -f`: nothing is lost and nothing comes twice, whatever the service does.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::aws::StandIn;
use crate::environment::{TestEnvironment, collect, signal};
use crate::store::{Store, Stored, now_ms};

const STREAMS: i64 = 200;
const EVENTS: i64 = 1_000;
/// All of them happen in this time, and are delivered up to twice as long after.
const SPAN_MS: i64 = 4_000;

/// Events of 200 tasks in the seconds from now on; every fifth comes late, up to eight seconds.
fn events() -> Vec<Stored> {
    let start = now_ms();
    (0..EVENTS)
        .map(|number| {
            let at_ms = start + number * SPAN_MS / EVENTS;
            let late = if number % 5 == 0 { (number * 7919) % (2 * SPAN_MS) } else { 0 };
            Stored {
                group: "/ecs/staging",
                stream: format!("ecs/api/{:032x}", number % STREAMS),
                id: number.to_string(),
                at_ms,
                there_at_ms: at_ms + late,
                message: format!("event {number}"),
            }
        })
        .collect()
}

/// The ids that a follower shows until all are there, or time is up; and what it said.
fn follow(machine: &TestEnvironment, wanted: usize) -> (Vec<i64>, String) {
    let arguments = [
        "logs",
        "--env",
        "staging",
        "-f",
        "--since",
        "1s",
        "--overlap",
        "12s",
        "--interval",
        "300ms",
        "--output",
        "json",
    ];
    let mut child =
        machine.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let shown = collect(&mut child);
    let deadline = Instant::now() + Duration::from_secs(40);
    let count = || String::from_utf8_lossy(&shown.lock().unwrap()).lines().count();
    while count() < wanted && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(100));
    }
    // What would come twice comes now.
    std::thread::sleep(Duration::from_secs(3));
    signal(child.id(), "-INT");
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    let text = String::from_utf8(shown.lock().unwrap().clone()).unwrap();
    let id =
        |line: &str| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().parse().unwrap();
    (text.lines().map(id).collect(), String::from_utf8_lossy(&ended.stderr).into_owned())
}

#[test]
fn late_double_disordered_paged_and_refused_each_event_comes_once() {
    let store = Arc::new(Store::new(events(), 60).throttled(11));
    let account = StandIn::start(move |call| store.answer(call));
    let (ids, said) = follow(&account.machine(), 1_000);
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..EVENTS).collect::<Vec<_>>(), "{said}");
    let in_time: Vec<i64> = ids.into_iter().filter(|number| number % 5 != 0).collect();
    assert!(in_time.is_sorted(), "those in time are in order");
}

#[test]
fn a_network_that_is_away_for_a_while_costs_nothing() {
    let store = Arc::new(Store::new(events(), 500));
    let (away, started) = (AtomicBool::new(false), Instant::now());
    let account = StandIn::start(move |call| {
        let seconds = started.elapsed().as_secs_f32();
        away.store((2.0..7.0).contains(&seconds), Ordering::SeqCst);
        if call.action == "FilterLogEvents" && away.load(Ordering::SeqCst) {
            return Some((0, String::new()));
        }
        store.answer(call)
    });
    let (mut ids, said) = follow(&account.machine(), 1_000);
    ids.sort_unstable();
    assert_eq!(ids, (0..EVENTS).collect::<Vec<_>>(), "{said}");
    assert!(said.contains("trying again until it works"), "{said}");
    assert!(said.contains("reading again; nothing was missed"), "{said}");
}
