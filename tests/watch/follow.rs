//! `eap logs -f`: nothing is lost and nothing comes twice, whatever the service does.

use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::aws::{StandIn, service};
use crate::environment::{TestEnvironment, collect, signal};
use crate::store::{Store, Stored, now_ms};

const STREAMS: i64 = 200;
const EVENTS: i64 = 1_000;
/// All of them happen in this time, and are delivered up to twice as long after.
const SPAN_MS: i64 = 4_000;

/// A follower under test; it ends with the test.
pub struct Follower {
    child: Option<Child>,
    shown: Arc<Mutex<Vec<u8>>>,
}

impl Follower {
    /// Begins to follow.
    pub fn start(machine: &TestEnvironment, more: &[&str]) -> Self {
        let fixed = ["logs", "--env", "staging", "-f", "--output", "json"];
        let mut command = machine.command(&[&fixed[..], more].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let shown = collect(&mut child);
        Self { child: Some(child), shown }
    }

    /// The lines so far.
    pub fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.shown.lock().unwrap().clone()).unwrap();
        // The last line may lack its end, which is still in the pipe.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The messages so far.
    pub fn messages(&self) -> Vec<String> {
        self.lines().iter().map(|line| line["message"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits until `condition` holds; a look at AWS may be slow where others test beside.
    pub fn wait_until(&self, what: &str, condition: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(40);
        while !condition(self) {
            assert!(Instant::now() < deadline, "{what} did not come about: {:?}", self.lines());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Interrupts it; answers with its lines and what it said.
    pub fn end(mut self) -> (Vec<Value>, String) {
        let child = self.child.take().unwrap();
        signal(child.id(), "-INT");
        let shown = Arc::clone(&self.shown);
        let ended = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(130), "{said}");
        let text = String::from_utf8(shown.lock().unwrap().clone()).unwrap();
        (text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), said)
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Events of 200 tasks in the seconds from now on; every fifth comes late, up to eight seconds.
fn events() -> Vec<Stored> {
    let start = now_ms();
    (0..EVENTS)
        .map(|number| {
            let at_ms = start + number * SPAN_MS / EVENTS;
            let late = if number % 5 == 0 { (number * 7919) % (2 * SPAN_MS) } else { 0 };
            stored(number, at_ms, at_ms + late)
        })
        .collect()
}

/// An event of the API.
pub fn stored(number: i64, at_ms: i64, there_at_ms: i64) -> Stored {
    Stored {
        group: "/ecs/staging",
        stream: format!("ecs/api/{:032x}", number % STREAMS),
        id: number.to_string(),
        at_ms,
        there_at_ms,
        message: format!("event {number}"),
    }
}

/// The ids that a follower shows until all are there, or time is up; and what it said.
fn follow(machine: &TestEnvironment, wanted: usize) -> (Vec<i64>, String) {
    let follower = Follower::start(machine, &["--since", "1s", "--overlap", "12s", "--interval", "300ms"]);
    let deadline = Instant::now() + Duration::from_secs(40);
    while follower.lines().len() < wanted && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(100));
    }
    // What would come twice comes now.
    std::thread::sleep(Duration::from_secs(3));
    let (lines, said) = follower.end();
    (numbers(&lines), said)
}

fn numbers(lines: &[Value]) -> Vec<i64> {
    lines.iter().map(|line| line["id"].as_str().unwrap().parse().unwrap()).collect()
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
    assert!(said.contains("Live Tail is left out, lines come by reading at intervals"), "{said}");
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

/// Events of the last hour, all of them there.
fn of_an_hour(count: i64) -> Vec<Stored> {
    let start = now_ms() - 3_500_000;
    let event = |number| {
        let at_ms = start + number * 3_400_000 / count;
        stored(number, at_ms, at_ms)
    };
    (0..count).map(event).collect()
}

#[test]
fn a_service_that_refuses_most_calls_is_read_on_where_it_was_and_in_order() {
    // After three pages it refuses more often than the SDK asks.
    let store = Arc::new(Store::new(of_an_hour(2_000), 250).throttled_in_runs(7, 4));
    let answered = Arc::clone(&store);
    let account = StandIn::start(move |call| answered.answer(call));
    let follower = Follower::start(&account.machine(), &["--since", "1h", "--source", "api"]);
    follower.wait_until("the last line", |follower| follower.lines().len() >= 2_000);
    let (lines, said) = follower.end();
    assert_eq!(numbers(&lines), (0..2_000).collect::<Vec<_>>(), "{said}");
    assert!(said.contains("Rate exceeded; trying again until it works"), "{said}");
}

#[test]
fn of_what_is_there_only_the_last_lines_are_shown_when_so_many_are_asked_for() {
    let mut events = of_an_hour(500);
    let now = now_ms();
    events.push(stored(500, now + 2_000, now + 2_000));
    let store = Arc::new(Store::new(events, 60));
    let account = StandIn::start(move |call| store.answer(call));
    let more = ["--since", "1h", "-n", "3", "--interval", "300ms", "--no-live-tail"];
    let follower = Follower::start(&account.machine(), &more);
    follower.wait_until("the new line", |follower| follower.lines().len() >= 4);
    let (lines, said) = follower.end();
    assert_eq!(numbers(&lines), [497, 498, 499, 500], "{said}");
    assert_eq!(account.calls("StartLiveTail").len(), 0, "{said}");
}

#[test]
fn a_connection_that_gives_no_answer_is_told_and_given_up() {
    let store = Arc::new(Store::new(of_an_hour(10), 60));
    let calls = AtomicUsize::new(0);
    let account = StandIn::start(move |call| {
        if call.action == "FilterLogEvents" && calls.fetch_add(1, Ordering::SeqCst) == 0 {
            std::thread::sleep(Duration::from_mins(1));
        }
        store.answer(call)
    });
    let follower = Follower::start(&account.machine(), &["--since", "1h", "--source", "api"]);
    follower.wait_until("the lines", |follower| follower.lines().len() >= 10);
    let (lines, said) = follower.end();
    assert_eq!(numbers(&lines), (0..10).collect::<Vec<_>>());
    assert!(
        said.contains("logs:FilterLogEvents gave no answer in 15 s; trying again until it works"),
        "{said}"
    );
}

#[test]
fn what_the_service_does_is_told_between_the_lines_of_its_tasks() {
    let looks = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&looks);
    let account = StandIn::start(move |call| match call.action.as_str() {
        "FilterLogEvents" => Some((200, json!({"events": []}).to_string())),
        "DescribeServices" => {
            let event = |id: &str, ago: f64, text: &str| {
                #[expect(clippy::cast_precision_loss, reason = "seconds since 1970")]
                let now = now_ms() as f64 / 1000.0;
                json!({"id": id, "createdAt": now - ago, "message": format!("(service api) {text}")})
            };
            let old = event("1", 3600.0, "has reached a steady state.");
            let new = event("2", 0.0, "has started 1 tasks: (task 0a1b2c).");
            let events = match counted.fetch_add(1, Ordering::SeqCst) {
                // The first look fails, and what is old stays old.
                0..=2 => return Some((500, json!({"__type": "ServerException"}).to_string())),
                3 => vec![old],
                _ => vec![new, old],
            };
            let mut found = service();
            found["events"] = events.into();
            Some((200, json!({"services": [found], "failures": []}).to_string()))
        }
        _ => None,
    });
    let machine = account.machine();
    let database = Follower::start(&machine, &["--source", "database"]);
    let follower = Follower::start(&machine, &[]);
    follower.wait_until("the third look", |_| looks.load(Ordering::SeqCst) >= 6);
    let (_, said) = follower.end();
    assert_eq!(said.matches("-- (service api) has started 1 tasks: (task 0a1b2c).").count(), 1, "{said}");
    assert!(!said.contains("steady state"), "{said}");
    let (_, said) = database.end();
    assert!(!said.contains("-- "), "no task writes there: {said}");
}
