//! `eap logs --previous`: the last words of tasks that stopped.

use serde_json::{Value, json};

use crate::aws::StandIn;
use crate::store::now_ms;

fn task(id: &str, seconds_ago: i64, code: i64, why: &str) -> Value {
    json!({
        "taskArn": format!("arn:aws:ecs:us-east-1:123456789012:task/cluster/{id}"),
        "stoppedAt": now_ms() / 1000 - seconds_ago,
        "stoppedReason": why,
        "containers": [
            {"name": "migrate", "exitCode": 0},
            {"name": "api", "exitCode": code, "reason": (code == 137).then_some("OutOfMemoryError")},
        ],
    })
}

/// An account with two tasks that stopped; ECS lists one in each of its answers.
fn account() -> StandIn {
    StandIn::start(|call| {
        let asked = |name: &str| call.body[name].as_str().unwrap_or_default().to_owned();
        match call.action.as_str() {
            "ListTasks" if asked("desiredStatus") == "STOPPED" => {
                let page = if asked("nextToken").is_empty() {
                    json!({"taskArns": ["task/cluster/aaa1"], "nextToken": "2"})
                } else {
                    json!({"taskArns": ["task/cluster/bbb2"]})
                };
                Some((200, page.to_string()))
            }
            "DescribeTasks" => {
                let found = if call.text.contains("aaa1") {
                    task("aaa1", 3000, 101, "Essential container in task exited")
                } else {
                    task("bbb2", 60, 137, "Essential container in task exited")
                };
                Some((200, json!({"tasks": [found], "failures": []}).to_string()))
            }
            "GetLogEvents" => {
                let words: &[&str] = match asked("logStreamName").as_str() {
                    "ecs/api/aaa1" => &[
                        r#"{"timestamp":"2026-11-23T10:00:00Z","level":"INFO","message":"listening"}"#,
                        "thread 'main' panicked",
                    ],
                    "ecs/api/bbb2" => &["allocating"],
                    "ecs/migrate/bbb2" => &["schema is up to date"],
                    _ => &[],
                };
                let most = usize::try_from(call.body["limit"].as_i64().unwrap()).unwrap();
                let last = &words[words.len().saturating_sub(most)..];
                let event =
                    |text: &&str| json!({"timestamp": now_ms(), "ingestionTime": now_ms(), "message": text});
                Some((200, json!({"events": last.iter().map(event).collect::<Vec<_>>()}).to_string()))
            }
            _ => None,
        }
    })
}

#[test]
fn tasks_tell_their_reason_exit_code_and_last_lines_the_latest_first() {
    let machine = account().machine();
    let shown = machine.run(&["logs", "--env", "staging", "--previous"]);
    assert_eq!(shown.code, 0, "{shown}");
    assert_eq!(
        shown.stdout,
        "task bbb2: Essential container in task exited\n  container migrate, exit code 0\n  | schema is up to date\n  \
         container api, exit code 137 (OutOfMemoryError)\n  | allocating\n\
         task aaa1: Essential container in task exited\n  container migrate, exit code 0\n  container api, exit code 101\n  \
         | 2026-11-23 10:00:00.000Z INFO  listening\n  | thread 'main' panicked\n",
    );
    assert_eq!(shown.stderr, "");
}

#[test]
fn tasks_and_lines_can_be_chosen() {
    let machine = account().machine();
    let run = |more: &[&str]| {
        let shown =
            machine.run(&[&["logs", "--env", "staging", "--previous", "--output", "json"], more].concat());
        assert_eq!(shown.code, 0, "{shown}");
        (shown.json()["tasks"].clone(), shown.stderr)
    };
    let ids = |tasks: &Value| -> Vec<String> {
        tasks.as_array().unwrap().iter().map(|task| task["task"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&run(&["--since", "10m"]).0), ["bbb2"]);
    assert_eq!(ids(&run(&["--until", "10m"]).0), ["aaa1"]);
    assert_eq!(ids(&run(&["--task", "aa"]).0), ["aaa1"]);
    let (tasks, said) = run(&["--source", "api", "--grep", "panic", "--task", "aaa1"]);
    assert_eq!(
        tasks[0]["containers"],
        json!([{"name": "api", "exit_code": 101, "reason": null, "lines": ["thread 'main' panicked"]}])
    );
    assert_eq!(said, "");
    let (tasks, said) = run(&["-n", "1", "--task", "aaa1"]);
    assert_eq!(tasks[0]["containers"][1]["lines"], json!(["thread 'main' panicked"]));
    assert!(said.contains("only the last 1 lines were read; -n reads more"), "{said}");
    let other = machine.run(&["logs", "--env", "staging", "--previous", "--source", "gateway"]);
    assert_eq!(other.code, 64, "{other}");
}
