//! `eap-api`: parse → run → report.

use std::process::ExitCode;

use clap::Parser;
use eap_api::commands::{self, Arguments};

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return commands::report_usage(&error),
    };
    commands::run(&arguments).unwrap_or_else(|error| commands::report_failure(&error))
}
