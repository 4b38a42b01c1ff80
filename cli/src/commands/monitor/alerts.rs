//! Word to others when the verdict changed: Slack, and a command of the user. None of it ends a watch.

use std::time::Duration;

use crate::commands::Context;
use crate::failure::Failure;
use crate::monitor::report::{Health, Report};
use crate::process::Invocation;
use crate::slack;

/// A command of the user that takes longer is ended.
const COMMAND_PATIENCE: Duration = Duration::from_secs(30);

/// Tells everybody that the verdict of `report` was `before`, and answers who could not be told.
pub async fn tell(
    context: Context<'_>,
    command: Option<&str>,
    report: &Report,
    before: Health,
) -> Vec<String> {
    let cause = report.cause.as_ref().map_or_else(String::new, |cause| format!(": {cause}"));
    let text = format!("*{}* is {}, was {before}{cause}", report.environment, report.verdict);
    let mut troubles = Vec::new();
    if let Err(failure) = slack::send(context, &text).await {
        troubles.push(format!("Slack was not told: {failure}"));
    }
    if let Some(Err(failure)) = run(command, report).await {
        troubles.push(format!("--on-change failed: {failure}"));
    }
    troubles
}

async fn run(command: Option<&str>, report: &Report) -> Option<Result<(), Failure>> {
    let document = match serde_json::to_vec(report) {
        Ok(document) => document,
        Err(error) => return Some(Err(Failure::failed(error.to_string()))),
    };
    let shell = Invocation::new("sh").arguments(["-c", command?]);
    Some(shell.run_with_input(document, COMMAND_PATIENCE).await)
}
