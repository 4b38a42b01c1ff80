//! What is looked at: the platform on this machine, or an environment in AWS.

use super::MonitorArguments;
use crate::arguments::Environment;
use crate::aws::logs;
use crate::commands::{self, Context};
use crate::config::{Config, MonitorConfig, MonitorValues, PlatformConfig, Values};
use crate::deployed::{self, Deployed};
use crate::failure::{Doing as _, Failure};
use crate::local::folder::LocalFolder;
use crate::logs::tail;
use crate::monitor::detail::Detail;
use crate::monitor::report::Report;
use crate::monitor::{cloud, local};

/// Lines of a log that are shown at once.
const LOG_LINES: usize = 200;

/// What is looked at.
pub enum Subject {
    /// The platform on this machine.
    Local(LocalFolder, MonitorConfig),
    /// An environment in AWS.
    Aws(Box<(PlatformConfig, Deployed)>, Depth),
}

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// The checks.
    Checks,
    /// The last hour's figures as well.
    Figures,
}

impl Subject {
    /// Finds what the arguments name.
    pub async fn find(context: Context<'_>, arguments: &MonitorArguments) -> Result<Self, Failure> {
        match commands::required_environment(context)? {
            Environment::Local if arguments.detailed => {
                Err(Failure::usage("--detailed is for environments in AWS")
                    .hint("http://127.0.0.1:8000/metrics has the figures of this machine"))
            }
            Environment::Local => {
                let monitor = MonitorValues { window: arguments.window, ..MonitorValues::default() };
                let flags = Values { monitor, ..Values::default() };
                let config = Config::load(Environment::Local, context.options, context.variables, flags)?;
                Ok(Self::Local(LocalFolder::locate(context.variables)?, config.monitor))
            }
            _ if arguments.window.is_some() => Err(Failure::usage("--window is for --env local")),
            environment => {
                let config = PlatformConfig::load(environment, context.options, context.variables)?;
                let deployed = deployed::find(&config).await?;
                Ok(Self::Aws(Box::new((config, deployed)), arguments.depth()))
            }
        }
    }

    /// The environment's name.
    pub fn environment(&self) -> &'static str {
        match self {
            Self::Local(..) => Environment::Local.name(),
            Self::Aws(found, _) => found.0.environment.name(),
        }
    }

    /// Looks once, as closely as was asked for.
    pub async fn look(&self) -> Result<Report, Failure> {
        match self {
            // On the heap: many calls at the same time.
            Self::Aws(found, Depth::Figures) => Ok(Box::pin(cloud::look_closely(&found.0, &found.1)).await),
            _ => self.checks().await,
        }
    }

    /// Looks once, without figures.
    pub async fn checks(&self) -> Result<Report, Failure> {
        match self {
            Self::Local(folder, config) => local::watch(folder, config).await,
            Self::Aws(found, _) => Ok(Box::pin(cloud::look(&found.0, &found.1)).await),
        }
    }

    /// The last hour's figures; on this machine there are none.
    pub async fn figures(&self) -> Option<Result<Detail, Failure>> {
        match self {
            Self::Local(..) => None,
            Self::Aws(found, _) => Some(Box::pin(cloud::last_hour(&found.0, &found.1)).await),
        }
    }

    /// The last lines of a task's log, the oldest first; on this machine there is one task.
    pub async fn log(&self, task: &str) -> Result<Vec<String>, Failure> {
        match self {
            Self::Local(folder, _) => {
                let file = folder.log_file();
                tail::last_lines_after(&file, 0, LOG_LINES).doing(|| format!("read {}", file.display()))
            }
            Self::Aws(found, _) => last_lines(&found.1, task).await,
        }
    }
}

/// Of the API, else of the migration that it waits for.
async fn last_lines(deployed: &Deployed, task: &str) -> Result<Vec<String>, Failure> {
    let Some(group) = deployed.outputs.log_groups.get("api") else { return Ok(Vec::new()) };
    let most = i32::try_from(LOG_LINES).unwrap_or(i32::MAX);
    for container in ["api", "migrate"] {
        let stream = format!("ecs/{container}/{task}");
        let lines = logs::tail(&deployed.sdk, group, &stream, most).await?;
        if !lines.is_empty() {
            return Ok(lines);
        }
    }
    Ok(Vec::new())
}
