//! `eap logs --previous`: tasks that stopped, with reason, exit code and last lines.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::arguments::Format;
use crate::aws::ecs::{self, ServiceName};
use crate::aws::{logs, tasks};
use crate::commands::Context;
use crate::deployed::Deployed;
use crate::failure::Failure;

/// Lines of each container.
const LAST_LINES: i32 = 20;

/// Shows the last words of tasks that stopped; of those whose ids begin with `wanted`.
pub async fn show(context: Context<'_>, deployed: &Deployed, wanted: Option<&str>) -> Result<(), Failure> {
    let outputs = &deployed.outputs;
    let name = ServiceName { cluster: &outputs.ecs_cluster_name, service: &outputs.ecs_service_name };
    let stopped = tasks::all_stopped(&ecs::client(&deployed.sdk), name).await?;
    let wanted = |id: &str| wanted.is_none_or(|wanted| id.starts_with(wanted));
    let Some(group) = outputs.log_groups.get("api") else { return Ok(()) };
    let mut tasks = Vec::new();
    for task in stopped.iter().filter(|task| wanted(&task.id)) {
        let mut containers = Vec::new();
        for (container, code, reason) in &task.containers {
            let stream = format!("ecs/{container}/{}", task.id);
            let lines = logs::tail(&deployed.sdk, group, &stream, LAST_LINES).await?;
            containers.push(json!({"name": container, "exit_code": code, "reason": reason, "lines": lines}));
        }
        tasks.push(json!({"task": task.id, "reason": task.reason, "containers": containers}));
    }
    if context.output.format() == Format::Json {
        return context.output.result_json(&json!({"schema_version": 1, "tasks": tasks}));
    }
    if tasks.is_empty() {
        context.output.say("ECS remembers no stopped task; it forgets them after an hour.");
    }
    for task in &tasks {
        context.output.result(&in_words(task))?;
    }
    Ok(())
}

fn in_words(task: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut shown = format!("task {}: {}\n", text(&task["task"]), text(&task["reason"]));
    for container in task["containers"].as_array().into_iter().flatten() {
        let code = container["exit_code"].as_i64().map_or_else(|| "none".to_owned(), |code| code.to_string());
        let reason = container["reason"].as_str().map_or_else(String::new, |reason| format!(" ({reason})"));
        // Writing to a String cannot fail.
        let _ = writeln!(shown, "  container {}, exit code {code}{reason}", text(&container["name"]));
        let lines: Vec<String> = container["lines"].as_array().into_iter().flatten().map(text).collect();
        shown.push_str(&crate::logs::line::evidence(&lines));
        shown.push_str(if lines.is_empty() { "" } else { "\n" });
    }
    shown
}
