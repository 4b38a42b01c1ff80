//! Notices into a Slack channel, by an incoming webhook. Its URL is a secret: no error repeats it.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::Client;
use serde_json::{Value, json};

use super::notice::{Mood, Notice};
use crate::config::{Environment, Secret};

/// Longest wait for Slack; Lambda gives the function 15 s in all.
const PATIENCE: Duration = Duration::from_secs(8);
/// Longest text of one block, in characters (Slack's limit is 3,000).
const MOST_CHARACTERS: usize = 2_900;

/// Posts one notice; Slack has it when this returns.
pub async fn post(webhook: &Secret, notice: &Notice, environment: Environment) -> Result<()> {
    let answer = client()?.post(address(webhook)?).json(&message(notice, environment)).send().await;
    let answer = answer.map_err(reqwest::Error::without_url).context("post to Slack")?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let said = answer.text().await.unwrap_or_default();
    bail!("Slack answers {status}: {}", said.chars().take(200).collect::<String>())
}

/// The message of `notice`, as Slack's Block Kit has it.
pub fn message(notice: &Notice, environment: Environment) -> Value {
    let colour = match notice.mood {
        Mood::Bad => "#c0392b",
        Mood::Good => "#27ae60",
        Mood::Unclear => "#7f8c8d",
    };
    let title = escaped(&notice.title);
    let mut blocks = vec![section(&format!("*{title}*"))];
    if !notice.text.is_empty() {
        blocks.push(section(&escaped(&notice.text)));
    }
    let place = [environment.name(), notice.place.as_str()];
    let place = place.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    blocks.push(json!({"type": "context", "elements": [{"type": "mrkdwn", "text": escaped(&place)}]}));
    // The text is what notifications show.
    json!({"text": format!("[{environment}] {title}"), "attachments": [{"color": colour, "blocks": blocks}]})
}

fn section(text: &str) -> Value {
    let mut short: String = text.chars().take(MOST_CHARACTERS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    json!({"type": "section", "text": {"type": "mrkdwn", "text": short}})
}

/// The three characters that Slack gives a meaning.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A webhook is spoken to with TLS; in the clear only on this machine.
fn address(webhook: &Secret) -> Result<reqwest::Url> {
    let Ok(url) = reqwest::Url::parse(webhook.expose().trim()) else {
        bail!("the Slack webhook is no URL\nhint: it starts with https://hooks.slack.com/");
    };
    let local = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    if url.scheme() != "https" && !local {
        bail!("the Slack webhook must start with https://");
    }
    Ok(url)
}

fn client() -> Result<Client> {
    // Somebody was first: then TLS has its cryptography.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().timeout(PATIENCE).build().context("prepare to speak to Slack")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(text: &str) -> Notice {
        let title = "ALARM: a <b> & c".to_owned();
        Notice {
            title,
            text: text.to_owned(),
            mood: Mood::Bad,
            place: "123456789012, eu-central-1".to_owned(),
        }
    }

    #[test]
    fn a_message_has_title_reason_and_place() {
        let section = |text| json!({"type": "section", "text": {"type": "mrkdwn", "text": text}});
        let place = json!({"type": "mrkdwn", "text": "staging · 123456789012, eu-central-1"});
        let blocks = json!([
            section("*ALARM: a &lt;b&gt; &amp; c*"),
            section("why &amp; since when"),
            {"type": "context", "elements": [place]},
        ]);
        let expected = json!({
            "text": "[staging] ALARM: a &lt;b&gt; &amp; c",
            "attachments": [{"color": "#c0392b", "blocks": blocks}],
        });
        assert_eq!(message(&notice("why & since when"), Environment::Staging), expected);
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let message = message(&notice(&"é".repeat(4_000)), Environment::Prod);
        let text = message["attachments"][0]["blocks"][1]["text"]["text"].as_str().unwrap().to_owned();
        assert_eq!(text.chars().count(), MOST_CHARACTERS + 1);
        assert!(text.ends_with("é…"));
    }

    #[test]
    fn a_webhook_needs_tls_and_is_not_repeated() {
        for wrong in ["http://hooks.slack.example/hunter2", "hunter2"] {
            let error = format!("{:#}", address(&Secret::new(wrong)).unwrap_err());
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert!(address(&Secret::new("http://127.0.0.1:9/x\n")).is_ok());
        assert!(address(&Secret::new("https://hooks.slack.com/services/T/B/X")).is_ok());
    }
}
