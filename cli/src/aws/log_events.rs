//! Events of log groups, page by page, as `FilterLogEvents` gives them: from every stream of a group, however many.

mod answer;
mod body;

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::config::{Builder, SharedHttpClient};
use aws_sdk_cloudwatchlogs::error::ProvideErrorMetadata as _;

pub use self::answer::Answer;
use self::body::{Keeping, Kept};
use super::{failure_of, http_client};
use crate::failure::Failure;

/// A page that takes longer does not come any more: AWS itself stops searching sooner.
const DEADLINE: Duration = Duration::from_secs(15);

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Id, the same each time it is read; empty where Live Tail brought it, which tells none.
    pub id: String,
    /// When it happened, in milliseconds since 1970.
    pub at_ms: i64,
    /// Its stream.
    pub stream: String,
    /// What was logged.
    pub message: String,
}

/// A part of a group.
#[derive(Debug, Clone, Copy)]
pub struct Range<'a> {
    /// The group.
    pub group: &'a str,
    /// Only streams whose names begin so.
    pub stream_prefix: Option<&'a str>,
    /// First millisecond.
    pub from_ms: i64,
    /// First millisecond that is not wanted any more; none for whatever is there.
    pub until_ms: Option<i64>,
    /// A filter pattern of CloudWatch Logs.
    pub pattern: Option<&'a str>,
}

/// A page, and the token of the next one.
pub type Page = (Vec<Event>, Option<String>);

/// Why a page did not come.
#[derive(Debug)]
pub enum Trouble {
    /// It may come later: the network, the pace, credentials that have to be renewed.
    Passing(Failure),
    /// It will not come.
    Lasting(Failure),
}

/// A client of CloudWatch Logs.
pub fn client(config: &SdkConfig) -> Client {
    Client::new(config)
}

/// The page of `range` at `token`. A page can be empty and yet not be the last one.
pub async fn page(client: &Client, range: Range<'_>, token: Option<String>) -> Result<Page, Trouble> {
    answer(client, range, token).await?.read()
}

/// The same, not read yet.
pub async fn answer(client: &Client, range: Range<'_>, token: Option<String>) -> Result<Answer, Trouble> {
    let kept = Kept::default();
    let keeping = SharedHttpClient::new(Keeping::new(http_client(), &kept));
    let asked = client
        .filter_log_events()
        .log_group_name(range.group)
        .set_log_stream_name_prefix(range.stream_prefix.map(ToOwned::to_owned))
        .start_time(range.from_ms)
        // Inclusive, unlike ours.
        .set_end_time(range.until_ms.map(|until| until - 1))
        .set_filter_pattern(range.pattern.map(ToOwned::to_owned))
        .set_next_token(token)
        .customize()
        .config_override(Builder::new().http_client(keeping))
        .send();
    let late = |_| {
        let message = format!("logs:FilterLogEvents gave no answer in {} s", DEADLINE.as_secs());
        Trouble::Passing(Failure::timed_out(message).hint("is the network up?"))
    };
    tokio::time::timeout(DEADLINE, asked).await.map_err(late)?.map_err(|error| {
        let code = error.code().unwrap_or_default();
        let passing = error.as_service_error().is_none()
            || code.contains("Throttl")
            || code.contains("TooManyRequests")
            || code.contains("Expired")
            || code.contains("Unavailable");
        let failure = failure_of("logs:FilterLogEvents", &error);
        if passing { Trouble::Passing(failure) } else { Trouble::Lasting(failure) }
    })?;
    Ok(Answer(kept.get().cloned().unwrap_or_default()))
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Passing(failure) | Trouble::Lasting(failure) => failure,
        }
    }
}
