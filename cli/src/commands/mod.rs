//! One file per command, as the command tree has them.

pub mod build_push;
pub mod completions;
pub mod config;
pub mod deploy;
mod deploy_aws;
pub mod destroy;
pub mod doctor;
pub mod history;
pub mod import;
pub mod logs;
mod logs_aws;
pub mod monitor;
pub mod rollback;
pub mod unlock;

use crate::arguments::{Arguments, Command, Environment, GlobalOptions};
use crate::config::{PlatformConfig, Variables};
use crate::failure::{Failure, Outcome};
use crate::output::{self, Output};
use crate::process;

/// What every command gets: the global flags, the environment variables and the way to speak.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Flags of every command.
    pub options: &'a GlobalOptions,
    /// The environment variables of this process.
    pub variables: &'a Variables,
    /// The only way to print.
    pub output: &'a Output,
}

/// Runs the command until it ends or is interrupted; an interrupted command is dropped, and its guards clean up. One that
/// looks after interruptions itself ends by itself.
pub fn run(arguments: Arguments, variables: &Variables, output: &Output) -> Result<Outcome, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let result = runtime.block_on(async {
        tokio::select! {
            result = dispatch(arguments, variables, output) => result,
            () = process::unattended_interruption() => Err(Failure::interrupted()),
        }
    });
    // A thread that still reads a large file must not hold back the end.
    runtime.shutdown_background();
    result
}

async fn dispatch(arguments: Arguments, variables: &Variables, output: &Output) -> Result<Outcome, Failure> {
    let context = Context { options: &arguments.global, variables, output };
    match arguments.command {
        Command::Deploy(arguments) => arguments.run(context).await,
        Command::Destroy(arguments) => Box::pin(arguments.run(context)).await,
        Command::Rollback(arguments) => Box::pin(arguments.run(context)).await,
        Command::History(arguments) => Box::pin(arguments.run(context)).await,
        Command::Unlock(arguments) => Box::pin(arguments.run(context)).await,
        Command::Doctor(arguments) => Box::pin(arguments.run(context)).await,
        Command::Monitor(arguments) => arguments.run(context).await,
        Command::Logs(arguments) => arguments.run(context).await,
        Command::Import(arguments) => Box::pin(arguments.run(context)).await,
        // On the heap: the clients of AWS are large.
        Command::BuildPush(arguments) => Box::pin(arguments.run(context)).await,
        Command::Completions(arguments) => arguments.run(context),
        Command::Config(arguments) => Box::pin(arguments.run(context)).await,
    }
}

/// The environment of the command line; there is no default, so nothing happens to the wrong one.
pub fn required_environment(context: Context<'_>) -> Result<Environment, Failure> {
    context
        .options
        .env
        .ok_or_else(|| Failure::usage("no environment given").hint("add `--env local` for this machine"))
}

/// The configuration of an environment in AWS; `command` works on those only.
fn platform_config(context: Context<'_>, command: &str) -> Result<PlatformConfig, Failure> {
    match required_environment(context)? {
        Environment::Local => Err(Failure::usage(format!("`eap {command}` is for environments in AWS"))
            .hint("add `--env dev`, `--env staging` or `--env prod`")),
        environment => PlatformConfig::load(environment, context.options, context.variables),
    }
}

/// Asks the user to agree: by the environment's name for production, by `y` elsewhere. `--yes` agrees beforehand; where
/// nobody can be asked, that is the only way.
fn agree(context: Context<'_>, environment: Environment, verb: &str) -> Result<(), Failure> {
    if context.options.yes {
        return Ok(());
    }
    if context.options.no_input || !output::can_ask() {
        return Err(Failure::usage(format!("{verb} needs your agreement, and nobody can be asked")).hint(
            match verb {
                "deploy" => "look at the plan with --plan-only, and agree with --yes",
                _ => "agree with --yes",
            },
        ));
    }
    let name = environment.name();
    let wanted = if environment == Environment::Prod || verb == "destroy" { name } else { "y" };
    let answer = output::ask(&format!("Type `{wanted}` to {verb} {name}: "))?;
    if answer.trim() == wanted {
        return Ok(());
    }
    Err(Failure::failed(format!("{verb} was not agreed to; nothing was changed")))
}
