//! `eap logs` on this machine: what is there, and what comes.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Stdio;

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

#[test]
fn no_log_is_a_failure_with_a_hint() {
    let environment = TestEnvironment::without_api();
    assert_transcript("logs_none", &environment.run(&["logs", "--env", "local"]));
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
