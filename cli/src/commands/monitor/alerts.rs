//! Word to others when the verdict changed, or more goes wrong: Slack, and a command of the user. None of it ends a watch.

use std::time::Duration;

use crate::commands::Context;
use crate::failure::Failure;
use crate::monitor::changes::Word;
use crate::monitor::report::Report;
use crate::process::Invocation;
use crate::slack;

/// A command of the user that takes longer is ended.
const COMMAND_PATIENCE: Duration = Duration::from_secs(30);

/// Tells everybody what there is to tell of `report`, and answers who could not be told.
pub async fn tell(context: Context<'_>, command: Option<&str>, report: &Report, word: &Word) -> Vec<String> {
    let mut troubles = Vec::new();
    if let Err(failure) = slack::send(context, &text_of(report, word)).await {
        troubles.push(format!("Slack was not told: {failure}"));
    }
    if let Some(Err(failure)) = run(command, report).await {
        troubles.push(format!("--on-change failed: {failure}"));
    }
    troubles
}

/// In Slack's markup.
fn text_of(report: &Report, word: &Word) -> String {
    let Report { environment, verdict, cause, .. } = report;
    match word {
        Word::Verdict(before) => {
            let cause =
                cause.as_ref().map_or_else(String::new, |cause| format!(": {}", slack::escaped(cause)));
            format!("*{environment}* is {verdict}, was {before}{cause}")
        }
        Word::Besides(what) => {
            format!("*{environment}* is still {verdict}; besides, {}", slack::escaped(&what.join("; ")))
        }
    }
}

async fn run(command: Option<&str>, report: &Report) -> Option<Result<(), Failure>> {
    let document = match serde_json::to_vec(report) {
        Ok(document) => document,
        Err(error) => return Some(Err(Failure::failed(error.to_string()))),
    };
    let shell = Invocation::new("sh").arguments(["-c", command?]);
    Some(shell.run_with_input(document, COMMAND_PATIENCE).await)
}
