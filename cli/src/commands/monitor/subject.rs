//! What is looked at: the platform on this machine, or an environment in AWS.

use super::MonitorArguments;
use crate::arguments::Environment;
use crate::aws::logs::{self, Last};
use crate::commands::{self, Context};
use crate::config::{Config, MonitorConfig, MonitorValues, PlatformConfig, Values};
use crate::deployed::Deployed;
use crate::failure::{Doing as _, Failure};
use crate::local::folder::LocalFolder;
use crate::logs::tail;
use crate::monitor::detail::Detail;
use crate::monitor::local;
use crate::monitor::report::Report;
use crate::monitor::watched::{Depth, Watched};

/// Lines of a log that are shown at once.
const LOG_LINES: usize = 200;

/// What is looked at.
pub enum Subject {
    /// The platform on this machine.
    Local(LocalFolder, MonitorConfig),
    /// An environment in AWS.
    Aws(Box<Watched>, Depth),
}

impl Subject {
    /// Finds what the arguments name.
    pub async fn find(context: Context<'_>, arguments: &MonitorArguments) -> Result<Self, Failure> {
        match commands::required_environment(context)? {
            Environment::Local => {
                let monitor = MonitorValues { window: arguments.window, ..MonitorValues::default() };
                let flags = Values { monitor, ..Values::default() };
                let config = Config::load(Environment::Local, context.options, context.variables, flags)?;
                Ok(Self::Local(LocalFolder::locate(context.variables)?, config.monitor))
            }
            _ if arguments.window.is_some() => Err(Failure::usage("--window is for --env local")),
            environment => {
                let config = PlatformConfig::load(environment, context.options, context.variables)?;
                Ok(Self::Aws(Box::new(Watched::find(config).await?), arguments.depth()))
            }
        }
    }

    /// The environment's name.
    pub fn environment(&self) -> &'static str {
        match self {
            Self::Local(..) => Environment::Local.name(),
            Self::Aws(watched, _) => watched.config.environment.name(),
        }
    }

    /// Looks once, as closely as was asked for.
    pub async fn look(&self) -> Result<Report, Failure> {
        match self {
            // On the heap: many calls at the same time.
            Self::Aws(watched, depth) => Ok(Box::pin(watched.look(*depth)).await),
            Self::Local(..) => self.checks().await,
        }
    }

    /// Looks once, without figures.
    pub async fn checks(&self) -> Result<Report, Failure> {
        match self {
            Self::Local(folder, config) => local::watch(folder, config).await,
            Self::Aws(watched, _) => Ok(Box::pin(watched.look(Depth::Checks)).await),
        }
    }

    /// The last hour's figures; on this machine there are none.
    pub async fn figures(&self) -> Option<Result<Detail, Failure>> {
        match self {
            Self::Local(..) => None,
            Self::Aws(watched, _) => Some(Box::pin(watched.figures()).await),
        }
    }

    /// The last lines of a task's log, the oldest first; on this machine there is one task.
    pub async fn log(&self, task: &str) -> Result<Last, Failure> {
        match self {
            Self::Local(folder, _) => {
                let file = folder.log_file();
                let lines = tail::last_lines_after(&file, 0, LOG_LINES + 1);
                let mut lines = lines.doing(|| format!("read {}", file.display()))?;
                let has_older = lines.len() > LOG_LINES;
                lines.drain(..lines.len().saturating_sub(LOG_LINES));
                Ok(Last { lines, has_older })
            }
            Self::Aws(watched, _) => watched.with(async |deployed| last_lines(deployed, task).await).await,
        }
    }
}

/// Of the API, else of the migration that it waits for.
async fn last_lines(deployed: &Deployed, task: &str) -> Result<Last, Failure> {
    let Some(group) = deployed.outputs.log_groups.get("api") else { return Ok(Last::default()) };
    for container in ["api", "migrate"] {
        let stream = format!("ecs/{container}/{task}");
        let last = logs::last(&deployed.sdk, group, &stream, LOG_LINES).await?;
        if !last.lines.is_empty() {
            return Ok(last);
        }
    }
    Ok(Last::default())
}
