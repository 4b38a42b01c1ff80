//! `eap logs -f` with Live Tail: lines come at once, reading brings what it leaves out, and each line comes once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::aws::StandIn;
use crate::event_stream::{begin, time_out, update};
use crate::follow::{Follower, stored};
use crate::store::{Store, Stored, now_ms};

fn tailed(event: &Stored) -> Value {
    json!({
        "logStreamName": event.stream, "logGroupIdentifier": "123456789012:/ecs/staging", "message": event.message,
        "timestamp": event.at_ms, "ingestionTime": event.there_at_ms,
    })
}

#[test]
fn each_line_comes_once_over_sessions_that_end_and_sample() {
    let now = now_ms();
    // Two of three are there to be read a second later; the others hours later: those only Live Tail brings.
    let events: Vec<Stored> = (0..90)
        .map(|number| {
            let at_ms = now + 3_000 + number * 20;
            stored(number, at_ms, at_ms + if number % 3 == 0 { 9_999_000 } else { 1_000 })
        })
        .collect();
    let store = Arc::new(Store::new(events.clone(), 60));
    let sessions = AtomicUsize::new(0);
    let account = StandIn::start_streaming(
        move |call| store.answer(call),
        move |call, stream| {
            if call.action != "StartLiveTail" {
                return false;
            }
            let number = sessions.fetch_add(1, Ordering::SeqCst);
            begin(stream);
            update(stream, &[], false);
            if number == 0 {
                time_out(stream);
                return true;
            }
            std::thread::sleep(Duration::from_millis(
                u64::try_from((now + 5_000 - now_ms()).max(0)).unwrap_or(0),
            ));
            // Of those that can be read it brings every other one: it samples.
            let brought = (0..).zip(&events).filter(|(number, _)| number % 3 == 0 || number % 2 == 0);
            let batch: Vec<Value> = brought.map(|(_, event)| tailed(event)).collect();
            update(stream, &batch, true);
            while update(stream, &[], false) {
                std::thread::sleep(Duration::from_millis(200));
            }
            true
        },
    );
    let more = ["--since", "1s", "--overlap", "30s", "--interval", "300ms", "--source", "api"];
    let follower = Follower::start(&account.machine(), &more);
    follower.wait_until("all lines", |follower| follower.lines().len() >= 90);
    std::thread::sleep(Duration::from_secs(3));
    let (lines, said) = follower.end();
    let mut numbers: Vec<i64> = lines
        .iter()
        .map(|line| line["message"].as_str().unwrap()["event ".len()..].parse().unwrap())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..90).collect::<Vec<_>>(), "{said}");
    let by_tail = lines.iter().filter(|line| line["id"].is_null()).count();
    assert!(by_tail >= 30, "{by_tail} came by Live Tail: {said}");
    assert!(said.contains("it brings a sample, the rest comes by reading"), "{said}");
    let asked = account.calls("StartLiveTail");
    assert!(asked.len() >= 2, "a session that timed out is followed by another");
    assert_eq!(
        asked[0].body["logGroupIdentifiers"],
        json!(["arn:aws:logs:us-east-1:123456789012:log-group:/ecs/staging"])
    );
    assert_eq!(asked[0].body["logStreamNamePrefixes"], json!(["ecs/api/"]));
}

#[test]
fn where_there_are_too_many_sessions_it_waits_for_one() {
    let now = now_ms();
    let event = stored(7, now, i64::MAX);
    let store = Store::new(vec![event.clone()], 60);
    let asked = AtomicUsize::new(0);
    let account = StandIn::start_streaming(
        move |call| {
            let full = json!({"__type": "LimitExceededException", "message": "too many sessions"});
            (call.action == "StartLiveTail").then(|| (400, full.to_string())).or_else(|| store.answer(call))
        },
        move |call, stream| {
            // The SDK itself asks three times.
            if call.action != "StartLiveTail" || asked.fetch_add(1, Ordering::SeqCst) < 4 {
                return false;
            }
            begin(stream);
            while update(stream, &[tailed(&event)], false) {
                std::thread::sleep(Duration::from_mins(1));
            }
            true
        },
    );
    let follower = Follower::start(&account.machine(), &["--since", "1m", "--interval", "300ms"]);
    follower.wait_until("the line", |follower| follower.messages() == ["event 7"]);
    let (_, said) = follower.end();
    assert_eq!(said.matches("no Live Tail for now, lines come by reading at intervals").count(), 1, "{said}");
    assert!(said.contains("too many sessions"), "{said}");
    assert!(said.contains("Live Tail is there again"), "{said}");
}
