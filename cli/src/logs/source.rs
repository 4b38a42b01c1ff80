//! Whose lines are wanted, and in which groups and streams they are.

use clap::ValueEnum;

use super::access_log::AccessLog;
use crate::failure::Failure;
use crate::terraform::outputs::StackOutputs;

/// Whose lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Source {
    /// The API
    Api,
    /// Migrations before a new version serves
    Migrate,
    /// The functions: alarms to Slack, nightly fits
    Lambda,
    /// Requests at the gateway
    Gateway,
    /// Requests at the load balancer, which AWS writes to a bucket every five minutes
    Alb,
    /// The firewall in front of the load balancer
    Firewall,
    /// Connections in the network
    Flow,
    /// The database: errors, slow queries, audit
    Database,
}

/// Lines that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// What its lines are labelled with.
    pub label: String,
    /// Where they are.
    pub origin: Origin,
    /// What it means when they cannot be read.
    pub need: Need,
}

/// What it means when a lane cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It was asked for: nothing is shown.
    Asked,
    /// It is there to complete the others: they are shown without it.
    Completing,
}

/// Where lines are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In `CloudWatch` Logs.
    Group(Group),
    /// In a bucket.
    AccessLog(AccessLog),
}

/// A group, or the streams of it whose names begin alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The group.
    pub name: String,
    /// The beginning of the streams' names.
    pub stream_prefix: Option<String>,
}

impl Lane {
    /// The group, where `what` needs one.
    pub fn group(&self, what: &str) -> Result<&Group, Failure> {
        match &self.origin {
            Origin::Group(group) => Ok(group),
            Origin::AccessLog(_) => Err(Failure::usage(format!(
                "{what} is for groups of CloudWatch Logs, not for {}",
                self.label
            ))
            .hint("AWS writes these to a bucket every five minutes: use --since, --until and --grep")),
        }
    }
}

impl Group {
    /// Whether tasks of the service write to it.
    pub fn is_of_tasks(&self) -> bool {
        self.stream_prefix.is_some()
    }
}

impl Source {
    /// As it is typed.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Whether tasks of the service write its lines.
    pub fn has_tasks(self) -> bool {
        matches!(self, Self::Api | Self::Migrate)
    }

    /// Whether the group that is called `key` in Terraform's outputs is of this source.
    fn owns(self, key: &str) -> bool {
        match self {
            Self::Api | Self::Migrate => key == "api",
            Self::Lambda => matches!(key, "alert_relay" | "fit"),
            Self::Gateway => key == "gateway",
            Self::Alb => false,
            Self::Firewall => key == "firewall",
            Self::Flow => key == "flow",
            Self::Database => key.starts_with("database_"),
        }
    }
}

/// The lanes of `sources` in an environment; with `task`, of that task alone.
pub fn lanes(outputs: &StackOutputs, sources: &[Source], task: Option<&str>) -> Result<Vec<Lane>, Failure> {
    let mut lanes = Vec::new();
    for source in sources {
        if task.is_some() && !source.has_tasks() {
            return Err(Failure::usage(format!("--task is for api and migrate, not for {}", source.name())));
        }
        let before = lanes.len();
        if *source == Source::Alb {
            let origin = Origin::AccessLog(AccessLog::of(outputs)?);
            lanes.push(Lane { label: source.name(), origin, need: Need::Asked });
        }
        for (key, group) in outputs.log_groups.iter().filter(|(key, _)| source.owns(key)) {
            // Streams of tasks are called `ecs/<container>/<task>`, and containers as their sources.
            let name = source.name();
            let prefix = source.has_tasks().then(|| format!("ecs/{name}/{}", task.unwrap_or_default()));
            let label = if matches!(source, Source::Lambda | Source::Database) { key.clone() } else { name };
            let origin = Origin::Group(Group { name: group.clone(), stream_prefix: prefix });
            lanes.push(Lane { label, origin, need: Need::Asked });
        }
        if lanes.len() == before {
            return Err(Failure::usage(format!("this environment has no log of {}", source.name()))
                .hint("the configuration leaves that part out"));
        }
    }
    Ok(lanes)
}
