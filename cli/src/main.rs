//! `eap` stands up and watches the platform. This file is the story; the verbs are in `commands`.

mod arguments;
mod commands;
mod config;
mod failure;
mod http;
mod import;
mod local;
mod logs;
mod monitor;
mod output;
mod process;

use std::process::ExitCode;

use crate::config::Variables;
use crate::failure::{Failure, Outcome};
use crate::output::Output;

fn main() -> ExitCode {
    let variables = Variables::read();
    let arguments = match arguments::parse() {
        Ok(arguments) => arguments,
        Err(refusal) => return output::print_refusal(&refusal),
    };
    let output = Output::new(&arguments.global, &variables);
    match run(arguments, &variables, &output) {
        Ok(outcome) => outcome.exit_code(),
        Err(failure) => output.failure(&failure),
    }
}

/// Runs the command until it ends or is interrupted; an interrupted command is dropped, and its guards clean up.
fn run(arguments: arguments::Arguments, variables: &Variables, output: &Output) -> Result<Outcome, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let result = runtime.block_on(async {
        tokio::select! {
            result = commands::run(arguments, variables, output) => result,
            () = process::interruption() => Err(Failure::interrupted()),
        }
    });
    runtime.shutdown_background();
    result
}
