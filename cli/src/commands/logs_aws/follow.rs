//! `eap logs -f`: brings together what comes by reading groups, by Live Tail, out of the load balancer's bucket and from the
//! service, and shows it as it can be shown. Every way works beside the others; none waits for another one.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinSet;

use super::service_events;
use super::show::Show;
use crate::aws::ecs;
use crate::aws::log_events::{Page, Range, Trouble, page};
use crate::deployed::Deployed;
use crate::failure::Failure;
use crate::logs::live::{Ask, Live, Pace};
use crate::logs::source::{Group, Origin};
use crate::logs::tailing::{self, Followed};
use crate::logs::{access_log, history};

/// What came and was not looked at; who brings more waits.
const ON_THE_WAY: usize = 16;
/// The longest sleep; clocks are set, and machines wake up.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);

/// How to follow.
pub struct Follow {
    /// First millisecond.
    pub from_ms: i64,
    /// A filter pattern of CloudWatch Logs.
    pub pattern: Option<String>,
    /// As many lines of those that are there already, the last ones; none for all.
    pub last: Option<usize>,
    /// When to look, and how late a line may come.
    pub pace: Pace,
    /// Whether Live Tail may be used.
    pub live_tail: bool,
    /// Whether something else stands for AWS.
    pub emulated: bool,
}

/// Something that came.
enum Arrival {
    Page(usize, Result<Page, Trouble>),
    Tail(tailing::News),
    Bucket(usize, history::News),
    Service(String),
}

/// What is being followed.
struct Following<'a> {
    show: Show<'a>,
    follow: Follow,
    live: Live,
    /// Lanes that are read, by the numbers that `live` gives them.
    groups: Vec<(usize, Group)>,
    /// The last lines of what is there already, until all of it is.
    backlog: Option<VecDeque<String>>,
    sender: Sender<Arrival>,
    work: JoinSet<()>,
}

impl Follow {
    /// Follows until interrupted.
    pub async fn run(self, show: Show<'_>, deployed: &Deployed) -> Result<(), Failure> {
        let (sender, mut arrivals) = channel(ON_THE_WAY);
        let group = |(number, origin): (usize, &Origin)| match origin {
            Origin::Group(group) => Some((number, group.clone())),
            Origin::AccessLog(_) => None,
        };
        let groups: Vec<(usize, Group)> =
            show.lanes.iter().map(|lane| &lane.origin).enumerate().filter_map(group).collect();
        let mut following = Following {
            live: Live::new(groups.len(), &self.pace, self.from_ms),
            groups,
            backlog: self.last.map(|_| VecDeque::new()),
            work: JoinSet::new(),
            show,
            follow: self,
            sender,
        };
        following.begin(deployed);
        loop {
            following.read_what_is_due();
            if let Ok(Some(arrival)) = tokio::time::timeout(following.sleep(), arrivals.recv()).await {
                following.arrive(arrival)?;
            }
            following.show_what_is_ready()?;
        }
    }
}

impl Following<'_> {
    /// Starts what comes by itself.
    fn begin(&mut self, deployed: &Deployed) {
        for (number, lane) in self.show.lanes.iter().enumerate() {
            let Origin::AccessLog(log) = &lane.origin else { continue };
            let (sender, news) = channel(1);
            let client = self.show.clients.buckets.clone();
            self.work.spawn(access_log::follow(client, log.clone(), self.follow.from_ms, sender));
            self.pass_on(news, move |news| Arrival::Bucket(number, news));
        }
        if self.groups.iter().any(|(_, group)| group.is_of_tasks()) {
            let (sender, news) = channel(1);
            self.work.spawn(service_events::tell(
                ecs::client(&deployed.sdk),
                deployed.outputs.clone(),
                sender,
            ));
            self.pass_on(news, Arrival::Service);
        }
        if self.follow.live_tail && !self.groups.is_empty() {
            let followed = Followed {
                groups: self.groups.iter().map(|(_, group)| group.clone()).collect(),
                arn_prefix: arn_prefix(&deployed.outputs.target_group_arn),
                pattern: self.follow.pattern.clone(),
                emulated: self.follow.emulated,
            };
            let (sender, news) = channel(1);
            self.work.spawn(tailing::keep(self.show.clients.logs.clone(), followed, sender));
            self.pass_on(news, Arrival::Tail);
        }
    }

    fn pass_on<T: Send + 'static>(
        &mut self,
        mut news: Receiver<T>,
        arrival: impl Fn(T) -> Arrival + Send + 'static,
    ) {
        let sender = self.sender.clone();
        self.work.spawn(async move {
            while let Some(news) = news.recv().await {
                if sender.send(arrival(news)).await.is_err() {
                    return;
                }
            }
        });
    }

    fn read_what_is_due(&mut self) {
        while self.work.try_join_next().is_some() {}
        for ask in self.live.asks(now_ms()) {
            let (client, sender) = (self.show.clients.logs.clone(), self.sender.clone());
            let (group, pattern) = (self.groups[ask.lane].1.clone(), self.follow.pattern.clone());
            self.work.spawn(async move {
                let lane = ask.lane;
                let answer = read(&client, &group, pattern.as_deref(), ask).await;
                // Whoever stopped listening wants no page either.
                let _ = sender.send(Arrival::Page(lane, answer)).await;
            });
        }
    }

    fn sleep(&self) -> Duration {
        let now_ms = now_ms();
        let sleep_ms = self.live.wake_ms(now_ms).saturating_sub(now_ms);
        Duration::from_millis(u64::try_from(sleep_ms).unwrap_or(0)).min(LONGEST_SLEEP)
    }

    fn arrive(&mut self, arrival: Arrival) -> Result<(), Failure> {
        let output = self.show.context.output;
        match arrival {
            Arrival::Page(lane, answer) => {
                if let Some(notice) = self.live.answered(lane, answer, now_ms())? {
                    output.warning(&notice);
                }
            }
            Arrival::Tail(tailing::News::Events(events)) => {
                for (lane, event) in events {
                    // What is older is read, and may not be wanted.
                    if event.at_ms >= self.follow.from_ms {
                        self.live.tailed(lane, event);
                    }
                }
            }
            Arrival::Tail(tailing::News::Whole) => self.live.set_tailing(true, now_ms()),
            Arrival::Tail(tailing::News::Partial) => self.live.set_tailing(false, now_ms()),
            Arrival::Tail(tailing::News::Notice(notice))
            | Arrival::Bucket(_, history::News::Notice(notice)) => {
                output.warning(&notice);
            }
            Arrival::Bucket(lane, history::News::Page(events)) => {
                let wanted = events.iter().filter(|event| self.show.keeps(lane, event));
                let lines: Vec<String> =
                    wanted.map(|event| self.show.line(lane, event).into_owned()).collect();
                self.print(&lines)?;
            }
            Arrival::Bucket(_, history::News::Failed(failure)) => return Err(failure),
            Arrival::Service(message) => output.say(&format!("-- {message}")),
        }
        Ok(())
    }

    fn show_what_is_ready(&mut self) -> Result<(), Failure> {
        let mut lines = Vec::new();
        for (number, event) in self.live.release(now_ms()) {
            let lane = self.groups[number].0;
            if self.show.keeps(lane, &event) {
                lines.push(self.show.line(lane, &event).into_owned());
            }
        }
        let Some(backlog) = &mut self.backlog else { return self.print(&lines) };
        backlog.extend(lines);
        let excess = backlog.len().saturating_sub(self.follow.last.unwrap_or(usize::MAX));
        backlog.drain(..excess);
        if self.live.caught_up() {
            let last: Vec<String> = self.backlog.take().unwrap_or_default().into();
            return self.print(&last);
        }
        Ok(())
    }

    fn print(&self, lines: &[String]) -> Result<(), Failure> {
        if lines.is_empty() { Ok(()) } else { self.show.print(&(lines.join("\n") + "\n")) }
    }
}

async fn read(
    client: &history::Logs,
    group: &Group,
    pattern: Option<&str>,
    ask: Ask,
) -> Result<Page, Trouble> {
    let range = Range {
        group: &group.name,
        stream_prefix: group.stream_prefix.as_deref(),
        from_ms: ask.from_ms,
        until_ms: None,
        pattern,
    };
    page(client, range, ask.token).await
}

/// The beginning of the ARNs of log groups in the account and region of this ARN.
fn arn_prefix(arn: &str) -> String {
    let parts: Vec<&str> = arn.split(':').collect();
    match parts[..] {
        [_, partition, _, region, account, ..] => {
            format!("arn:{partition}:logs:{region}:{account}:log-group:")
        }
        _ => String::new(),
    }
}

fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}
