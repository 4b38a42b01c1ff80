//! Follows groups: reads what is new every few seconds, and every so often again what may have come late. Trouble that
//! passes is told, waited for, and made good: reading goes on where it last succeeded.

use std::time::Duration;

use aws_sdk_cloudwatchlogs::Client;
use jiff::Timestamp;

use super::source::Group;
use super::window::Window;
use crate::aws::log_events::{Event, Range, Trouble, page};
use crate::failure::Failure;
use crate::http;

/// Between two looks, events this late are seen at once; later ones by the next sweep.
const QUICK_OVERLAP_MS: i64 = 5_000;
/// Every so many looks everything that may have come late is read again.
const LOOKS_PER_SWEEP: u32 = 5;

/// How to follow.
#[derive(Debug, Clone)]
pub struct Pace {
    /// Between two looks.
    pub interval: Duration,
    /// How late an event may be delivered and still be shown.
    pub overlap: Duration,
    /// How long an event waits for earlier ones.
    pub hold: Duration,
    /// A filter pattern of CloudWatch Logs.
    pub pattern: Option<String>,
}

/// A follower of groups.
#[derive(Debug)]
pub struct Live<'a> {
    client: &'a Client,
    groups: Vec<&'a Group>,
    pace: Pace,
    window: Window,
    /// Up to here everything was read at least once.
    read_until_ms: i64,
    /// Where the next sweep begins.
    sweep_from_ms: i64,
    looks: u32,
    failures: u32,
}

/// What a look brought.
#[derive(Debug)]
pub struct Look {
    /// Numbers of groups, and events to show.
    pub events: Vec<(usize, Event)>,
    /// What hinders reading, when that is news.
    pub notice: Option<String>,
    /// How long to wait for the next look.
    pub pause: Duration,
}

impl<'a> Live<'a> {
    /// Follows `groups` from `from_ms` on.
    pub fn new(client: &'a Client, groups: Vec<&'a Group>, pace: Pace, from_ms: i64) -> Self {
        let window = Window::new(millis(pace.overlap), millis(pace.hold));
        Self {
            client,
            groups,
            pace,
            window,
            read_until_ms: from_ms,
            sweep_from_ms: from_ms,
            looks: 0,
            failures: 0,
        }
    }

    /// Looks once. Fails only where waiting would not help.
    pub async fn look(&mut self) -> Result<Look, Failure> {
        let now_ms = Timestamp::now().as_millisecond();
        let sweeps = self.looks.is_multiple_of(LOOKS_PER_SWEEP);
        let from_ms = if sweeps { self.sweep_from_ms } else { self.read_until_ms - QUICK_OVERLAP_MS };
        let notice = match self.read(from_ms.max(self.sweep_from_ms)).await {
            Ok(()) => {
                let again = self.failures > 0;
                self.failures = 0;
                self.looks += 1;
                self.read_until_ms = now_ms;
                if sweeps {
                    self.sweep_from_ms = self.sweep_from_ms.max(self.window.begin(now_ms));
                    self.window.forget_before(self.sweep_from_ms);
                }
                again.then(|| "reading again; nothing was missed".to_owned())
            }
            Err(Trouble::Passing(failure)) => {
                self.failures += 1;
                // What was missed meanwhile may be older than a quick look sees.
                self.looks = 0;
                (self.failures == 1).then(|| format!("{failure}; trying again until it works"))
            }
            Err(Trouble::Lasting(failure)) => return Err(failure),
        };
        let pause = if self.failures == 0 { self.pace.interval } else { http::backoff(self.failures) };
        Ok(Look { events: self.window.release(now_ms), notice, pause })
    }

    /// Reads all groups from `from_ms` on, side by side.
    async fn read(&mut self, from_ms: i64) -> Result<(), Trouble> {
        let reads = self.groups.iter().map(|group| self.read_group(group, from_ms));
        let read = futures_util::future::join_all(reads).await;
        for (number, events) in read.into_iter().enumerate() {
            for event in events? {
                self.window.take_in(number, event);
            }
        }
        Ok(())
    }

    async fn read_group(&self, group: &Group, from_ms: i64) -> Result<Vec<Event>, Trouble> {
        let range = Range {
            group: &group.name,
            stream_prefix: group.stream_prefix.as_deref(),
            from_ms,
            until_ms: None,
            pattern: self.pace.pattern.as_deref(),
        };
        let (mut events, mut token) = (Vec::new(), None);
        loop {
            let (mut page, next) = page(self.client, range, token).await?;
            events.append(&mut page);
            if next.is_none() {
                return Ok(events);
            }
            token = next;
        }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
