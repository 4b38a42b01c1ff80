//! The live screen of a watch: looks, figures, logs and keys, all at the same time, so that keys are never waited for.

use std::time::Duration;

use anstream::adapter::strip_str;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use tokio::time::Instant;

use super::screen::{self, Asked, Colors, Model};
use super::{MonitorArguments, Subject, alerts, watch};
use crate::aws::logs::Last;
use crate::commands::Context;
use crate::failure::{Failure, Outcome};
use crate::logs::line::Line;
use crate::monitor::changes::Changes;
use crate::monitor::detail::Detail;
use crate::monitor::fresh::FRESH;
use crate::monitor::pace::Pace;
use crate::monitor::report::Report;
use crate::output::Screen;

/// How often ages on the screen are brought up to date.
const CLOCK: Duration = Duration::from_secs(1);

/// What was waited for.
enum Arrived {
    Look(Box<Result<Report, Failure>>),
    Figures(Option<Result<Detail, Failure>>),
    Log(String, Result<Last, Failure>),
    Told(Vec<String>),
}

/// A watch on a screen.
struct Live<'a> {
    context: Context<'a>,
    arguments: &'a MonitorArguments,
    subject: &'a Subject,
    model: Model,
    changes: Changes,
    pace: Pace,
    figures_due: Option<Instant>,
    looking: bool,
    work: FuturesUnordered<BoxFuture<'a, Arrived>>,
}

/// Watches until the user has seen enough.
pub async fn run(
    context: Context<'_>,
    arguments: &MonitorArguments,
    subject: &Subject,
) -> Result<Outcome, Failure> {
    let interval = watch::positive(arguments.interval, "--interval")?;
    let now = Instant::now();
    let mut live = Live {
        context,
        arguments,
        subject,
        model: Model::new(subject.environment(), interval),
        changes: Changes::default(),
        pace: Pace::new(interval, now),
        figures_due: Some(now),
        looking: false,
        work: FuturesUnordered::new(),
    };
    let mut screen = Screen::open()?;
    let colors = if context.output.colored() { Colors::Terminal } else { Colors::None };
    let mut clock = tokio::time::interval(CLOCK);
    loop {
        screen.draw(|frame| screen::draw(frame, &mut live.model, colors, Timestamp::now()))?;
        live.begin_what_is_due();
        tokio::select! {
            input = screen.input() => match live.model.press(input?, Timestamp::now()) {
                Asked::Nothing => {}
                Asked::Quit => return Ok(Outcome::Done),
                Asked::Interrupt => return Err(Failure::interrupted()),
                Asked::Look => live.pace.at_once(Instant::now()),
                Asked::Log(task) => live.fetch_log(task),
            },
            Some(arrived) = live.work.next() => live.arrive(arrived, &mut screen),
            () = tokio::time::sleep_until(live.pace.due()), if !live.looking => {}
            _ = clock.tick() => {}
        }
    }
}

impl Live<'_> {
    fn begin_what_is_due(&mut self) {
        let now = Instant::now();
        let subject = self.subject;
        if !self.looking && self.pace.due() <= now {
            self.looking = true;
            self.work.push(Box::pin(async move { Arrived::Look(Box::new(subject.checks().await)) }));
        }
        if self.figures_due.is_some_and(|due| due <= now) {
            self.figures_due = None;
            self.work.push(Box::pin(async move { Arrived::Figures(subject.figures().await) }));
        }
    }

    fn fetch_log(&mut self, task: String) {
        let subject = self.subject;
        self.model.trouble = Some(format!("reading the log of {task} …"));
        self.work.push(Box::pin(async move {
            let lines = subject.log(&task).await;
            Arrived::Log(task, lines)
        }));
    }

    fn arrive(&mut self, arrived: Arrived, screen: &mut Screen) {
        let now = Timestamp::now();
        match arrived {
            Arrived::Look(look) => self.looked(*look, screen, now),
            Arrived::Figures(None) => {}
            Arrived::Figures(Some(figures)) => {
                self.figures_due = Some(Instant::now() + FRESH);
                self.model.measure(figures, now);
            }
            Arrived::Log(task, Ok(Last { lines, has_older })) => {
                let pretty = |line: &String| strip_str(&Line::parse(line).pretty()).to_string();
                let lines = lines.iter().map(pretty).collect::<Vec<_>>();
                let lines = if lines.is_empty() { vec!["the log is empty".to_owned()] } else { lines };
                let cut = || format!("only the last {} lines; `eap logs` has more", lines.len());
                let notice = has_older.then(cut);
                self.model.trouble = None;
                self.model.show(format!("Log of {task}"), lines, notice);
            }
            Arrived::Log(_, Err(failure)) => self.model.trouble = Some(format!("no log: {failure}")),
            Arrived::Told(troubles) => {
                for trouble in troubles {
                    self.model.notice(trouble, now);
                }
            }
        }
    }

    fn looked(&mut self, look: Result<Report, Failure>, screen: &mut Screen, now: Timestamp) {
        self.looking = false;
        let throttled = look.as_ref().is_ok_and(Report::throttled);
        self.pace.looked(throttled, Instant::now());
        let report = match look {
            Ok(report) => report,
            Err(failure) => {
                self.model.trouble = Some(format!("the latest look failed: {failure}"));
                return;
            }
        };
        let news = self.changes.take_in(&report);
        // The first look brings no changes, but everything there is.
        let first = self.model.report.is_none();
        let lines = if first { Vec::new() } else { news.lines };
        let hint = report.hints().first().map(ToString::to_string);
        let page = Report { detail: self.model.detail.clone(), ..report.clone() };
        self.model.take_in(report.clone(), lines, now);
        self.model.trouble = hint.map(|hint| format!("hint: {hint}"));
        if let Err(failure) = self.arguments.write_report(&page) {
            self.model.trouble = Some(format!("no report: {failure}"));
        }
        if let Some(notice) = self.pace.notice() {
            self.model.trouble = Some(notice);
        }
        if let Some(word) = news.word {
            screen.bell();
            let (context, command) = (self.context, self.arguments.on_change.as_deref());
            self.work.push(Box::pin(async move {
                Arrived::Told(alerts::tell(context, command, &report, &word).await)
            }));
        }
    }
}
