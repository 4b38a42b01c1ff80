//! The rules by which what AWS says becomes a state and words. Pure, and the only place that judges.
//!
//! Unhealthy: nobody is served, or the database is not there. Degraded: it works, but somebody should look. A thing that
//! nobody wants (a service scaled to 0) is degraded, not ill.

mod around;
mod compliance;
mod database;
mod entrance;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use self::around::{alarms, budget, errors, functions, stacks};
pub use self::compliance::compliance;
pub use self::database::{Standby, database, database_load, database_status};
pub use self::entrance::{Reach, api, balancers, certificate, gateway};
use super::report::{Check, Health};
use crate::aws::ecs::{ServiceState, State};
use crate::aws::targets::Target;
use crate::aws::tasks::{RunningTask, StoppedTask};
use crate::deploy::rollout::reason_of;

/// Tasks that stopped longer ago say nothing about now.
const RECENT_SECONDS: i64 = 15 * 60;

/// The cluster that the service is in.
pub fn cluster(status: &str) -> Check {
    let health = if status == "ACTIVE" { Health::Healthy } else { Health::Unhealthy };
    Check::new("cluster", health, format!("the cluster is {status}"))
}

/// The service, its latest deployment, and what is left of earlier ones.
pub fn service(state: &ServiceState) -> Check {
    let ServiceState { status, desired, running, pending, rollout, failed, former, .. } = state;
    let mut counts = format!("{running} of {desired} tasks run, {pending} start");
    if *former > 0 {
        counts = format!("{counts}; {former} of an earlier deployment still run");
    }
    let lost = format!("{counts}; {failed} tasks of the rollout failed");
    let (health, detail, concern) = match rollout {
        _ if status != "ACTIVE" => (Health::Unhealthy, format!("the service is {status}"), "inactive"),
        _ if *desired == 0 => (Health::Degraded, "it sleeps: no task is wanted".to_owned(), "asleep"),
        _ if *running == 0 => (Health::Unhealthy, counts, "no task"),
        Some((State::Failed, reason)) => {
            let why = reason.as_deref().unwrap_or("no reason given");
            (Health::Degraded, format!("{counts}; the latest rollout failed: {why}"), "failed rollout")
        }
        Some((State::UnderWay, _)) if *failed > 0 => (Health::Degraded, lost, "failing rollout"),
        Some((State::UnderWay, _)) => (Health::Healthy, format!("{counts}; a rollout is under way"), ""),
        _ if running < desired => (Health::Degraded, counts, "too few tasks"),
        _ => (Health::Healthy, counts, ""),
    };
    let concern = (health != Health::Healthy).then(|| concern.to_owned());
    Check::new("service", health, detail).concerned(concern).measured(f64::from(*running), "tasks")
}

/// Whether what runs is what the latest good deployment recorded: the image that the service asks for, and the digests
/// that its tasks run.
pub fn version(state: &ServiceState, tasks: &[RunningTask], recorded: Option<&str>) -> Check {
    let running = state.image.as_deref();
    let of_record = recorded.and_then(|image| image.split_once('@')).map(|(_, digest)| digest);
    let strays: Vec<&str> = tasks
        .iter()
        .filter_map(|task| task.digest.as_deref())
        .filter(|digest| of_record.is_some_and(|recorded| recorded != *digest))
        .collect();
    // Two versions run side by side while one takes the other's place.
    let settled = !matches!(state.rollout, Some((State::UnderWay, _)));
    match (running, recorded) {
        (Some(running), Some(recorded)) if running == recorded => match strays.first() {
            Some(stray) if settled => {
                let (some, all, stray) = (strays.len(), tasks.len(), digits(stray));
                let detail =
                    format!("{some} of {all} tasks run image {stray}, {} is recorded", short(recorded));
                Check::new("version", Health::Degraded, detail)
            }
            _ => {
                let detail = format!("image {} as recorded", short(running));
                Check::new("version", Health::Healthy, detail)
            }
        },
        (Some(running), Some(recorded)) => {
            let detail = format!("image {} runs, {} is recorded", short(running), short(recorded));
            Check::new("version", Health::Degraded, detail)
        }
        (Some(running), None) => {
            let detail = format!("image {} runs, and no deployment is recorded", short(running));
            Check::new("version", Health::Degraded, detail)
        }
        (None, _) => Check::new("version", Health::Unknown, "nobody knows which image runs"),
    }
}

/// Tasks that stopped lately and were not asked to, and tasks that run and call themselves unhealthy.
pub fn tasks(running: &[RunningTask], stopped: &[StoppedTask], now: Timestamp) -> Check {
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for task in stopped.iter().filter(|task| failed_lately(task, now)) {
        *reasons.entry(reason_of(task)).or_default() += 1;
    }
    let mut concerns: Vec<String> = reasons.keys().cloned().collect();
    let mut words: Vec<String> =
        reasons.iter().map(|(reason, count)| format!("{count} stopped: {reason}")).collect();
    let ill = running.iter().filter(|task| is_ill(task)).count();
    if ill > 0 {
        concerns.push("their own health check".to_owned());
        words.push(format!("{ill} of {} that run fail their own health check", running.len()));
    }
    if words.is_empty() {
        return Check::new("tasks", Health::Healthy, "none stopped in 15 minutes");
    }
    Check::new("tasks", Health::Degraded, words.join("; ")).concerned(concerns)
}

/// Whether a task stopped in the last 15 minutes, and nobody wanted it to.
pub fn failed_lately(task: &StoppedTask, now: Timestamp) -> bool {
    task.stopped_at.is_some_and(|at| now.as_second() - at <= RECENT_SECONDS) && !was_wanted(task)
}

/// Whether a task runs and its containers fail their own health check.
pub fn is_ill(task: &RunningTask) -> bool {
    task.health == "UNHEALTHY"
}

/// Scaling, deployments and Spot stop tasks too: with a signal (143), and with a harder one (137) where a container did
/// not end in time. Whoever ran out of memory was not stopped by them.
fn was_wanted(task: &StoppedTask) -> bool {
    let ended_badly = task
        .containers
        .iter()
        .any(|(_, code, reason)| code.is_some_and(|code| !matches!(code, 0 | 137 | 143)) || reason.is_some());
    let reason = task.reason.as_str();
    !ended_badly && (reason.starts_with("Scaling activity") || reason.contains("Spot"))
}

/// Targets of the load balancer, when `desired` tasks are wanted.
pub fn targets(targets: &[Target], desired: i32) -> Check {
    let in_use: Vec<&Target> = targets.iter().filter(|target| target.state != "draining").collect();
    let ill: Vec<&&Target> = in_use.iter().filter(|target| target.state != "healthy").collect();
    let (all, good) = (in_use.len(), in_use.len() - ill.len());
    let health = match (good, ill.len()) {
        (0, _) if desired > 0 => Health::Unhealthy,
        (_, 0) => Health::Healthy,
        _ if ill.iter().all(|target| target.state == "initial") => Health::Healthy,
        _ => Health::Degraded,
    };
    let mut detail = format!("{good} of {all} healthy");
    if let Some(target) = ill.first() {
        let why = target.why.as_deref().unwrap_or("no reason given");
        detail = format!("{detail}; {} is {}: {why}", target.address, target.state);
    }
    let concern = |target: &&Target| match &target.why {
        Some(why) => format!("{} is {}: {why}", target.address, target.state),
        None => format!("{} is {}", target.address, target.state),
    };
    let concerns: Vec<String> = ill.iter().map(|target| concern(target)).collect();
    let check = Check::new("targets", health, detail);
    let check = if health == Health::Healthy { check } else { check.concerned(concerns) };
    #[expect(clippy::cast_precision_loss, reason = "a few targets")]
    check.measured(good as f64, "targets")
}

/// Enough of a digest to tell one from another.
fn short(image: &str) -> &str {
    image.split_once('@').map_or(image, |(_, digest)| digits(digest))
}

fn digits(digest: &str) -> &str {
    let digits = digest.trim_start_matches("sha256:");
    digits.get(..12).unwrap_or(digits)
}

#[cfg(test)]
mod tests;
