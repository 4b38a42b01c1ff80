//! Sessions of CloudWatch Logs' Live Tail: events as they come, without ids. A session lasts three hours at most, and brings
//! only a sample where more than 500 events a second come.

use std::time::Duration;

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::error::ProvideErrorMetadata as _;
use aws_sdk_cloudwatchlogs::operation::start_live_tail::StartLiveTailOutput;
use aws_sdk_cloudwatchlogs::types::{
    LiveTailSessionLogEvent, LiveTailSessionMetadata, StartLiveTailResponseStream,
};

use super::failure_of;
use super::log_events::Event;
use crate::failure::Failure;

/// AWS sends something every second.
const SILENCE: Duration = Duration::from_secs(30);
/// Groups of one session.
pub const MOST_GROUPS: usize = 10;

/// What a session is about.
#[derive(Debug, Clone)]
pub struct Subject {
    /// ARNs of groups.
    pub groups: Vec<String>,
    /// Only streams whose names begin so; AWS knows these for a single group only.
    pub stream_prefixes: Vec<String>,
    /// A filter pattern of CloudWatch Logs.
    pub pattern: Option<String>,
}

/// A session.
pub struct Session {
    started: StartLiveTailOutput,
}

/// What came in a second.
#[derive(Debug, Default)]
pub struct Batch {
    /// Groups, by name or account and name, and events.
    pub events: Vec<(String, Event)>,
    /// Whether there were more.
    pub sampled: bool,
}

/// Why there is no session.
#[derive(Debug)]
pub enum Refusal {
    /// There may be one later.
    Now(Failure),
    /// These credentials, or this place, get none.
    Ever(Failure),
}

/// Starts a session. At AWS it has a host of its own, which an `emulated` one does not.
pub async fn start(client: &Client, subject: &Subject, emulated: bool) -> Result<Session, Refusal> {
    let prefixes = Some(subject.stream_prefixes.clone()).filter(|prefixes| !prefixes.is_empty());
    let starting = client
        .start_live_tail()
        .set_log_group_identifiers(Some(subject.groups.clone()))
        .set_log_stream_name_prefixes(prefixes)
        .set_log_event_filter_pattern(subject.pattern.clone())
        .customize()
        .mutate_request(move |request| {
            if emulated {
                let here = request.uri().replacen("://stream-", "://", 1);
                // It was an address before, so it is one without its beginning.
                let _ = request.set_uri(here);
            }
        });
    let started = tokio::time::timeout(SILENCE, starting.send()).await;
    let late = |_| Refusal::Now(Failure::timed_out("logs:StartLiveTail gave no answer"));
    let started = started.map_err(late)?.map_err(|error| {
        let code = error.code().unwrap_or_default();
        let passing = error.as_service_error().is_none()
            || ["Throttl", "Limit", "Expired", "Unavailable", "TooMany"]
                .iter()
                .any(|word| code.contains(word));
        let failure = failure_of("logs:StartLiveTail", &error);
        if passing { Refusal::Now(failure) } else { Refusal::Ever(failure) }
    })?;
    Ok(Session { started })
}

impl Session {
    /// What comes next; none when the session is over, for whatever reason.
    pub async fn next(&mut self) -> Option<Batch> {
        let received =
            tokio::time::timeout(SILENCE, self.started.response_stream.recv()).await.ok()?.ok()??;
        let StartLiveTailResponseStream::SessionUpdate(update) = received else {
            return Some(Batch::default());
        };
        let sampled = update.session_metadata().is_some_and(LiveTailSessionMetadata::sampled);
        Some(Batch {
            events: update.session_results.unwrap_or_default().into_iter().map(event).collect(),
            sampled,
        })
    }
}

fn event(event: LiveTailSessionLogEvent) -> (String, Event) {
    let group = event.log_group_identifier.unwrap_or_default();
    let event = Event {
        id: String::new(),
        at_ms: event.timestamp.unwrap_or_default(),
        stream: event.log_stream_name.unwrap_or_default(),
        message: event.message.unwrap_or_default(),
    };
    (group, event)
}
