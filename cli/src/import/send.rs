//! Sends one part, with patience: what may pass by itself is tried again, what the API refuses is a failure.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;

use super::summary::Answer;
use crate::config::Secret;
use crate::failure::Failure;
use crate::http;

const REQUEST_TIMEOUT: Duration = Duration::from_mins(2);
const MAX_ATTEMPTS: u32 = 8;

/// Where parts go.
#[derive(Debug)]
pub struct Target {
    /// The client.
    pub client: Client,
    /// The route that takes orders.
    pub url: String,
    /// The API key, where keys are on.
    pub key: Option<Key>,
}

/// An API key, and where it came from.
#[derive(Debug)]
pub struct Key {
    /// The key.
    pub secret: Secret,
    /// Its source, for people.
    pub source: &'static str,
}

/// What goes into one request.
#[derive(Debug)]
pub struct Message<'a> {
    /// `Content-Type` of the body.
    pub content_type: &'a str,
    /// The orders.
    pub body: &'a [u8],
    /// Parameters of the query.
    pub query: Vec<(&'static str, String)>,
    /// What tells the API that a message comes again.
    pub idempotency_key: Option<&'a str>,
}

/// Why an attempt failed.
enum Trouble {
    /// It may pass; the pause that the server asked for, if it did.
    Passing { reason: String, retry_after: Option<Duration> },
    /// It will not pass.
    Lasting(Failure),
}

impl Target {
    /// Sends `message` until it is accepted. `waiting` is told why and how long it waits.
    pub async fn send(&self, message: &Message<'_>, waiting: impl Fn(String)) -> Result<Answer, Failure> {
        let mut attempt = 1;
        loop {
            let (reason, retry_after) = match self.attempt(message).await {
                Ok(answer) => return Ok(answer),
                Err(Trouble::Lasting(failure)) => return Err(failure),
                Err(Trouble::Passing { reason, retry_after }) => (reason, retry_after),
            };
            if attempt == MAX_ATTEMPTS {
                let message = format!("{} did not take the orders in {attempt} attempts: {reason}", self.url);
                return Err(Failure::failed(message));
            }
            let pause = retry_after.unwrap_or_else(|| http::backoff(attempt));
            waiting(format!("{reason}; trying again in {:.1} s", pause.as_secs_f64()));
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    async fn attempt(&self, message: &Message<'_>) -> Result<Answer, Trouble> {
        let url = self.url_with(&message.query).map_err(Trouble::Lasting)?;
        let mut request = self.client.post(url).timeout(REQUEST_TIMEOUT);
        request = request.header(CONTENT_TYPE, message.content_type).body(message.body.to_vec());
        if let Some(key) = message.idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(key) = &self.key {
            request = request.bearer_auth(key.secret.expose());
        }
        let passing = |reason| Trouble::Passing { reason, retry_after: None };
        let response = request.send().await.map_err(|error| self.not_sent(&error))?;
        let status = response.status();
        let retry_after = http::retry_after(response.headers());
        let text = response.text().await.map_err(|error| passing(http::cause_of(&error)))?;
        if status.is_success() {
            return serde_json::from_str(&text).map_err(|error| {
                let message = format!("{} answered {status} but no summary: {error}", self.url);
                Trouble::Lasting(Failure::failed(message).hint("is this the URL of the API?"))
            });
        }
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            return Err(Trouble::Passing { reason: format!("the API answered {status}"), retry_after });
        }
        Err(Trouble::Lasting(self.refused(status, &text)))
    }

    fn url_with(&self, query: &[(&'static str, String)]) -> Result<Url, Failure> {
        let url =
            if query.is_empty() { Url::parse(&self.url) } else { Url::parse_with_params(&self.url, query) };
        url.map_err(|error| Failure::usage(format!("cannot call {}: {error}", self.url)))
    }

    /// A key that is no header and the like will not pass; a network will.
    fn not_sent(&self, error: &reqwest::Error) -> Trouble {
        let reason = http::cause_of(error);
        if error.is_builder() {
            return Trouble::Lasting(Failure::usage(format!("cannot call {}: {reason}", self.url)));
        }
        Trouble::Passing { reason, retry_after: None }
    }

    fn refused(&self, status: StatusCode, text: &str) -> Failure {
        let failure = Failure::failed(format!("{} answered {status}{}", self.url, explanation(text)));
        match (status, &self.key) {
            (StatusCode::UNAUTHORIZED, None) => {
                failure.hint("set EAP_API_KEY to a key with the scope ingest")
            }
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, Some(key)) => failure.hint(format!(
                "the key in {} needs the scope ingest; `eap-api keys list` shows the keys",
                key.source
            )),
            (StatusCode::NOT_FOUND, _) => failure.hint("is this the base URL of the API?"),
            _ => failure,
        }
    }
}

/// What a problem+json says, as the end of a sentence.
fn explanation(text: &str) -> String {
    #[derive(Deserialize)]
    struct Problem {
        title: String,
        detail: Option<String>,
        #[serde(default)]
        errors: Vec<FieldError>,
    }
    #[derive(Deserialize)]
    struct FieldError {
        field: String,
        reason: String,
    }
    let Ok(problem) = serde_json::from_str::<Problem>(text) else { return String::new() };
    let fields = problem.errors.iter().map(|error| format!("{}: {}", error.field, error.reason));
    let said: Vec<String> = std::iter::once(problem.detail.unwrap_or(problem.title)).chain(fields).collect();
    format!(": {}", said.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_with_its_fields() {
        let text =
            r#"{"title":"Bad request","status":400,"errors":[{"field":"header","reason":"lacks line"}]}"#;
        assert_eq!(explanation(text), ": Bad request; header: lacks line");
        assert_eq!(explanation("<html>"), "");
    }
}
