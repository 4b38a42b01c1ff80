//! One file per command, as the command tree has them.

pub mod build_push;
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

/// Runs the command until it ends or is interrupted; an interrupted command is dropped, and its guards clean up.
pub fn run(arguments: Arguments, variables: &Variables, output: &Output) -> Result<Outcome, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let result = runtime.block_on(async {
        tokio::select! {
            result = dispatch(arguments, variables, output) => result,
            () = process::interruption() => Err(Failure::interrupted()),
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
        Command::Destroy(arguments) => arguments.run(context).await,
        Command::Monitor(arguments) => arguments.run(context).await,
        Command::Logs(arguments) => arguments.run(context).await,
        Command::Import(arguments) => arguments.run(context).await,
        // On the heap: the clients of AWS are large.
        Command::BuildPush(arguments) => Box::pin(arguments.run(context)).await,
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
