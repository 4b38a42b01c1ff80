//! What Slack is told of a deployment. A note that does not arrive is a warning, no failure.

use super::record::Record;
use crate::commands::Context;
use crate::slack::{self, escaped};

/// Tells what became of a deployment.
pub async fn tell(context: Context<'_>, record: &Record) {
    if let Err(failure) = slack::send(context, &text(record)).await {
        context.output.warning(&format!("Slack was not told: {failure}"));
    }
}

/// What is said, in Slack's own markup.
fn text(record: &Record) -> String {
    let mark = if record.succeeded() { ":white_check_mark:" } else { ":x:" };
    let digest = record.image.as_deref().and_then(|image| image.split_once("@sha256:"));
    let image = digest.map_or_else(String::new, |(_, digest)| {
        format!(" of image `{}`", digest.get(..12).unwrap_or(digest))
    });
    let Record { environment, command, number, result, seconds, by, .. } = record;
    // What could not be written down has no number.
    let number = if *number == 0 { String::new() } else { format!(" {number}") };
    let mut text = format!(
        "{mark} *{environment}*: {command}{number}{image} {result} after {seconds} s, by {}",
        escaped(by)
    );
    if let Some(error) = &record.error {
        text.push_str("\n> ");
        text.push_str(&escaped(error));
    }
    text
}
