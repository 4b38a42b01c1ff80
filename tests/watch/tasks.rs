//! A service of many tasks, in pages of a hundred, as AWS gives and takes them.

use serde_json::json;

use crate::aws::{Answer, Call};

/// As many are on a page of their list, and can be asked about at once.
pub const PAGE: usize = 100;

/// Answers about so many tasks that run, and so many that stopped long ago.
pub fn many(call: &Call, running: usize, stopped: usize) -> Option<Answer> {
    let body = match call.action.as_str() {
        "ListTasks" => {
            let runs = call.body["desiredStatus"] == "RUNNING";
            let (kind, count) = if runs { ("r", running) } else { ("s", stopped) };
            let page: usize = call.body["nextToken"].as_str().map_or(0, |token| token.parse().unwrap());
            let arn = |number: usize| format!("arn:aws:ecs:us-east-1:123456789012:task/c/{kind}{number}");
            let arns: Vec<String> = (page * PAGE..count.min((page + 1) * PAGE)).map(arn).collect();
            let more = (page + 1) * PAGE < count;
            json!({"taskArns": arns, "nextToken": more.then(|| (page + 1).to_string())})
        }
        "DescribeTasks" => {
            let arns = call.body["tasks"].as_array().unwrap();
            if arns.is_empty() || arns.len() > PAGE {
                let message = "Tasks must have from 1 to 100 items.";
                let refusal = json!({"__type": "InvalidParameterException", "message": message});
                return Some((400, refusal.to_string()));
            }
            let task = |arn: &serde_json::Value| {
                let stopped = arn.as_str().unwrap().contains("/s");
                let status = if stopped { "STOPPED" } else { "RUNNING" };
                json!({"taskArn": arn, "lastStatus": status, "stoppedAt": stopped.then_some(1_700_000_000)})
            };
            json!({"tasks": arns.iter().map(task).collect::<Vec<_>>()})
        }
        _ => return None,
    };
    Some((200, body.to_string()))
}
