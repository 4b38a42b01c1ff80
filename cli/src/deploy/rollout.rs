//! Watches the rollout of one task definition until it serves or has failed, and says why it failed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::platform::Platform;
use crate::aws::ecs::{self, Progress, ServiceName, State};
use crate::aws::targets::Target;
use crate::aws::tasks::{self, StoppedTask};
use crate::aws::{logs, targets};
use crate::failure::Failure;
use crate::process::indented;
use crate::terraform::outputs::StackOutputs;

const INTERVAL: Duration = Duration::from_secs(2);
/// As often a container may stop for one and the same reason before the rollout is given up.
const SAME_REASON: usize = 3;
/// Stopped tasks that a failure names.
const MOST_TASKS: usize = 5;
/// Lines of a log that a failure shows.
const LAST_LINES: i32 = 12;

/// Which deploy began the latest deployment of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// This one: what becomes of it is its outcome.
    Now,
    /// One before.
    Before,
}

/// A service that sleeps, at night or after a deploy that failed, starts `tasks` tasks, and one whose deployment failed
/// before tries again: else nothing would serve.
pub async fn wake(
    platform: &Platform<'_>,
    outputs: &StackOutputs,
    tasks: Option<i64>,
    begun: Begun,
) -> Result<(), Failure> {
    let client = ecs::client(&platform.sdk);
    let name = ServiceName { cluster: &outputs.ecs_cluster_name, service: &outputs.ecs_service_name };
    let desired = ecs::desired_count(&client, name).await?;
    let (progress, _) = ecs::progress(&client, name, &outputs.task_definition_arn).await?;
    let given_up_before = begun == Begun::Before && progress.state == State::Failed;
    if desired > 0 && !given_up_before {
        return Ok(());
    }
    let tasks = tasks.and_then(|tasks| i32::try_from(tasks).ok()).unwrap_or(1);
    platform.context.output.say(&if desired == 0 {
        format!("The service sleeps: waking it with {tasks} tasks")
    } else {
        "ECS gave this version up before: trying it again".to_owned()
    });
    ecs::start_anew(&client, name, tasks).await
}

/// Waits until `outputs`' task definition serves. Everything shown is of this deployment. Interrupted, it says what
/// goes on.
pub async fn watch(
    platform: &Platform<'_>,
    outputs: &StackOutputs,
    timeout: Duration,
) -> Result<(), Failure> {
    let mut unwatched = Unwatched { platform, over: false };
    // On the heap: what waits for it would be as large.
    let watched = Box::pin(follow(platform, outputs, timeout)).await;
    unwatched.over = true;
    watched
}

/// Speaks when the watch is given up before its end.
struct Unwatched<'a> {
    platform: &'a Platform<'a>,
    over: bool,
}

impl Drop for Unwatched<'_> {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let (output, name) = (self.platform.context.output, self.platform.config.environment.name());
        output.say("The rollout goes on in ECS without being watched.");
        output.hint(&format!(
            "the same command goes on watching, `eap rollback --env {name}` brings the version before back"
        ));
    }
}

async fn follow(platform: &Platform<'_>, outputs: &StackOutputs, timeout: Duration) -> Result<(), Failure> {
    let output = platform.context.output;
    let step = output.step("Rollout: waiting for the tasks");
    let client = ecs::client(&platform.sdk);
    let name = ServiceName { cluster: &outputs.ecs_cluster_name, service: &outputs.ecs_service_name };
    let deadline = Instant::now() + timeout;
    // What the service said before is of another deployment.
    let (_, before) = ecs::progress(&client, name, &outputs.task_definition_arn).await?;
    let mut told: BTreeSet<String> = before.into_iter().map(|(id, _)| id).collect();
    let mut last: Option<String> = None;
    let mut deployment = None;
    let mut ill_targets = BTreeSet::new();
    loop {
        let (progress, targets) = tokio::join!(
            ecs::progress(&client, name, &outputs.task_definition_arn),
            targets::all(&platform.sdk, &outputs.target_group_arn),
        );
        let (progress, events) = progress?;
        let targets = targets.unwrap_or_default();
        let of_targets = states_of(&targets);
        // A target is gone by the time that its task was given up for it: what it said is kept.
        for words in targets.into_iter().filter_map(ill) {
            if ill_targets.insert(words.clone()) {
                output.say(&format!("  {words}"));
            }
        }
        for (id, message) in events.into_iter().rev() {
            if told.insert(id) {
                output.say(&format!("  {message}"));
            }
        }
        // Another deployment of the same version is what ECS goes back to when the last good one was the same.
        let replaced =
            deployment.is_some() && progress.deployment.is_some() && progress.deployment != deployment;
        deployment = deployment.or_else(|| progress.deployment.clone());
        let words = format!("{}{of_targets}", in_words(&progress));
        if last.as_ref() != Some(&words) {
            step.update(format!("Rollout: {words}"));
            output.detail(&format!("  {words}"));
        }
        if !replaced && progress.state == State::Completed && progress.running >= progress.desired {
            step.done();
            return Ok(());
        }
        let stopped =
            tasks::stopped_of(&client, name, &outputs.task_definition_arn, deployment.as_deref()).await?;
        let given_up = match progress.state {
            State::Failed => Some("ECS gave the rollout up".to_owned()),
            _ if replaced => Some("ECS gave the deployment up for another one".to_owned()),
            State::Gone => Some("ECS rolled back to the former version".to_owned()),
            _ => crash_loop(&stopped).map(|reason| format!("tasks stop again and again: {reason}")),
        };
        if let Some(why) = given_up {
            let failure = Failure::rolled_back(format!("the rollout failed: {why}"));
            let seen = Seen { progress, stopped, ill_targets };
            return Err(explained(platform, outputs, failure, &seen).await);
        }
        if Instant::now() >= deadline {
            let message = format!("the rollout is not done after {} s: {words}", timeout.as_secs());
            let seen = Seen { progress, stopped, ill_targets };
            return Err(explained(platform, outputs, Failure::timed_out(message), &seen).await);
        }
        last = Some(words);
        tokio::time::sleep(INTERVAL).await;
    }
}

/// What was seen of a rollout that failed.
struct Seen {
    progress: Progress,
    stopped: Vec<StoppedTask>,
    /// In words, each once, though its target may be gone by now.
    ill_targets: BTreeSet<String>,
}

/// How many targets are in which state, with the reasons of those that are not healthy yet.
fn states_of(targets: &[Target]) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for target in targets {
        let why = target.why.as_ref().filter(|_| target.state != "healthy");
        let words = why.map_or_else(|| target.state.clone(), |why| format!("{} ({why})", target.state));
        *counts.entry(words).or_default() += 1;
    }
    if counts.is_empty() {
        return String::new();
    }
    let words: Vec<String> = counts.iter().map(|(words, count)| format!("{count} {words}")).collect();
    format!("; targets: {}", words.join(", "))
}

/// One that fails its health checks, in words; nothing of those that are coming or going.
fn ill(target: Target) -> Option<String> {
    let Target { address, state, why } = target;
    let why = why.map_or_else(String::new, |why| format!(": {why}"));
    (state == "unhealthy").then(|| format!("target {address} is {state}{why}"))
}

fn in_words(progress: &Progress) -> String {
    let Progress { desired, running, pending, failed, .. } = progress;
    format!("{running} of {desired} tasks run, {pending} start, {failed} failed")
}

/// The reason that as many tasks stopped for, when there is one.
fn crash_loop(stopped: &[StoppedTask]) -> Option<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for task in stopped {
        *counts.entry(reason_of(task)).or_default() += 1;
    }
    counts.into_iter().find(|(_, count)| *count >= SAME_REASON).map(|(reason, _)| reason)
}

/// A container that ended badly says more than the task.
pub fn reason_of(task: &StoppedTask) -> String {
    let bad = task
        .containers
        .iter()
        .find(|(_, code, reason)| code.is_some_and(|code| code != 0) || reason.is_some());
    match bad {
        Some((name, Some(code), None)) => format!("container {name} ended with exit code {code}"),
        Some((name, Some(code), Some(why))) => format!("container {name} ended with exit code {code}: {why}"),
        Some((name, None, Some(why))) => format!("container {name}: {why}"),
        _ => task.reason.clone(),
    }
}

fn end_of(task: &StoppedTask) -> String {
    let (id, of_task, of_container) = (&task.id, &task.reason, reason_of(task));
    if *of_task == of_container {
        return format!("task {id}: {of_task}");
    }
    format!("task {id}: {of_task}; {of_container}")
}

/// Adds what is known of the cause: what ECS says, tasks that stopped and their last words, targets that fail.
async fn explained(
    platform: &Platform<'_>,
    outputs: &StackOutputs,
    failure: Failure,
    seen: &Seen,
) -> Failure {
    let mut evidence: Vec<String> = seen.progress.reason.iter().cloned().collect();
    evidence.extend(seen.stopped.iter().take(MOST_TASKS).map(end_of));
    evidence.extend(seen.ill_targets.iter().take(MOST_TASKS).cloned());
    // Evidence is welcome, and its absence is no further failure.
    if let Some(task) = seen.stopped.first() {
        evidence.extend(last_words(platform, outputs, task).await);
    }
    let name = platform.config.environment.name();
    let failure = if evidence.is_empty() { failure } else { failure.detail(indented(&evidence)) };
    failure.hint(format!("the former version serves on where there was one; deploy a good image to `{name}`"))
}

/// Of the container that ended badly, else of `api`. Streams are called `ecs/<container>/<task>`.
async fn last_words(platform: &Platform<'_>, outputs: &StackOutputs, task: &StoppedTask) -> Vec<String> {
    let bad = task.containers.iter().find(|(_, code, _)| code.is_some_and(|code| code != 0));
    let container = bad.map_or("api", |(name, ..)| name.as_str());
    let Some(group) = outputs.log_groups.get("api") else { return Vec::new() };
    let stream = format!("ecs/{container}/{}", task.id);
    let lines = logs::tail(&platform.sdk, group, &stream, LAST_LINES).await.unwrap_or_default();
    if lines.is_empty() {
        return lines;
    }
    std::iter::once(format!("the last lines of {container}:")).chain(lines).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(id: &str, reason: &str, code: i32) -> StoppedTask {
        let containers = vec![("api".to_owned(), Some(code), None), ("migrate".to_owned(), Some(0), None)];
        StoppedTask { id: id.to_owned(), reason: reason.to_owned(), containers, stopped_at: None }
    }

    #[test]
    fn the_same_reason_three_times_is_a_crash_loop() {
        let (same, other) = ("Essential container in task exited", "Scaling activity");
        let two = [task("1", same, 137), task("2", same, 137), task("3", other, 0)];
        assert_eq!(crash_loop(&two), None);
        let three = [task("1", same, 137), task("2", other, 137), task("3", same, 137)];
        assert_eq!(crash_loop(&three).as_deref(), Some("container api ended with exit code 137"));
    }
}
