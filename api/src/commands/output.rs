//! The only module that prints. Standard output is for answers, standard error for talk.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::{Error, Result};
use serde::Serialize;

use crate::db;

/// Exit code of a wrong call.
const USAGE: u8 = 64;

/// Writes a line of the answer. A reader that has gone away is no failure.
pub(super) fn answer(line: &str) -> Result<()> {
    match writeln!(io::stdout().lock(), "{line}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Writes the answer as a JSON document.
pub(super) fn answer_json(value: &impl Serialize) -> Result<()> {
    answer(&serde_json::to_string_pretty(value)?)
}

/// Writes a line of talk.
pub(super) fn talk(line: &str) {
    // There is nobody left to tell that standard error is closed.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Shows why a command failed.
pub fn report_failure(error: &Error) -> ExitCode {
    let text = chain(error);
    talk(&format!("error: {text}"));
    if let Some(hint) = db::hint(error).filter(|_| !text.contains("\nhint: ")) {
        talk(&format!("hint: {hint}"));
    }
    ExitCode::FAILURE
}

/// The causes in one line; those that repeat what the one before says already are left out.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// Shows what is wrong with the call, or the help or version that was asked for.
pub fn report_usage(error: &clap::Error) -> ExitCode {
    // As above: a closed stream cannot be told about.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS }
}
