//! The rules by which what AWS says becomes a state and words. Pure, and the only place that judges.
//!
//! Unhealthy: nobody is served, or the database is not there. Degraded: it works, but somebody should look. A thing that
//! nobody wants (a service scaled to 0) is degraded, not ill.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::report::{Check, Health};
use crate::aws::alarms::Alarm;
use crate::aws::budget::Budget;
use crate::aws::database::Database;
use crate::aws::ecs::{ServiceState, State};
use crate::aws::functions::Runs;
use crate::aws::targets::Target;
use crate::aws::tasks::{RunningTask, StoppedTask};
use crate::deploy::rollout::reason_of;

/// Tasks that stopped longer ago say nothing about now.
const RECENT_SECONDS: i64 = 15 * 60;
/// Point-in-time recovery lags a few minutes behind; more is worth a look.
const OLD_BACKUP_SECONDS: i64 = 60 * 60;

/// The service and its latest deployment.
pub fn service(state: &ServiceState) -> Check {
    let ServiceState { status, desired, running, pending, rollout, .. } = state;
    let counts = format!("{running} of {desired} tasks run, {pending} start");
    let (health, detail) = match rollout {
        _ if status != "ACTIVE" => (Health::Unhealthy, format!("the service is {status}")),
        _ if *desired == 0 => (Health::Degraded, "it sleeps: no task is wanted".to_owned()),
        _ if *running == 0 => (Health::Unhealthy, counts),
        Some((State::Failed, reason)) => {
            let why = reason.as_deref().unwrap_or("no reason given");
            (Health::Degraded, format!("{counts}; the latest rollout failed: {why}"))
        }
        Some((State::UnderWay, _)) => (Health::Healthy, format!("{counts}; a rollout is under way")),
        _ if running < desired => (Health::Degraded, counts),
        _ => (Health::Healthy, counts),
    };
    Check::new("service", health, detail).measured(f64::from(*running), "tasks")
}

/// Whether what runs is what the latest good deployment recorded.
pub fn version(running: Option<&str>, recorded: Option<&str>) -> Check {
    match (running, recorded) {
        (Some(running), Some(recorded)) if running == recorded => {
            Check::new("version", Health::Healthy, format!("image {} as recorded", short(running)))
        }
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
    let mut words: Vec<String> =
        reasons.iter().map(|(reason, count)| format!("{count} stopped: {reason}")).collect();
    let ill = running.iter().filter(|task| is_ill(task)).count();
    if ill > 0 {
        words.push(format!("{ill} of {} that run fail their own health check", running.len()));
    }
    if words.is_empty() {
        return Check::new("tasks", Health::Healthy, "none stopped in 15 minutes");
    }
    Check::new("tasks", Health::Degraded, words.join("; "))
}

/// Whether a task stopped in the last 15 minutes, and nobody wanted it to.
pub fn failed_lately(task: &StoppedTask, now: Timestamp) -> bool {
    task.stopped_at.is_some_and(|at| now.as_second() - at <= RECENT_SECONDS) && !was_wanted(task)
}

/// Whether a task runs and its containers fail their own health check.
pub fn is_ill(task: &RunningTask) -> bool {
    task.health == "UNHEALTHY"
}

/// Scaling, deployments and Spot stop tasks too.
fn was_wanted(task: &StoppedTask) -> bool {
    let ended_badly = task
        .containers
        .iter()
        .any(|(_, code, reason)| code.is_some_and(|code| !matches!(code, 0 | 143)) || reason.is_some());
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
    #[expect(clippy::cast_precision_loss, reason = "a few targets")]
    Check::new("targets", health, detail).measured(good as f64, "targets")
}

/// Whether a database is to have a standby.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standby {
    /// The configuration wants one.
    Wanted,
    /// It does not.
    NotWanted,
}

/// The database.
pub fn database(database: &Database, standby: Standby, now: Timestamp) -> Check {
    let Database { status, engine, multi_az, encrypted, restorable_until, pending } = database;
    let health = match status.as_str() {
        "available" | "backing-up" | "configuring-enhanced-monitoring" | "storage-optimization" => {
            Health::Healthy
        }
        "modifying"
        | "maintenance"
        | "upgrading"
        | "rebooting"
        | "renaming"
        | "starting"
        | "resetting-master-credentials"
        | "storage-config-upgrade" => Health::Degraded,
        _ => Health::Unhealthy,
    };
    let mut words = vec![format!("{engine} is {status}")];
    words.push(if *multi_az { "with a standby" } else { "without a standby" }.to_owned());
    let mut concerns = Vec::new();
    if standby == Standby::Wanted && !multi_az {
        concerns.push("which the configuration wants".to_owned());
    }
    if !encrypted {
        concerns.push("not encrypted".to_owned());
    }
    match restorable_until {
        Some(until) if now.as_second() - until > OLD_BACKUP_SECONDS => {
            concerns.push(format!("restorable only up to {} minutes ago", (now.as_second() - until) / 60));
        }
        _ => {}
    }
    let health = if health == Health::Healthy && !concerns.is_empty() { Health::Degraded } else { health };
    words.extend(concerns);
    if *pending {
        words.push("changes wait for the maintenance window".to_owned());
    }
    Check::new("database", health, words.join(", "))
}

/// Alarms: those that ring.
pub fn alarms(alarms: &[Alarm], now: Timestamp) -> Check {
    let words = |alarm: &Alarm| {
        let since =
            alarm.since.map_or_else(String::new, |at| format!(" for {} min", (now.as_second() - at) / 60));
        format!("{}{since} ({})", alarm.name, alarm.reason)
    };
    let ringing: Vec<String> = alarms.iter().filter(|alarm| alarm.rings()).map(words).collect();
    if ringing.is_empty() {
        return Check::new("alarms", Health::Healthy, format!("none of {} rings", alarms.len()));
    }
    Check::new("alarms", Health::Degraded, ringing.join("; "))
}

/// Lambda functions: whether the latest runs of each succeeded.
pub fn functions(latest: &[Runs]) -> Check {
    let failed = |runs: &&Runs| runs.failed > 0;
    let words: Vec<String> = latest
        .iter()
        .filter(failed)
        .map(|Runs { function, count, failed, hour }| {
            let hour = Timestamp::from_second(*hour).unwrap_or_default().strftime("%H:%MZ");
            format!("{failed} of {count} runs of {function} failed in the hour from {hour}")
        })
        .collect();
    if words.is_empty() {
        let ran = latest.len();
        return Check::new("functions", Health::Healthy, format!("{ran} ran in a day, and none failed last"));
    }
    Check::new("functions", Health::Degraded, words.join("; "))
}

/// What the month has cost.
pub fn budget(budget: Budget) -> Check {
    let Budget { limit, spent, forecast } = budget;
    let dollars = |cents: i64| format!("{}.{:02}", cents / 100, (cents % 100).abs());
    let mut detail = format!("{} of {} USD spent this month", dollars(spent), dollars(limit));
    if let Some(forecast) = forecast {
        detail = format!("{detail}, {} expected", dollars(forecast));
    }
    let health = if spent > limit { Health::Degraded } else { Health::Healthy };
    #[expect(clippy::cast_precision_loss, reason = "for a plot")]
    Check::new("budget", health, detail).measured(spent as f64 / 100.0, "USD")
}

/// The bootstrap stack, by its status.
pub fn stack(status: &str) -> Check {
    let good = status.ends_with("_COMPLETE") && !status.contains("ROLLBACK") && !status.starts_with("DELETE");
    let health = if good || status.ends_with("_IN_PROGRESS") { Health::Healthy } else { Health::Degraded };
    Check::new("stack", health, status)
}

/// Enough of a digest to tell one from another.
fn short(image: &str) -> &str {
    image.split_once("@sha256:").map_or(image, |(_, digest)| digest.get(..12).unwrap_or(digest))
}

#[cfg(test)]
mod tests;
