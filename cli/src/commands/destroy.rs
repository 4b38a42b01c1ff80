//! `eap destroy`: stops an environment. Its data goes only with `--yes`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::Context;
use crate::arguments::{Environment, Format};
use crate::deploy::platform::Platform;
use crate::deploy::{screen, teardown};
use crate::failure::{Doing, Failure, Outcome};
use crate::local::folder::LocalFolder;
use crate::local::lock;
use crate::local::state::{Database, State};
use crate::local::stop::{self, Stopped};
use crate::terraform::plan::{Action, Plan};

/// Arguments of `eap destroy`.
#[derive(Debug, Args)]
#[command(
    about = "Stop an environment; its data goes only with --yes",
    long_about = "\
Stop an environment; its data goes only with --yes.

On this machine (--env local): asks the API to finish (SIGTERM), and ends it when it has not after 15 seconds. With \
--yes it deletes the embedded databases, the logs and everything else in its folder. Orders on a server of \
yours are never touched. It never asks there.

In AWS (--env dev, staging, prod): shows what goes, asks for the environment's name unless --yes is given, lifts the \
protection of load balancer, buckets and database, and destroys everything of the environment. A final snapshot of \
the database is taken where the configuration says so. The state's bucket, its key and the images stay.",
    after_long_help = "\
Examples:
  eap destroy --env local        stop the API and keep its data for the next deploy
  eap destroy --env local --yes  stop the API and delete its data
  eap destroy --env dev          take an environment in AWS down

Exit codes: 0 it is stopped, 1 failed, 6 another command is at work, 8 it would not end, 64 wrong call"
)]
pub struct DestroyArguments {}

impl DestroyArguments {
    /// Runs the command.
    pub async fn run(self, context: Context<'_>) -> Result<Outcome, Failure> {
        let environment = super::required_environment(context)?;
        if environment != Environment::Local {
            return destroy_in_aws(context, environment).await;
        }
        let folder = LocalFolder::locate(context.variables)?;
        if !folder.path().exists() {
            return report(context, &folder, Stopped::WasNotRunning, Data::Absent, None);
        }
        let _lock = lock::acquire(&folder, "eap destroy --env local")?;
        let state = State::load(&folder)?;
        let stopped = stop_api(context, state.as_ref()).await?;
        let server = state.as_ref().and_then(|state| match &state.database {
            Database::Server { address } => Some(address.clone()),
            Database::EmbeddedSample | Database::EmbeddedOrders => None,
        });
        if context.options.yes {
            delete_contents(&folder)?;
            return report(context, &folder, stopped, Data::Deleted, server);
        }
        if let Some(mut state) = state {
            state.api = None;
            state.save(&folder)?;
        }
        report(context, &folder, stopped, Data::Kept, server)
    }
}

async fn destroy_in_aws(context: Context<'_>, environment: Environment) -> Result<Outcome, Failure> {
    let config = super::platform_config(context, "destroy")?;
    let platform =
        Platform::open(context, &config, &format!("eap destroy --env {}", environment.name())).await?;
    let agree = |plan: &Plan| {
        context.output.say(screen::of_destruction(plan).trim_end());
        super::agree(context, environment, "destroy")
    };
    let plan = teardown::destroy(&platform, agree).await?;
    let destroyed = plan.count(Action::Destroy);
    if context.output.format() == Format::Json {
        context.output.result_json(&json!({
            "schema_version": 1,
            "environment": environment.name(),
            "destroyed": destroyed,
        }))?;
        return Ok(Outcome::Done);
    }
    context.output.result(&match destroyed {
        0 => "There was nothing to destroy.\n".to_owned(),
        count => format!("Destroyed {count} resources.\n"),
    })?;
    context.output.say("The state's bucket, its key and the images stay: other environments share them.");
    Ok(Outcome::Done)
}

/// What became of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Data {
    Absent,
    Kept,
    Deleted,
}

async fn stop_api(context: Context<'_>, state: Option<&State>) -> Result<Stopped, Failure> {
    let Some(api) = state.and_then(|state| state.api.as_ref()) else { return Ok(Stopped::WasNotRunning) };
    let step = context.output.step(format!("Stopping the API (process {})", api.pid));
    let stopped = stop::stop(api).await?;
    step.done();
    Ok(stopped)
}

/// Deletes everything in the folder, the held lock last, so that nobody starts in between.
fn delete_contents(folder: &LocalFolder) -> Result<(), Failure> {
    let lock = folder.lock_file();
    let delete = |path: &Path| -> std::io::Result<()> {
        if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }
    };
    let entries = std::fs::read_dir(folder.path()).doing(|| format!("read {}", folder.path().display()))?;
    let paths: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| *path != lock).collect();
    for path in paths {
        delete(&path).doing(|| format!("delete {}", path.display()))?;
    }
    std::fs::remove_dir_all(folder.path()).doing(|| format!("delete {}", folder.path().display()))
}

fn report(
    context: Context<'_>,
    folder: &LocalFolder,
    stopped: Stopped,
    data: Data,
    server: Option<String>,
) -> Result<Outcome, Failure> {
    if context.output.format() == Format::Json {
        context.output.result_json(&json!({
            "schema_version": 1,
            "environment": "local",
            "api": match stopped {
                Stopped::WasNotRunning => "was not running",
                Stopped::Gracefully => "stopped",
                Stopped::Forcefully => "killed",
            },
            "data": match data {
                Data::Absent => "absent",
                Data::Kept => "kept",
                Data::Deleted => "deleted",
            },
            "folder": folder.path(),
            "untouched_server": server,
        }))?;
        return Ok(Outcome::Done);
    }
    context.output.result(match stopped {
        Stopped::WasNotRunning => "The API was not running.\n",
        Stopped::Gracefully => "The API is stopped.\n",
        Stopped::Forcefully => "The API did not end when asked and was killed.\n",
    })?;
    let path = folder.path().display();
    match data {
        Data::Absent => context.output.say("There is no data to keep or delete."),
        Data::Kept => {
            context.output.say(&format!("Its data is kept in {path}."));
            context.output.hint("`eap destroy --env local --yes` deletes it too");
        }
        Data::Deleted => context.output.result(&format!("Its data in {path} is deleted.\n"))?,
    }
    if let Some(server) = server {
        context.output.say(&format!("The orders on {server} are untouched."));
    }
    Ok(Outcome::Done)
}
