//! The lines of a range out of several lanes, merged in time order. Each lane is read ahead by one page, so that reading
//! and printing go on side by side and memory does not grow with the range.

use std::collections::{HashSet, VecDeque};

pub use aws_sdk_cloudwatchlogs::Client as Logs;
use jiff::Timestamp;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::access_log;
use super::pages::Pages;
use super::source::{Group, Lane, Need, Origin};
use crate::aws::log_events::{Event, Trouble};
use crate::failure::Failure;
use crate::http;

/// A page has at most so many events, and the next one may begin with some of them.
const REMEMBERED: usize = 10_000;
/// As often a page is asked for before the failure is passed on.
const ATTEMPTS: u32 = 6;

/// What is read.
#[derive(Debug, Clone)]
pub struct Extent {
    /// First millisecond.
    pub from_ms: i64,
    /// First millisecond that is not wanted any more.
    pub until_ms: Option<i64>,
    /// A filter pattern of CloudWatch Logs.
    pub pattern: Option<String>,
}

/// What a lane tells.
pub enum News {
    /// Events, in time order.
    Page(Vec<Event>),
    /// What hinders it for a while.
    Notice(String),
    /// Why it ends.
    Failed(Failure),
}

impl Extent {
    /// Its milliseconds for who asked at `now`: the same length for the same flags, however long the way to the answer is.
    pub fn bounds_ms(&self, now: Timestamp) -> (i64, i64) {
        (self.from_ms, self.until_ms.unwrap_or_else(|| now.as_millisecond()))
    }

    /// Whether it has this instant in it.
    pub fn has(&self, at_ms: i64) -> bool {
        at_ms >= self.from_ms && self.until_ms.is_none_or(|until| at_ms < until)
    }
}

/// What lanes are read with.
#[derive(Debug, Clone)]
pub struct Clients {
    /// Of groups.
    pub logs: Logs,
    /// Of buckets.
    pub buckets: aws_sdk_s3::Client,
}

/// Shows every event of `extent` to `visit`, with the number of its lane; what hinders it for a while, to `notice`.
pub async fn read(
    clients: &Clients,
    lanes: &[Lane],
    extent: &Extent,
    mut visit: impl FnMut(usize, &Event) -> Result<(), Failure>,
    mut notice: impl FnMut(&str),
) -> Result<(), Failure> {
    let mut heads: Vec<Head> = lanes.iter().map(|lane| Head::start(clients, lane, extent)).collect();
    loop {
        let mut earliest: Option<(i64, usize)> = None;
        for (number, head) in heads.iter_mut().enumerate() {
            if let Some(at_ms) = head.next_at(&mut notice).await? {
                earliest = Some(earliest.map_or((at_ms, number), |known| known.min((at_ms, number))));
            }
        }
        let Some((_, number)) = earliest else { return Ok(()) };
        if let Some(event) = heads[number].events.pop_front() {
            visit(number, &event)?;
        }
    }
}

/// The next events of one lane.
struct Head {
    news: Receiver<News>,
    events: VecDeque<Event>,
    seen: Seen,
    need: Need,
}

/// The ids of the latest events: forgotten by whole generations, since to take each out alone costs as much as the rest.
#[derive(Default)]
struct Seen {
    latest: Ids,
    before: Ids,
}

type Ids = HashSet<Box<str>, foldhash::fast::RandomState>;

impl Seen {
    /// Whether the id is new.
    fn insert(&mut self, id: &str) -> bool {
        if self.latest.contains(id) || self.before.contains(id) {
            return false;
        }
        if self.latest.len() >= REMEMBERED {
            std::mem::swap(&mut self.latest, &mut self.before);
            self.latest.clear();
        }
        self.latest.insert(id.into())
    }
}

impl Head {
    fn start(clients: &Clients, lane: &Lane, extent: &Extent) -> Self {
        let (sender, news) = channel(1);
        let (clients, extent) = (clients.clone(), extent.clone());
        match lane.origin.clone() {
            Origin::Group(group) => tokio::spawn(fetch(clients.logs, group, extent, sender)),
            Origin::AccessLog(log) => tokio::spawn(access_log::fetch(clients.buckets, log, extent, sender)),
        };
        Self { news, events: VecDeque::new(), seen: Seen::default(), need: lane.need }
    }

    /// When the next event happened; none at the end.
    async fn next_at(&mut self, notice: &mut impl FnMut(&str)) -> Result<Option<i64>, Failure> {
        while self.events.is_empty() {
            match self.news.recv().await {
                None => return Ok(None),
                Some(News::Page(mut events)) => {
                    events.retain(|event| self.seen.insert(&event.id));
                    self.events = events.into();
                }
                Some(News::Notice(text)) => notice(&text),
                Some(News::Failed(failure)) if self.need == Need::Completing => {
                    notice(&format!("{failure}; going on without these lines"));
                    return Ok(None);
                }
                Some(News::Failed(failure)) => return Err(failure),
            }
        }
        Ok(self.events.front().map(|event| event.at_ms))
    }
}

/// Sends page after page; ends when nobody listens any more.
async fn fetch(client: Logs, group: Group, extent: Extent, sender: Sender<News>) {
    let mut pages = Pages::new(client, group, extent);
    let (mut token, mut attempt) = (None, 0);
    loop {
        let news = match pages.at(token.clone()).await {
            Ok((mut events, next)) => {
                attempt = 0;
                // A page is in order by stream; lanes are merged by time.
                events.sort_by_key(|event| event.at_ms);
                if sender.send(News::Page(events)).await.is_err() || next.is_none() {
                    return;
                }
                token = next;
                continue;
            }
            Err(Trouble::Passing(failure)) if attempt + 1 < ATTEMPTS => {
                attempt += 1;
                News::Notice(format!("{failure}; trying again"))
            }
            Err(trouble) => {
                // Whoever stopped listening wants no failure either.
                let _ = sender.send(News::Failed(trouble.into())).await;
                return;
            }
        };
        if sender.send(news).await.is_err() {
            return;
        }
        tokio::time::sleep(http::backoff(attempt)).await;
    }
}
