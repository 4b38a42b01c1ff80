//! The things an environment consists of, one by one, as they were seen with the checks. Judges by `rules`, adds nothing.

use jiff::Timestamp;
use serde::Serialize;

use super::report::Health;
use super::rules;
use crate::aws::alarms::Alarm;
use crate::aws::ecs::{ServiceState, State};
use crate::aws::targets::Target;
use crate::aws::tasks::{RunningTask, StoppedTask};
use crate::deploy::rollout::reason_of;

/// Everything that was seen; a kind that could not be looked at is empty, and its check says why.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Inventory {
    /// Services of ECS.
    pub services: Vec<Thing>,
    /// Tasks that run, then those that stopped, the latest first.
    pub tasks: Vec<Thing>,
    /// Targets of the load balancer.
    pub targets: Vec<Thing>,
    /// Alarms.
    pub alarms: Vec<Thing>,
    /// What ECS says of the service, the latest first.
    pub events: Vec<Event>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Thing {
    /// Its name, id or address.
    pub name: String,
    /// How it is.
    pub state: Health,
    /// How it is in the words of its service, such as `RUNNING` or `draining`.
    pub status: String,
    /// Since when.
    pub since: Option<Timestamp>,
    /// What more is known, with units.
    pub detail: String,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: String,
}

impl Inventory {
    /// The service as it was seen, and what ECS says of it.
    #[must_use]
    pub fn with_service(mut self, name: &str, state: &ServiceState) -> Self {
        let rollout = match &state.rollout {
            Some((State::Completed, _)) => "the latest rollout is complete",
            Some((State::Failed, _)) => "the latest rollout failed",
            Some((State::UnderWay, _)) => "a rollout is under way",
            Some((State::Gone, _)) | None => "no rollout",
        };
        let ServiceState { desired, running, pending, .. } = state;
        self.services.push(Thing {
            name: name.to_owned(),
            state: rules::service(state).state,
            status: state.status.clone(),
            since: None,
            detail: format!("{running} of {desired} tasks run, {pending} start; {rollout}"),
        });
        let event = |(at, text): &(i64, String)| {
            Some(Event { at: Timestamp::from_second(*at).ok()?, text: text.clone() })
        };
        self.events.extend(state.events.iter().filter_map(event));
        self
    }

    /// Tasks as they were seen.
    #[must_use]
    pub fn with_tasks(mut self, running: &[RunningTask], stopped: &[StoppedTask], now: Timestamp) -> Self {
        self.tasks.extend(running.iter().map(|task| Thing {
            name: task.id.clone(),
            state: if rules::is_ill(task) { Health::Degraded } else { Health::Healthy },
            status: task.status.clone(),
            since: instant(task.started_at),
            detail: format!("health {}, {}, {}", task.health, task.zone, task.version),
        }));
        self.tasks.extend(stopped.iter().map(|task| Thing {
            name: task.id.clone(),
            state: if rules::failed_lately(task, now) { Health::Degraded } else { Health::Healthy },
            status: "STOPPED".to_owned(),
            since: instant(task.stopped_at),
            detail: format!("{}; {}", task.reason, reason_of(task)),
        }));
        self
    }

    /// Targets as they were seen.
    #[must_use]
    pub fn with_targets(mut self, targets: &[Target]) -> Self {
        self.targets.extend(targets.iter().map(|target| Thing {
            name: target.address.clone(),
            state: match target.state.as_str() {
                "healthy" | "initial" | "draining" => Health::Healthy,
                _ => Health::Unhealthy,
            },
            status: target.state.clone(),
            since: None,
            detail: target.why.clone().unwrap_or_default(),
        }));
        self
    }

    /// Alarms as they were seen.
    #[must_use]
    pub fn with_alarms(mut self, alarms: &[Alarm]) -> Self {
        self.alarms.extend(alarms.iter().map(|alarm| Thing {
            name: alarm.name.clone(),
            state: if alarm.rings() { Health::Degraded } else { Health::Healthy },
            status: alarm.state.clone(),
            since: instant(alarm.since),
            detail: alarm.reason.clone(),
        }));
        self
    }
}

fn instant(seconds: Option<i64>) -> Option<Timestamp> {
    seconds.and_then(|seconds| Timestamp::from_second(seconds).ok())
}
