//! Whose lines are wanted, and in which groups and streams they are.

use clap::ValueEnum;

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
    /// The firewall in front of the load balancer
    Firewall,
    /// Connections in the network
    Flow,
    /// The database: errors, slow queries, audit
    Database,
}

/// A group, or the streams of it whose names begin alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// What its lines are labelled with.
    pub label: String,
    /// The group.
    pub group: String,
    /// The beginning of the streams' names.
    pub stream_prefix: Option<String>,
}

impl Source {
    /// As it is typed.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    fn has_tasks(self) -> bool {
        matches!(self, Self::Api | Self::Migrate)
    }

    /// Whether the group that is called `key` in Terraform's outputs is of this source.
    fn owns(self, key: &str) -> bool {
        match self {
            Self::Api | Self::Migrate => key == "api",
            Self::Lambda => matches!(key, "alert_relay" | "fit"),
            Self::Gateway => key == "gateway",
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
        for (key, group) in outputs.log_groups.iter().filter(|(key, _)| source.owns(key)) {
            // Streams of tasks are called `ecs/<container>/<task>`, and containers as their sources.
            let name = source.name();
            let prefix = source.has_tasks().then(|| format!("ecs/{name}/{}", task.unwrap_or_default()));
            let label = if matches!(source, Source::Lambda | Source::Database) { key.clone() } else { name };
            lanes.push(Lane { label, group: group.clone(), stream_prefix: prefix });
        }
        if lanes.len() == before {
            return Err(Failure::usage(format!("this environment has no log of {}", source.name()))
                .hint("the configuration leaves that part out"));
        }
    }
    Ok(lanes)
}
