//! Log events as CloudWatch Logs gives them: in pages, some late, some twice, some only after a refusal.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::aws::{Answer, Call};

/// One event.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Group.
    pub group: &'static str,
    /// Stream.
    pub stream: String,
    /// Id.
    pub id: String,
    /// When it happened, in milliseconds.
    pub at_ms: i64,
    /// When it can be read.
    pub there_at_ms: i64,
    /// What was logged.
    pub message: String,
}

/// A store of events.
#[derive(Default)]
pub struct Store {
    events: Vec<Stored>,
    page: usize,
    /// 0 for none.
    throttle_every: usize,
    /// As many of these are refused.
    throttle_run: usize,
    calls: AtomicUsize,
    answers: Mutex<BTreeMap<String, Vec<Value>>>,
}

impl Store {
    /// A store with pages of so many events.
    pub fn new(events: Vec<Stored>, page: usize) -> Self {
        Self { events, page, ..Self::default() }
    }

    /// The same, refusing every so many calls.
    pub fn throttled(self, every: usize) -> Self {
        self.throttled_in_runs(every, 1)
    }

    /// The same, refusing the last `run` of every so many calls.
    pub fn throttled_in_runs(mut self, every: usize, run: usize) -> Self {
        (self.throttle_every, self.throttle_run) = (every, run);
        self
    }

    /// Answers `FilterLogEvents`, and nothing else.
    pub fn answer(&self, call: &Call) -> Option<Answer> {
        if call.action != "FilterLogEvents" {
            return None;
        }
        let number = self.calls.fetch_add(1, Ordering::SeqCst);
        if self.throttle_every > 0 && number % self.throttle_every >= self.throttle_every - self.throttle_run
        {
            return Some((
                400,
                json!({"__type": "ThrottlingException", "message": "Rate exceeded"}).to_string(),
            ));
        }
        // A token is the number of the answer and where its next page begins.
        let token = call.body["nextToken"].as_str().map(|token| token.split_once('/').unwrap());
        let (name, start) = match token {
            Some((name, start)) => (name.to_owned(), start.parse().unwrap()),
            None => (number.to_string(), 0),
        };
        let mut answers = self.answers.lock().unwrap();
        let found = answers.entry(name.clone()).or_insert_with(|| self.found(&call.body, number));
        // Every third page has nothing and yet a token, as pages of a filter have.
        let end = if number % 3 == 2 { start } else { (start + self.page).min(found.len()) };
        let more = (end < found.len()).then(|| format!("{name}/{end}"));
        let mut body = json!({"events": found[start..end], "searchedLogStreams": []});
        if let Some(token) = more {
            body["nextToken"] = token.into();
        }
        Some((200, body.to_string()))
    }

    /// What is there by now, in an order of its own, with every seventh event twice.
    fn found(&self, asked: &Value, number: usize) -> Vec<Value> {
        let now = now_ms();
        let from = asked["startTime"].as_i64().unwrap();
        let until = asked["endTime"].as_i64().unwrap_or(i64::MAX);
        let prefix = asked["logStreamNamePrefix"].as_str().unwrap_or_default();
        let text = asked["filterPattern"].as_str().unwrap_or_default().trim_matches('"');
        let mut found: Vec<&Stored> = self
            .events
            .iter()
            .filter(|event| event.group == asked["logGroupName"] && event.stream.starts_with(prefix))
            .filter(|event| event.at_ms >= from && event.at_ms <= until && event.there_at_ms <= now)
            .filter(|event| event.message.contains(text))
            .collect();
        // Pages follow each other in time; within a page there is no order.
        found.sort_by_key(|event| event.at_ms);
        if number % 2 == 1 {
            found.chunks_mut(self.page).for_each(<[_]>::reverse);
        }
        let again: Vec<&Stored> = found.iter().step_by(7).copied().collect();
        let event = |event: &Stored| json!({"eventId": event.id, "timestamp": event.at_ms, "ingestionTime": event.there_at_ms, "logStreamName": event.stream, "message": event.message});
        found.into_iter().chain(again).map(event).collect()
    }
}

/// Milliseconds since 1970.
pub fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}
