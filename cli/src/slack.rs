//! Messages to Slack, where a webhook is given.

use std::time::Duration;

use serde_json::json;

use crate::commands::Context;
use crate::failure::Failure;
use crate::http;

const PATIENCE: Duration = Duration::from_secs(10);

/// Sends `text`, in Slack's own markup; without `SLACK_WEBHOOK_URL`, nothing.
pub async fn send(context: Context<'_>, text: &str) -> Result<(), Failure> {
    let Some(webhook) = context.variables.secret("SLACK_WEBHOOK_URL")? else { return Ok(()) };
    // An error of the client names the address, which is the secret: it is put in words without it.
    let request = http::client()?.post(webhook.expose()).timeout(PATIENCE);
    let sent = request.json(&json!({ "text": text })).send().await;
    let answer = sent.map_err(|error| Failure::failed(http::cause_of(&error.without_url())))?;
    if answer.status().is_success() {
        return Ok(());
    }
    Err(Failure::failed(format!("it answered {}", answer.status())))
}

/// Text as it is: Slack reads links and mentions between angle brackets.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
