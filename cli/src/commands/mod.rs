//! One file per command, as the command tree has them.

pub mod completions;
pub mod config;
pub mod deploy;
pub mod destroy;
pub mod import;
pub mod logs;
pub mod monitor;

use crate::arguments::{Arguments, Command, Environment, GlobalOptions};
use crate::config::Variables;
use crate::failure::{Failure, Outcome};
use crate::output::Output;

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

/// Runs the command that was asked for.
pub async fn run(arguments: Arguments, variables: &Variables, output: &Output) -> Result<Outcome, Failure> {
    let context = Context { options: &arguments.global, variables, output };
    match arguments.command {
        Command::Deploy(arguments) => arguments.run(context).await,
        Command::Destroy(arguments) => arguments.run(context).await,
        Command::Monitor(arguments) => arguments.run(context).await,
        Command::Logs(arguments) => arguments.run(context).await,
        Command::Import(arguments) => arguments.run(context).await,
        Command::Completions(arguments) => arguments.run(context),
        Command::Config(arguments) => arguments.run(context),
    }
}

/// The environment of the command line; there is no default, so nothing happens to the wrong one.
fn required_environment(context: Context<'_>) -> Result<Environment, Failure> {
    context
        .options
        .env
        .ok_or_else(|| Failure::usage("no environment given").hint("add `--env local` for this machine"))
}

/// Refuses every environment but `local`; `verb` is the command's name.
fn require_local(context: Context<'_>, verb: &str) -> Result<(), Failure> {
    match required_environment(context)? {
        Environment::Local => Ok(()),
        other => {
            let message =
                format!("`eap {verb}` works on the environment `local` only, not on `{}`", other.name());
            Err(Failure::usage(message).hint(format!("use `eap {verb} --env local`")))
        }
    }
}
