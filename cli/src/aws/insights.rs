//! Questions to CloudWatch Logs Insights. Each costs by the bytes it scans.

use std::time::{Duration, Instant};

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::QueryStatus;

use super::failure_of;
use crate::failure::Failure;

const INTERVAL: Duration = Duration::from_millis(500);

/// What was found.
#[derive(Debug, Default)]
pub struct Answer {
    /// Each row as names and values.
    pub rows: Vec<Vec<(String, String)>>,
    /// Bytes that were read for it, and paid.
    pub bytes_scanned: u64,
    /// Events that were read.
    pub records_scanned: u64,
}

/// Asks `query` of `groups` between two seconds, and waits for the answer; `on_progress` gets the events read so far.
pub async fn ask(
    client: &Client,
    groups: Vec<String>,
    query: &str,
    seconds: (i64, i64),
    timeout: Duration,
    mut on_progress: impl FnMut(u64),
) -> Result<Answer, Failure> {
    let started = client
        .start_query()
        .set_log_group_names(Some(groups))
        .start_time(seconds.0)
        .end_time(seconds.1)
        .query_string(query)
        .send()
        .await;
    let started = started.map_err(|error| failure_of("logs:StartQuery", &error))?;
    let id = started.query_id.unwrap_or_default();
    let deadline = Instant::now() + timeout;
    loop {
        let found = client.get_query_results().query_id(&id).send().await;
        let found = found.map_err(|error| failure_of("logs:GetQueryResults", &error))?;
        let statistics = found.statistics();
        let records_scanned = statistics.map_or(0, |sums| count(sums.records_scanned()));
        on_progress(records_scanned);
        match found.status() {
            Some(QueryStatus::Complete) => {
                let bytes_scanned = statistics.map_or(0, |sums| count(sums.bytes_scanned()));
                let field = |field: &aws_sdk_cloudwatchlogs::types::ResultField| {
                    (
                        field.field().unwrap_or_default().to_owned(),
                        field.value().unwrap_or_default().to_owned(),
                    )
                };
                // A pointer to the event, for the console.
                let row = |row: &Vec<_>| row.iter().map(field).filter(|(name, _)| name != "@ptr").collect();
                return Ok(Answer {
                    rows: found.results().iter().map(row).collect(),
                    bytes_scanned,
                    records_scanned,
                });
            }
            Some(status @ (QueryStatus::Failed | QueryStatus::Cancelled | QueryStatus::Timeout)) => {
                return Err(Failure::failed(format!("the query ended as {}", status.as_str())));
            }
            status if Instant::now() >= deadline => {
                let state = status.map_or("in an unknown state", QueryStatus::as_str);
                let message = format!("the query is still {state} after {} s", timeout.as_secs());
                // It would scan on, and cost.
                let _ = client.stop_query().query_id(&id).send().await;
                return Err(Failure::timed_out(message).hint("ask about less time"));
            }
            _ => tokio::time::sleep(INTERVAL).await,
        }
    }
}

/// The service counts in floats.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are whole and not negative"
)]
fn count(value: f64) -> u64 {
    value as u64
}
