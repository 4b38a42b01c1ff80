//! `eap destroy`: stops an environment. Its data goes only with `--yes`.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::SignedDuration;
use serde_json::json;

use super::{Context, deploy_aws};
use crate::arguments::{Environment, Format};
use crate::deploy::platform::Platform;
use crate::deploy::preflight::Depth;
use crate::deploy::remains::{self, Remains};
use crate::deploy::teardown::{self, Destroyed};
use crate::deploy::{protection, screen};
use crate::failure::{Doing, Failure, Outcome};
use crate::local::folder::LocalFolder;
use crate::local::lock;
use crate::local::state::{Database, State};
use crate::local::stop::{self, Stopped};
use crate::output;
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

In AWS (--env dev, staging, prod): shows what goes, what stays and what that costs, asks for the environment's name \
unless --yes is given, and destroys everything of the environment. What is protected (prod, or deletion protection of \
load balancer, buckets or database) goes only after its name was typed, or given with --confirm: --yes is not enough. A \
final snapshot of the database is taken where the configuration says so. The state's bucket, its key and the images \
stay. A destroy that was cut short goes on when it is run again.",
    after_long_help = "\
Examples:
  eap destroy --env local        stop the API and keep its data for the next deploy
  eap destroy --env local --yes  stop the API and delete its data
  eap destroy --env dev          take an environment in AWS down
  eap destroy --env prod --confirm prod   the same where nobody can be asked and something is protected

Exit codes: 0 it is stopped, 1 failed, 6 another command is at work, 8 it would not end, 64 wrong call"
)]
pub struct DestroyArguments {
    /// The environment's name, instead of typing it
    #[arg(long, value_name = "ENVIRONMENT")]
    confirm: Option<Environment>,
    /// How long to wait for somebody else's lock of the state [default: not at all]
    #[arg(long, value_name = "DURATION")]
    lock_timeout: Option<SignedDuration>,
}

impl DestroyArguments {
    /// Runs the command.
    pub async fn run(self, context: Context<'_>) -> Result<Outcome, Failure> {
        let environment = super::required_environment(context)?;
        if environment != Environment::Local {
            return destroy_in_aws(context, environment, &self).await;
        }
        if self.confirm.is_some() || self.lock_timeout.is_some() {
            return Err(Failure::usage("--confirm and --lock-timeout are for environments in AWS"));
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

async fn destroy_in_aws(
    context: Context<'_>,
    environment: Environment,
    arguments: &DestroyArguments,
) -> Result<Outcome, Failure> {
    let name = environment.name();
    if let Some(other) = arguments.confirm.filter(|other| *other != environment) {
        return Err(Failure::usage(format!("--confirm names {}, but --env names {name}", other.name())));
    }
    let lock_timeout = deploy_aws::lock_timeout_of(arguments.lock_timeout)?;
    let config = super::platform_config(context, "destroy")?;
    let command = format!("eap destroy --env {name}");
    let platform = Platform::open(context, &config, &command, Depth::Account).await?;
    let agree = |plan: &Plan, remains: &[Remains]| {
        context.output.say(screen::of_destruction(plan).trim_end());
        context.output.say(remains::screen(remains).trim_end());
        agree(context, environment, arguments, plan)
    };
    let Destroyed { plan, remains } = teardown::destroy(platform, lock_timeout, agree).await?;
    let destroyed = plan.count(Action::Destroy);
    if context.output.format() == Format::Json {
        context.output.result_json(&json!({
            "schema_version": 1,
            "environment": environment.name(),
            "destroyed": destroyed,
            "remains": remains,
        }))?;
        return Ok(Outcome::Done);
    }
    context.output.result(&match destroyed {
        0 => "There was nothing to destroy.\n".to_owned(),
        count => format!("Destroyed {count} resources.\n"),
    })?;
    context.output.say(remains::screen(&remains).trim_end());
    Ok(Outcome::Done)
}

/// What somebody protected is not destroyed by a flag that scripts add to everything.
fn agree(
    context: Context<'_>,
    environment: Environment,
    arguments: &DestroyArguments,
    plan: &Plan,
) -> Result<(), Failure> {
    if arguments.confirm == Some(environment) {
        return Ok(());
    }
    let is_protected = environment == Environment::Prod || !protection::guards(plan).is_empty();
    if !is_protected {
        return super::agree(context, environment, "destroy");
    }
    let name = environment.name();
    if context.options.no_input || !output::can_ask() {
        return Err(Failure::usage(format!("{name} is protected: --yes is not enough to destroy it"))
            .hint(format!("nothing was changed; when it is meant, add `--confirm {name}`")));
    }
    let answer = output::ask(&format!("{name} is protected. Type `{name}` to destroy it: "))?;
    if answer.trim() == name {
        return Ok(());
    }
    Err(Failure::failed("destroy was not agreed to; nothing was changed"))
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
