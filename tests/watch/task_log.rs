//! A task's log in the live screen, longer than what is shown of it.

use serde_json::json;

use crate::aws::{Answer, Call, StandIn};
use crate::environment::TestEnvironment;
use crate::screen::{WATCH, in_trouble};
use crate::terminal::Terminal;

/// As many events are on a page at most, however many are asked for.
const PAGE: usize = 150;

/// The log of `a1`, as CloudWatch gives it from its end: the token of older events is the same where there are none.
fn log(call: &Call, lines: usize) -> Option<Answer> {
    if call.action != "GetLogEvents" || call.body["logStreamName"] != "ecs/api/a1" {
        return in_trouble(call);
    }
    assert_eq!(call.body["startFromHead"], false);
    let end = call.body["nextToken"].as_str().map_or(lines, |token| token.parse().unwrap());
    let limit = usize::try_from(call.body["limit"].as_u64().unwrap()).unwrap();
    let begin = end.saturating_sub(limit.min(PAGE));
    let event = |number: usize| json!({"timestamp": number, "message": format!("line {number:04}.")});
    let events: Vec<_> = (begin + 1..=end).map(event).collect();
    Some((200, json!({"events": events, "nextBackwardToken": begin.to_string()}).to_string()))
}

fn opened(lines: usize, size: (u16, u16)) -> Option<(Terminal, TestEnvironment)> {
    let account = StandIn::start(move |call| log(call, lines));
    let machine = account.machine();
    let terminal = Terminal::start(&machine, size, &WATCH)?;
    terminal.wait_for("10.2.1.4 is unhealthy");
    terminal.keys(&["3"]);
    terminal.wait_for("health HEALTHY");
    // Below the one that is ill.
    terminal.keys(&["Down", "l"]);
    terminal.wait_for("Log of a1");
    Some((terminal, machine))
}

#[test]
fn a_log_that_is_cut_says_so_wherever_it_is_read() {
    let Some((terminal, _machine)) = opened(250, (80, 23)) else { return };
    let shown = terminal.wait_for("line 0250.");
    let notice = "▲ only the last 200 lines; `eap logs` has more";
    assert!(shown.contains(notice), "{shown}");
    // At its first line too, and the first is the 51st.
    terminal.keys(&["Home"]);
    let first = terminal.wait_for("line 0051.");
    assert!(first.contains(notice) && !first.contains("line 0050."), "{first}");
}

#[test]
fn a_log_that_is_shown_whole_says_nothing() {
    let Some((terminal, _machine)) = opened(200, (81, 23)) else { return };
    terminal.wait_for("line 0200.");
    terminal.keys(&["Home"]);
    let first = terminal.wait_for("line 0001.");
    assert!(!first.contains("only the last"), "{first}");
}
