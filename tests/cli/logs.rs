//! `eap logs` on this machine: what is there, and what comes.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::json;

use crate::environment::{TestEnvironment, assert_transcript, collect, signal, wait_until};

fn record(second: u32, message: &str) -> String {
    format!(
        r#"{{"timestamp":"2024-05-01T12:00:{second:02}.250Z","level":"INFO","target":"eap_api","message":"{message}","status":200}}"#
    )
}

/// A machine whose API has logged `content`.
fn with_log(content: &str) -> (TestEnvironment, PathBuf) {
    let environment = TestEnvironment::without_api();
    std::fs::create_dir_all(environment.path("state/local")).unwrap();
    let log = environment.path("state/local/api.log");
    std::fs::write(&log, content).unwrap();
    (environment, log)
}

fn append(log: &PathBuf, text: &str) {
    OpenOptions::new().append(true).create(true).open(log).unwrap().write_all(text.as_bytes()).unwrap();
}

#[test]
fn lines_for_people_and_for_programs() {
    let content = format!("{}\n{}\nthread 'main' panicked\n", record(1, "one"), record(2, "two"));
    let (environment, _) = with_log(&content);
    assert_transcript("logs_table", &environment.run(&["logs", "--env", "local"]));
    let json = environment.run(&["logs", "--env", "local", "--output", "json", "-n", "2"]);
    assert_eq!(json.stdout, format!("{}\n{{\"message\":\"thread 'main' panicked\"}}\n", record(2, "two")));
    let recent = environment.run(&["logs", "--env", "local", "--since", "1h"]);
    assert_eq!(recent.stdout, "", "the lines are years old");
    let all = environment.run(&["logs", "--env", "local", "--since", "400000h"]);
    assert_eq!(all.stdout.lines().count(), 3, "{all}");
}

/// A request as the API logs it, so many seconds after noon.
fn request(second: u32, level: &str, id: &str, status: u16) -> String {
    format!(
        r#"{{"timestamp":"2024-05-01T12:00:{second:02}Z","level":"{level}","message":"request","request_id":"{id}","method":"GET","route":"/health","status":{status}}}"#
    )
}

#[test]
fn lines_are_chosen_and_counted_as_in_aws() {
    let lines = [
        request(0, "INFO", "a1", 200),
        request(20, "ERROR", "b2", 503),
        "thread 'main' panicked".to_owned(),
        request(40, "WARN", "c3", 404),
    ];
    let (environment, _) = with_log(&(lines.join("\n") + "\n"));
    let run = |more: &[&str]| {
        let ran = environment.run(&[&["logs", "--env", "local"], more].concat());
        assert_eq!(ran.code, 0, "{ran}");
        ran.stdout
    };
    // Which lines are shown, by their numbers.
    let shown = |more: &[&str]| -> Vec<usize> {
        let raw = run(&[more, &["--look", "raw"]].concat());
        raw.lines().map(|line| lines.iter().position(|known| known == line).unwrap()).collect()
    };
    assert_eq!(shown(&[]), [0, 1, 2, 3]);
    assert_eq!(shown(&["--grep", "50[0-9]|panic"]), [1, 2]);
    assert_eq!(shown(&["--exclude", "request"]), [2]);
    assert_eq!(shown(&["--level", "warn"]), [1, 2, 3]);
    assert_eq!(shown(&["--level", "warn", "-n", "1"]), [3]);
    assert_eq!(shown(&["--request-id", "b2"]), [1]);
    assert_eq!(shown(&["--since", "20000d", "--until", "2024-05-01T12:00:30Z"]), [0, 1, 2]);
    assert_eq!(shown(&["--source", "api", "--until", "2024-05-01T12:00:20Z"]), [0]);
    let marked = run(&["--highlight", "panicked", "--color", "always", "-n", "2"]);
    assert!(marked.starts_with("thread 'main' \u{1b}[0m\u{1b}[1m\u{1b}[7mpanicked"), "{marked}");

    let stats = run(&["--stats", "--since", "20000d", "--until", "2024-05-01T12:01:00Z", "--output", "json"]);
    let stats: serde_json::Value = serde_json::from_str(&stats).unwrap();
    assert_eq!(stats["stats"]["by_level"], json!({"ERROR": 1, "INFO": 1, "PLAIN": 1, "WARN": 1}));
    assert_eq!(stats["stats"]["by_route"]["GET /health"]["failed_percent"], 33.33);
    let table = run(&["--stats", "--until", "2024-05-01T12:01:00Z"]);
    assert!(table.contains("GET /health  3         3           1 (33.33 %)  1 (33.33 %)\n"), "{table}");

    for (flag, value) in [("--filter", "x"), ("--task", "x"), ("--insights", "x"), ("--source", "gateway")] {
        let refused = environment.run(&["logs", "--env", "local", flag, value]);
        assert_eq!(refused.code, 64, "{refused}");
    }
}

#[test]
fn raw_lines_keep_the_colours_that_they_have_and_others_only_where_colours_are_wanted() {
    let line = "\u{1b}[31mpanicked\u{1b}[0m";
    let (environment, _) = with_log(&format!("{line}\n"));
    let run = |look: &[&str]| environment.run(&[&["logs", "--env", "local"], look].concat()).stdout;
    assert_eq!(run(&["--look", "raw"]), format!("{line}\n"));
    let short = run(&[]);
    assert!(short.contains("panicked") && !short.contains('\u{1b}'), "{short:?}");
    let marked = run(&["--look", "raw", "--highlight", "panic"]);
    assert!(!marked.contains('\u{1b}'), "what is marked is for a terminal: {marked:?}");
}

#[test]
fn no_log_is_a_failure_with_a_hint() {
    let environment = TestEnvironment::without_api();
    assert_transcript("logs_none", &environment.run(&["logs", "--env", "local"]));
}

#[test]
fn a_request_to_the_running_api_comes_into_the_log_that_is_followed() {
    let environment = TestEnvironment::new();
    environment.deploy(&[]);
    let mut command = environment.command(&["logs", "--env", "local", "-f", "--output", "json"]);
    let mut following = command.stdout(Stdio::piped()).spawn().unwrap();
    let seen = collect(&mut following);
    // Without the line that is still on its way.
    let lines = || -> Vec<serde_json::Value> {
        let seen = seen.lock().unwrap();
        let text = String::from_utf8_lossy(&seen);
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let of_request = || lines().into_iter().find(|line| line["request_id"] == "followed-1");
    wait_until("what the API said before", || lines().iter().any(|line| line["message"] == "listening"));
    assert_eq!(of_request(), None);
    environment.get("/api/v1/analytics/products", "x-request-id: followed-1");
    wait_until("the line of the request", || of_request().is_some());
    let line = of_request().unwrap();
    let told = ["level", "message", "method", "route", "status"].map(|field| line[field].clone());
    assert_eq!(json!(told), json!(["INFO", "request", "GET", "/api/v1/analytics/products", 200]), "{line}");
    signal(following.id(), "-INT");
    assert_eq!(following.wait().unwrap().code(), Some(130));
}

#[test]
fn following_survives_truncation_and_replacement_and_keeps_lines_whole() {
    let (environment, log) = with_log(&format!("{}\n", record(1, "before")));
    let mut child = environment
        .command(&["logs", "--env", "local", "-f", "--output", "json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let seen = collect(&mut child);
    let messages = || {
        let seen = seen.lock().unwrap();
        String::from_utf8_lossy(&seen)
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["message"].clone())
            .map(|message| message.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    wait_until("the old line", || messages() == ["before"]);
    let halves = record(2, "halves");
    let (first, second) = halves.split_at(30);
    append(&log, first);
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert_eq!(messages(), ["before"], "an unfinished line is held back");
    append(&log, &format!("{second}\n"));
    wait_until("the whole line", || messages().last().unwrap() == "halves");
    std::fs::write(&log, format!("{}\n", record(3, "truncated"))).unwrap();
    wait_until("the line after a truncation", || messages().last().unwrap() == "truncated");
    std::fs::rename(&log, log.with_extension("log.1")).unwrap();
    append(&log, &format!("{}\n", record(4, "replaced")));
    wait_until("the line of the new file", || messages().last().unwrap() == "replaced");
    assert_eq!(messages(), ["before", "halves", "truncated", "replaced"]);
    signal(child.id(), "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
}
