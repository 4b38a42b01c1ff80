//! `eap` stands up and watches the platform. This file is the story; the verbs are in `commands`.
#![expect(unreachable_pub, reason = "in a program, `pub` says what a module offers its neighbours")]

mod arguments;
mod aws;
mod commands;
mod config;
mod deploy;
mod deployed;
mod duration;
mod failure;
mod http;
mod image;
mod import;
mod local;
mod logs;
mod monitor;
mod output;
mod process;
mod slack;
mod terraform;

use std::process::ExitCode;

use crate::config::Variables;
use crate::output::Output;

fn main() -> ExitCode {
    let variables = Variables::read();
    let arguments = match arguments::parse() {
        Ok(arguments) => arguments,
        Err(refusal) => return output::print_refusal(&refusal),
    };
    let output = Output::new(&arguments.global, &variables);
    match commands::run(arguments, &variables, &output) {
        Ok(outcome) => outcome.exit_code(),
        Err(failure) => output.failure(&failure),
    }
}
