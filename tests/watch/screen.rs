//! The live screen of `eap monitor --continuous` in a real terminal: what is seen, and what keys do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::aws::{Answer, Call, StandIn, service, targets};
use crate::environment::wait_until;
use crate::monitor::{ALARM, metric, now};
use crate::sizes::{day, used};
use crate::terminal::Terminal;

/// Two tasks, of which one does not answer its health check, and an alarm that rings.
pub fn in_trouble(call: &Call) -> Option<Answer> {
    let task = |id: &str| format!("arn:aws:ecs:us-east-1:123456789012:task/c/{id}");
    let body = match call.action.as_str() {
        "DescribeTargetHealth" => {
            let why = "Health checks failed with these codes: [503]";
            return Some((200, targets(&[("10.2.0.4", "healthy", ""), ("10.2.1.4", "unhealthy", why)])));
        }
        "ListTasks" if call.body["desiredStatus"] == "RUNNING" => {
            json!({"taskArns": [task("a1"), task("b2")]})
        }
        "DescribeTasks" => {
            json!({"tasks": [running(&task("a1"), "HEALTHY"), running(&task("b2"), "UNHEALTHY")]})
        }
        "DescribeAlarms" => json!({"MetricAlarms": [
            {"AlarmName": ALARM, "StateValue": "ALARM", "StateReason": "7 % above 5 %"},
            {"AlarmName": "staging-cpu", "StateValue": "OK", "StateReason": "fine"},
        ]}),
        "DescribeServices" => {
            let mut service = service();
            service["events"] = json!([{"id": "1", "createdAt": 1_790_000_000, "message": "(service s) has reached a steady state."}]);
            json!({"services": [service], "failures": []})
        }
        "GetMetricData" if call.text.contains("AWS/Lambda") => return None,
        "GetMetricData" => json!({"MetricDataResults": [
            metric("cpu", &[10.5, 20.5, 30.5]),
            metric("requests", &[6000.0, 4000.0]),
            metric("answered_2xx", &[6000.0, 3980.0]),
            metric("server_errors", &[20.0]),
            metric("latency_p95", &[0.5, 0.25]),
            day("day_cpu", 24, 12.0),
            day("day_memory", 24, 38.0),
            day("day_database_cpu", 24, 6.0),
            day("day_database_memory_free", 24, 1_610_612_736.0),
        ]}),
        "GetLogEvents" if call.body["logStreamName"] == "ecs/api/b2" => json!({"events": [
            {"timestamp": 1, "message": "{\"level\":\"ERROR\",\"message\":\"the pool is exhausted\"}"},
        ]}),
        _ => return None,
    };
    Some((200, body.to_string()))
}

/// The same, in an environment whose costs and sizes are known.
pub fn with_costs(call: &Call) -> Option<Answer> {
    in_trouble(call).or_else(|| used(call, &[]))
}

fn running(arn: &str, health: &str) -> Value {
    json!({
        "taskArn": arn,
        "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/ecommerce-analytics-staging-api:7",
        "lastStatus": "RUNNING",
        "healthStatus": health,
        "availabilityZone": "us-east-1a",
        "startedAt": now() - 3630,
    })
}

/// A watch on a terminal.
pub const WATCH: [&str; 6] = ["monitor", "--env", "staging", "--continuous", "--interval", "1s"];

/// What differs from run to run.
fn steady(screen: &str) -> String {
    let patterns =
        [(r"answers in \d+ ms", "answers in N ms"), (r"seen \d+ s ago", "seen N s ago"), (r" +│", " │")];
    let mut text = screen.to_owned();
    for (pattern, with) in patterns {
        text = regex::Regex::new(pattern).unwrap().replace_all(&text, with).into_owned();
    }
    text
}

/// The same, where it tells of which hour it is.
fn times(screen: &str) -> String {
    regex::Regex::new(r"\d\d:\d\dZ to \d\d:\d\dZ")
        .unwrap()
        .replace_all(&steady(screen), "FROM to UNTIL")
        .into_owned()
}

/// Light and dark terminals show the same codes, so these must read on both: no background, and no colour but the
/// six of the palette that every theme makes readable.
fn keeps_to_the_palette(painted: &str) {
    let codes = regex::Regex::new("\u{1b}\\[([0-9;]*)m").unwrap();
    let mut colors = 0;
    for found in codes.captures_iter(painted) {
        let code = &found[1];
        let color = code.strip_prefix("38;5;").or(code.strip_prefix('3').filter(|it| it.len() == 1));
        match color {
            // Bold, dim, reversed, and back to what the terminal has.
            Some("9") | None => {
                let plain = |part: &str| ["", "0", "1", "2", "7", "22", "27", "39", "49"].contains(&part);
                assert!(code.split(';').all(plain), "{code}");
            }
            Some(color) => {
                assert!(["1", "2", "3", "5"].contains(&color), "{code}");
                colors += 1;
            }
        }
    }
    assert!(colors > 0, "nothing is coloured");
}

#[test]
fn a_small_terminal_shows_one_pane_and_keys_do_what_they_say() {
    let account = StandIn::start(with_costs);
    let machine = account.machine();
    let Some(terminal) = Terminal::start(&machine, (80, 24), &WATCH) else { return };
    terminal.wait_for("99.80 % answered, burn rate 2.0");
    let first = terminal.wait_for("10.2.1.4 is unhealthy");
    assert!(first.lines().all(|line| line.chars().count() <= 80), "{first}");
    insta::assert_snapshot!("small", steady(&first));
    assert!(
        terminal.painted().contains("\u{1b}[38;5;3m▲ Degraded"),
        "degraded is yellow: {}",
        terminal.painted()
    );

    keeps_to_the_palette(&terminal.painted());

    terminal.keys(&["8"]);
    insta::assert_snapshot!("costs", steady(&terminal.wait_for("128.86 USD")));
    // The size of tasks, all of it.
    terminal.keys(&["End", "Up", "Enter"]);
    terminal.wait_for("Cost: size of tasks");
    terminal.close();
    terminal.keys(&["6"]);
    insta::assert_snapshot!("metrics", times(&terminal.wait_for("│burn rate")));
    terminal.keys(&["3"]);
    let place = |seen: &str, task: &str| seen.find(&format!("│{task} ")).unwrap();
    let tasks = terminal.wait_for("health UNHEALTHY");
    assert!(place(&tasks, "b2") < place(&tasks, "a1"), "the worst comes first: {tasks}");
    terminal.keys(&["s"]);
    let sorted = terminal.wait_for("by Task");
    assert!(place(&sorted, "a1") < place(&sorted, "b2"), "{sorted}");
    terminal.keys(&["s"]);
    let sorted = terminal.wait_for("by State");
    assert!(place(&sorted, "b2") < place(&sorted, "a1"), "{sorted}");
    terminal.keys(&["l"]);
    terminal.wait_for("Log of b2");
    terminal.wait_for("the pool is exhausted");
    terminal.close();
    terminal.keys(&["/", "a", "1", "Enter"]);
    let filtered = terminal.wait_for("with `a1`");
    assert!(!filtered.contains("b2"), "{filtered}");
    terminal.keys(&["Enter"]);
    terminal.wait_for("Seen: health HEALTHY, us-east-1a, ecommerce-analytics-staging-api:7");
    terminal.close();
    terminal.keys(&["?"]);
    terminal.wait_for("another pane");
    terminal.close();
    terminal.keys(&["q"]);
    let left = terminal.wait_for("exit code 0");
    assert!(!left.contains("Tasks"), "the screen is given back: {left}");
}

#[test]
fn a_large_terminal_shows_all_panes_and_follows_its_size() {
    let account = StandIn::start(with_costs);
    let machine = account.machine();
    let Some(terminal) = Terminal::start(&machine, (160, 50), &WATCH) else { return };
    terminal.wait_for("10.2.1.4 is unhealthy");
    insta::assert_snapshot!("large", times(&terminal.wait_for("latency p95")));
    terminal.resize((60, 20));
    wait_until("one pane", || !terminal.seen().contains("Alarms (2) ─"));
    // There is no room for all tabs, but for the chosen one.
    terminal.keys(&["8"]);
    let cut = terminal.wait_for("┌ 8 Costs (7) ");
    assert!(cut.lines().any(|line| line.ends_with("7 Events 8 Costs")), "{cut}");
    terminal.resize((160, 50));
    wait_until("all panes again", || terminal.seen().contains("Alarms (2) ─"));
    keeps_to_the_palette(&terminal.painted());
    assert!(!terminal.rang(), "nothing has changed");
    terminal.keys(&["C-c"]);
    terminal.wait_for("exit code 130");
}

#[test]
fn the_screen_follows_what_happens_and_says_what_it_cannot_see() {
    let looks = AtomicUsize::new(0);
    let account = StandIn::start(move |call| match call.action.as_str() {
        "GET /health" => {
            let look = looks.fetch_add(1, Ordering::SeqCst);
            (2..5).contains(&look).then(|| (503, "{}".to_owned()))
        }
        "DescribeAlarms" => {
            Some((400, json!({"__type": "ThrottlingException", "message": "Rate exceeded"}).to_string()))
        }
        _ => None,
    });
    let mut machine = account.machine();
    machine.set("NO_COLOR", "1");
    // One attempt only: the SDK's own patience is not what is looked at.
    machine.set("AWS_MAX_ATTEMPTS", "1");
    let told = machine.path("told");
    let command = format!("cat >> {}", told.display());
    let arguments =
        ["monitor", "--env", "staging", "--continuous", "--interval", "200ms", "--on-change", &command];
    let Some(terminal) = Terminal::start(&machine, (100, 30), &arguments) else { return };
    terminal.wait_for("AWS takes no more calls for now: looking every");
    terminal.keys(&["7"]);
    terminal.wait_for("api: Healthy → Unhealthy: /health answers 503");
    terminal.wait_for("api: Unhealthy → Healthy");
    terminal.keys(&["6"]);
    terminal.wait_for(" no metrics: ");
    terminal.keys(&["5"]);
    terminal.wait_for("Not seen: ");
    wait_until("the bell", || terminal.rang());
    wait_until("the command", || std::fs::read_to_string(&told).is_ok_and(|told| told.contains("503")));
    let color = regex::Regex::new("\u{1b}\\[[0-9;]*3[0-7]m").unwrap();
    assert!(!color.is_match(&terminal.painted()), "NO_COLOR: {}", terminal.painted());
    std::thread::sleep(Duration::from_millis(100));
    terminal.keys(&["q"]);
    terminal.wait_for("exit code 0");
}

#[test]
fn lines_in_a_terminal_ring_too_when_the_verdict_changes() {
    let ill = Arc::new(AtomicBool::new(false));
    let is_ill = Arc::clone(&ill);
    let account = StandIn::start(move |call| {
        let fails = call.action == "GET /health" && is_ill.load(Ordering::SeqCst);
        fails.then(|| (503, "{}".to_owned()))
    });
    let machine = account.machine();
    let arguments = ["monitor", "--env", "staging", "--continuous", "--lines", "--interval", "200ms"];
    let Some(terminal) = Terminal::start(&machine, (120, 40), &arguments) else { return };
    terminal.wait_for("Verdict: Healthy");
    assert!(!terminal.rang(), "the first look is no change");
    ill.store(true, Ordering::SeqCst);
    terminal.wait_for("Verdict: Unhealthy (api: /health answers 503");
    wait_until("the bell", || terminal.rang());
}
