//! A note to Slack about a deployment, where a webhook is given. A note that does not arrive is a warning, no failure.

use std::time::Duration;

use serde_json::json;

use super::record::Record;
use crate::commands::Context;
use crate::failure::Failure;
use crate::http;

const PATIENCE: Duration = Duration::from_secs(10);

/// Tells what became of a deployment.
pub async fn tell(context: Context<'_>, record: &Record) {
    if let Err(failure) = send(context, record).await {
        context.output.warning(&format!("Slack was not told: {failure}"));
    }
}

async fn send(context: Context<'_>, record: &Record) -> Result<(), Failure> {
    let Some(webhook) = context.variables.secret("SLACK_WEBHOOK_URL")? else { return Ok(()) };
    // An error of the client names the address, which is the secret: it is put in words without it.
    let request = http::client()?.post(webhook.expose()).timeout(PATIENCE);
    let sent = request.json(&json!({ "text": text(record) })).send().await;
    let answer = sent.map_err(|error| Failure::failed(http::cause_of(&error.without_url())))?;
    if answer.status().is_success() {
        return Ok(());
    }
    Err(Failure::failed(format!("it answered {}", answer.status())))
}

/// What is said, in Slack's own markup.
fn text(record: &Record) -> String {
    let mark = if record.succeeded() { ":white_check_mark:" } else { ":x:" };
    let digest = record.image.as_deref().and_then(|image| image.split_once("@sha256:"));
    let image = digest.map_or_else(String::new, |(_, digest)| {
        format!(" of image `{}`", digest.get(..12).unwrap_or(digest))
    });
    let Record { environment, command, number, result, seconds, by, .. } = record;
    let mut text = format!(
        "{mark} *{environment}*: {command} {number}{image} {result} after {seconds} s, by {}",
        escaped(by)
    );
    if let Some(error) = &record.error {
        text.push_str("\n> ");
        text.push_str(&escaped(error));
    }
    text
}

/// Slack reads links and mentions between angle brackets.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
