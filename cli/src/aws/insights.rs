//! Questions to CloudWatch Logs Insights. Each costs by the bytes it scans.

use std::time::{Duration, Instant};

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::operation::get_query_results::GetQueryResultsOutput;
use aws_sdk_cloudwatchlogs::types::{QueryStatus, ResultField};
use tokio::runtime::Handle;

use super::failure_of;
use crate::failure::Failure;

const INTERVAL: Duration = Duration::from_millis(500);
/// AWS gives no more rows than these.
pub const MOST_ROWS: i32 = 10_000;
/// An answer that takes longer does not come any more.
const DEADLINE: Duration = Duration::from_secs(15);
/// Whoever interrupts waits no longer than this for the query to be stopped.
const STOP_DEADLINE: Duration = Duration::from_secs(3);

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
        .limit(MOST_ROWS)
        .send()
        .await;
    let started = started.map_err(|error| failure_of("logs:StartQuery", &error))?;
    let mut running = Running { client, id: started.query_id };
    let deadline = Instant::now() + timeout;
    loop {
        let asked = client.get_query_results().set_query_id(running.id.clone()).send();
        let found = tokio::time::timeout(DEADLINE, asked).await;
        let found = found.map_err(|_| Failure::timed_out("logs:GetQueryResults gave no answer"))?;
        let found = found.map_err(|error| failure_of("logs:GetQueryResults", &error))?;
        on_progress(found.statistics().map_or(0, |sums| count(sums.records_scanned())));
        match found.status() {
            Some(QueryStatus::Complete) => {
                running.id = None;
                return Ok(answer_of(&found));
            }
            Some(status @ (QueryStatus::Failed | QueryStatus::Cancelled | QueryStatus::Timeout)) => {
                running.id = None;
                return Err(Failure::failed(format!("the query ended as {}", status.as_str())));
            }
            status if Instant::now() >= deadline => {
                let state = status.map_or("in an unknown state", QueryStatus::as_str);
                let message = format!("the query is still {state} after {} s", timeout.as_secs());
                return Err(Failure::timed_out(message).hint("ask about less time"));
            }
            _ => tokio::time::sleep(INTERVAL).await,
        }
    }
}

fn answer_of(found: &GetQueryResultsOutput) -> Answer {
    let field = |field: &ResultField| {
        (field.field().unwrap_or_default().to_owned(), field.value().unwrap_or_default().to_owned())
    };
    // A pointer to the event, for the console.
    let row = |row: &Vec<_>| row.iter().map(field).filter(|(name, _)| name != "@ptr").collect();
    Answer {
        rows: found.results().iter().map(row).collect(),
        bytes_scanned: found.statistics().map_or(0, |sums| count(sums.bytes_scanned())),
        records_scanned: found.statistics().map_or(0, |sums| count(sums.records_scanned())),
    }
}

/// A query that scans, and costs, until it ends or is stopped: by dropping this.
struct Running<'a> {
    client: &'a Client,
    /// None once it has ended.
    id: Option<String>,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let Some(id) = self.id.take() else { return };
        let (runtime, stop) = (Handle::current(), self.client.stop_query().query_id(id).send());
        // The runtime goes on meanwhile; a task of its own would end with it before it has begun.
        let stopping = std::thread::spawn(move || {
            runtime.block_on(async { tokio::time::timeout(STOP_DEADLINE, stop).await.is_ok() })
        });
        // Whoever cannot stop it has no better way than to let it run out.
        let _ = stopping.join();
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
