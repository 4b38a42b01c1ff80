//! `eap logs --previous`: tasks that stopped, with reason, exit code and last lines.

use std::fmt::Write as _;

use futures_util::StreamExt as _;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::arguments::Format;
use crate::aws::ecs::{self, ServiceName};
use crate::aws::tasks::StoppedTask;
use crate::aws::{logs, tasks};
use crate::commands::Context;
use crate::commands::logs::Shared;
use crate::deployed::Deployed;
use crate::failure::Failure;
use crate::logs::choice::Choice;
use crate::logs::source::Source;
use crate::process::indented;

/// Lines of each container, unless told otherwise.
const LAST_LINES: usize = 20;
/// AWS gives no more in one answer.
const MOST_LINES: usize = 10_000;
/// As many containers' lines are asked for at once: AWS takes 25 such calls a second.
const AT_ONCE: usize = 8;

/// Which last words are wanted.
pub struct Previous<'a> {
    /// The beginning of the tasks' ids.
    task: Option<&'a str>,
    /// Names of containers; all when there is none.
    containers: Vec<String>,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    lines: usize,
    choice: Choice,
}

impl<'a> Previous<'a> {
    /// What the flags ask for.
    pub fn new(shared: &Shared, sources: &[Source], task: Option<&'a str>) -> Result<Self, Failure> {
        if let Some(other) = sources.iter().find(|source| !source.has_tasks()) {
            return Err(Failure::usage(format!(
                "--previous is for api and migrate, not for {}",
                other.name()
            )));
        }
        let lines = shared.lines.unwrap_or(LAST_LINES);
        if !(1..=MOST_LINES).contains(&lines) {
            return Err(Failure::usage(format!("with --previous, -n is from 1 to {MOST_LINES}")));
        }
        Ok(Self {
            task,
            containers: sources.iter().map(|source| source.name()).collect(),
            from: shared.from(Timestamp::now(), None)?,
            until: shared.until,
            lines,
            choice: shared.choice(),
        })
    }

    /// Shows them, the latest task first.
    pub async fn show(&self, context: Context<'_>, deployed: &Deployed) -> Result<(), Failure> {
        let (outputs, output) = (&deployed.outputs, context.output);
        let name = ServiceName { cluster: &outputs.ecs_cluster_name, service: &outputs.ecs_service_name };
        let stopped = tasks::all_stopped(&ecs::client(&deployed.sdk), name).await?;
        let wanted: Vec<&StoppedTask> = stopped.iter().filter(|task| self.wants(task)).collect();
        let words = wanted.iter().map(|task| self.last_words(deployed, task));
        let mut words = futures_util::stream::iter(words).buffered(AT_ONCE);
        let (mut shown, mut cut) = (Vec::new(), false);
        while let Some(task) = words.next().await {
            let (task, was_cut) = task?;
            cut |= was_cut;
            match output.format() {
                Format::Json => shown.push(task),
                Format::Table => output.result(&self.in_words(&task))?,
            }
        }
        if output.format() == Format::Json {
            output.result_json(&json!({"schema_version": 1, "tasks": shown}))?;
        } else if wanted.is_empty() {
            output.say("ECS remembers no such stopped task; it forgets them after an hour.");
        }
        if cut {
            output.warning(&format!(
                "of each container only the last {} lines were read; -n reads more",
                self.lines
            ));
        }
        Ok(())
    }

    fn wants(&self, task: &StoppedTask) -> bool {
        let at = task.stopped_at.and_then(|seconds| Timestamp::from_second(seconds).ok());
        self.task.is_none_or(|wanted| task.id.starts_with(wanted))
            && at.is_none_or(|at| {
                self.from.is_none_or(|from| at >= from) && self.until.is_none_or(|until| at < until)
            })
    }

    /// The task as JSON, and whether a container has more lines than these.
    async fn last_words(&self, deployed: &Deployed, task: &StoppedTask) -> Result<(Value, bool), Failure> {
        let (mut containers, mut cut) = (Vec::new(), false);
        for (container, code, reason) in &task.containers {
            if !self.containers.is_empty() && !self.containers.contains(container) {
                continue;
            }
            let mut lines = match deployed.outputs.log_groups.get("api") {
                Some(group) => {
                    let stream = format!("ecs/{container}/{}", task.id);
                    let most = i32::try_from(self.lines).unwrap_or(i32::MAX);
                    logs::tail(&deployed.sdk, group, &stream, most).await?
                }
                None => Vec::new(),
            };
            cut |= lines.len() >= self.lines;
            lines.retain(|line| self.choice.keeps(line));
            containers.push(json!({"name": container, "exit_code": code, "reason": reason, "lines": lines}));
        }
        Ok((json!({"task": task.id, "reason": task.reason, "containers": containers}), cut))
    }

    fn in_words(&self, task: &Value) -> String {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut shown = format!("task {}: {}\n", text(&task["task"]), text(&task["reason"]));
        for container in task["containers"].as_array().into_iter().flatten() {
            let code = container["exit_code"].as_i64();
            let code = code.map_or_else(|| "none".to_owned(), |code| code.to_string());
            let reason =
                container["reason"].as_str().map_or_else(String::new, |reason| format!(" ({reason})"));
            // Writing to a String cannot fail.
            let _ = writeln!(shown, "  container {}, exit code {code}{reason}", text(&container["name"]));
            let lines = container["lines"].as_array().into_iter().flatten();
            let lines: Vec<String> =
                lines.map(|line| self.choice.line_here(&text(line)).into_owned()).collect();
            shown.push_str(&indented(&lines));
            shown.push_str(if lines.is_empty() { "" } else { "\n" });
        }
        shown
    }
}
