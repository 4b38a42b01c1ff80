//! Asks `/health`, and waits for it after a start. The wait ends early when the API crashes.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::failure::Failure;
use crate::http;
use crate::logs::{line, tail};
use crate::output::Step;
use crate::process::{Detached, describe_end};

const POLL: Duration = Duration::from_millis(100);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
const LOG_LINES: usize = 15;

/// What `/health` answers.
#[derive(Debug, Deserialize)]
pub struct Health {
    /// `healthy` or `unhealthy`.
    pub status: String,
    /// What the database is like.
    pub database_status: String,
}

impl Health {
    /// Whether the API says it can do its work.
    pub fn is_healthy(&self) -> bool {
        self.status == "healthy"
    }
}

/// Asks once; the error says what came instead.
pub async fn ask(client: &reqwest::Client, base_url: &str) -> Result<Health, String> {
    let answer = client
        .get(format!("{base_url}/health"))
        .timeout(REQUEST_TIMEOUT)
        .send()
        .await
        .map_err(|error| http::cause_of(&error))?;
    let status = answer.status();
    answer.json().await.map_err(|_| format!("answered {status} without the fields of /health"))
}

/// Waits until the API of `child` is healthy, at most `limit`.
pub async fn wait(
    client: &reqwest::Client,
    base_url: &str,
    child: &mut Detached,
    log: LogSince<'_>,
    limit: Duration,
    step: &Step<'_>,
) -> Result<(), Failure> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.ended()? {
            let message = format!("the API ended with {} while it started", describe_end(status));
            return Err(log.attach(Failure::failed(message)));
        }
        let last_state = match ask(client, base_url).await {
            Ok(health) if health.is_healthy() => return Ok(()),
            Ok(health) => format!("{}, database: {}", health.status, health.database_status),
            Err(trouble) => trouble,
        };
        if Instant::now() >= deadline {
            let message =
                format!("the API was not healthy within {} s; last state: {last_state}", limit.as_secs());
            let failure = Failure::timed_out(message).hint("`--timeout 5m` waits longer");
            return Err(log.attach(failure));
        }
        step.update(format!("Waiting for /health ({last_state})"));
        tokio::time::sleep(POLL).await;
    }
}

/// The part of the log that one start wrote.
#[derive(Debug, Clone, Copy)]
pub struct LogSince<'a> {
    /// The log.
    pub file: &'a Path,
    /// Its length before the start, in bytes.
    pub offset: u64,
}

impl LogSince<'_> {
    /// Adds the last lines of this part to a failure.
    pub fn attach(&self, failure: Failure) -> Failure {
        let lines = tail::last_lines_after(self.file, self.offset, LOG_LINES).unwrap_or_default();
        let failure = failure.hint(format!("the whole log is {}", self.file.display()));
        if lines.is_empty() { failure } else { failure.detail(line::evidence(&lines)) }
    }
}
