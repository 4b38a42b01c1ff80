//! Keeps a session of Live Tail: a new one when it ends, later when there is none to be had, none where it may not. Tells
//! which lane an event is of. Reading goes on beside it, so nothing depends on it but how soon a line is shown.

use std::time::{Duration, Instant};

use aws_sdk_cloudwatchlogs::Client;
use tokio::sync::mpsc::Sender;

use super::source::Group;
use crate::aws::live_tail::{self, MOST_GROUPS, Refusal, Subject};
use crate::aws::log_events::Event;
use crate::http;

/// A session that ends sooner than this is no reason to start the next one at once.
const SHORT: Duration = Duration::from_mins(1);
/// As many batches in a row have to be whole before everything counts as brought again.
const WHOLE_BATCHES: u32 = 30;

/// What a session tells.
#[derive(Debug)]
pub enum News {
    /// Numbers of groups, and events.
    Events(Vec<(usize, Event)>),
    /// Everything that comes is brought from now on.
    Whole,
    /// Not everything is brought any more.
    Partial,
    /// What the user should know.
    Notice(String),
}

/// What is followed, and where.
#[derive(Debug, Clone)]
pub struct Followed {
    /// Groups, or the streams of them whose names begin alike.
    pub groups: Vec<Group>,
    /// The beginning of the groups' ARNs.
    pub arn_prefix: String,
    /// A filter pattern of CloudWatch Logs.
    pub pattern: Option<String>,
    /// Whether something else stands for AWS, under an address of its own.
    pub emulated: bool,
}

/// Tells what sessions bring until nobody listens any more, or no session can be had.
pub async fn keep(client: Client, followed: Followed, sender: Sender<News>) {
    let Some(subject) = followed.subject() else {
        let notice =
            format!("Live Tail knows {MOST_GROUPS} log groups at most; reading at intervals instead");
        let _ = sender.send(News::Notice(notice)).await;
        return;
    };
    let (mut attempts, mut is_missed) = (0, false);
    loop {
        let began = Instant::now();
        match live_tail::start(&client, &subject, followed.emulated).await {
            Ok(session) => {
                let notice = News::Notice("Live Tail is there again".to_owned());
                if std::mem::take(&mut is_missed) && sender.send(notice).await.is_err() {
                    return;
                }
                if run(session, &followed, &sender).await.is_none() {
                    return;
                }
                // Three hours are over, or the connection broke; reading tells what is wrong with the network.
                attempts = if began.elapsed() < SHORT { attempts + 1 } else { 0 };
            }
            Err(Refusal::Ever(failure)) => {
                let notice = format!("Live Tail is left out, lines come by reading at intervals: {failure}");
                let _ = sender.send(News::Notice(notice)).await;
                return;
            }
            Err(Refusal::Now(failure)) => {
                attempts += 1;
                let notice = format!("no Live Tail for now, lines come by reading at intervals: {failure}");
                if !std::mem::replace(&mut is_missed, true)
                    && sender.send(News::Notice(notice)).await.is_err()
                {
                    return;
                }
            }
        }
        if attempts > 0 {
            tokio::time::sleep(http::backoff(attempts)).await;
        }
    }
}

/// Tells what a session brings until it ends; none when nobody listens any more.
async fn run(mut session: live_tail::Session, followed: &Followed, sender: &Sender<News>) -> Option<()> {
    // Until the first batch says whether it samples, it is not known to bring everything.
    let (mut whole_batches, mut is_whole, mut told) = (WHOLE_BATCHES, false, false);
    while let Some(batch) = session.next().await {
        whole_batches = if batch.sampled { 0 } else { whole_batches.saturating_add(1) };
        if batch.sampled && !told {
            told = true;
            let notice = "more comes than Live Tail shows (500 lines a second): it brings a sample, the rest comes by reading";
            sender.send(News::Notice(notice.to_owned())).await.ok()?;
        }
        if is_whole != (whole_batches >= WHOLE_BATCHES) {
            is_whole = !is_whole;
            sender.send(if is_whole { News::Whole } else { News::Partial }).await.ok()?;
        }
        let lane = |(group, event): (String, Event)| Some((followed.lane(&group, &event.stream)?, event));
        let events: Vec<(usize, Event)> = batch.events.into_iter().filter_map(lane).collect();
        if !events.is_empty() {
            sender.send(News::Events(events)).await.ok()?;
        }
    }
    sender.send(News::Partial).await.ok()
}

impl Followed {
    /// What to ask for; none when it is too much for a session.
    fn subject(&self) -> Option<Subject> {
        let mut names: Vec<&str> = self.groups.iter().map(|group| group.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        // Beside others, a group comes whole, and what is not wanted of it is left out here.
        let prefixes = self.groups.iter().filter_map(|group| group.stream_prefix.clone()).collect::<Vec<_>>();
        let narrow = names.len() == 1 && prefixes.len() == self.groups.len();
        (names.len() <= MOST_GROUPS).then(|| Subject {
            groups: names.iter().map(|name| format!("{}{name}", self.arn_prefix)).collect(),
            stream_prefixes: if narrow { prefixes } else { Vec::new() },
            pattern: self.pattern.clone(),
        })
    }

    /// Whose event it is; a group is told by its name, or with the account before it.
    fn lane(&self, told: &str, stream: &str) -> Option<usize> {
        let of_group = |group: &Group| {
            told.strip_suffix(group.name.as_str())
                .is_some_and(|before| before.is_empty() || before.ends_with(':'))
        };
        let of_stream =
            |group: &Group| group.stream_prefix.as_ref().is_none_or(|prefix| stream.starts_with(prefix));
        self.groups.iter().position(|group| of_group(group) && of_stream(group))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn followed(groups: &[(&str, Option<&str>)]) -> Followed {
        let group = |(name, prefix): &(&str, Option<&str>)| Group {
            name: (*name).to_owned(),
            stream_prefix: prefix.map(ToOwned::to_owned),
        };
        Followed {
            groups: groups.iter().map(group).collect(),
            arn_prefix: "arn:aws:logs:us-east-1:123456789012:log-group:".to_owned(),
            pattern: None,
            emulated: false,
        }
    }

    #[test]
    fn one_group_is_asked_for_by_its_streams_and_several_are_told_apart_here() {
        let one = followed(&[("/ecs/a", Some("ecs/api/")), ("/ecs/a", Some("ecs/migrate/"))]);
        let subject = one.subject().unwrap();
        assert_eq!(subject.groups, ["arn:aws:logs:us-east-1:123456789012:log-group:/ecs/a"]);
        assert_eq!(subject.stream_prefixes, ["ecs/api/", "ecs/migrate/"]);
        assert_eq!(one.lane("123456789012:/ecs/a", "ecs/migrate/7"), Some(1));

        let several = followed(&[("/ecs/a", Some("ecs/api/")), ("/gateway/a", None)]);
        let subject = several.subject().unwrap();
        assert_eq!((subject.groups.len(), subject.stream_prefixes.len()), (2, 0));
        assert_eq!(several.lane("/gateway/a", "x"), Some(1));
        assert_eq!(several.lane("123456789012:/ecs/a", "ecs/migrate/7"), None, "not asked for");
        assert_eq!(several.lane("123456789012:/other/gateway/a", "x"), None);
    }
}
