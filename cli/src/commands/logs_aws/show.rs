//! What `eap logs` shows of lanes: which lines, how they look, those there are, their sums.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};

use jiff::Timestamp;

use crate::arguments::Format;
use crate::aws::log_events::Event;
use crate::commands::Context;
use crate::commands::logs::{self, stats};
use crate::failure::Failure;
use crate::logs::choice::Choice;
use crate::logs::history::{self, Clients, Extent};
use crate::logs::source::{Lane, Origin};
use crate::logs::stats::Stats;
use crate::logs::trace;

/// Bytes that are printed at once.
const CHUNK: usize = 64 * 1024;

/// Lanes, and how their lines are shown.
pub struct Show<'a> {
    /// How to speak.
    pub context: Context<'a>,
    /// What they are read with.
    pub clients: &'a Clients,
    /// Whose lines.
    pub lanes: &'a [Lane],
    choice: Choice,
    /// Where one request is followed: the traces that its lines name. The load balancer knows no other name of it.
    traces: Option<RefCell<BTreeSet<String>>>,
}

impl<'a> Show<'a> {
    /// Shows those lines of `lanes` that are chosen.
    pub fn new(context: Context<'a>, lanes: &'a [Lane], clients: &'a Clients, choice: Choice) -> Self {
        Self { context, clients, lanes, choice, traces: None }
    }

    /// Of the load balancer's lines, shows only those of these traces and of traces that other lines will name.
    pub fn follow_traces(&mut self, traces: BTreeSet<String>) {
        self.traces = Some(RefCell::new(traces));
    }

    /// Whether the line of an event is shown.
    pub fn keeps(&self, lane: usize, event: &Event) -> bool {
        if let Some(traces) = &self.traces {
            match &self.lanes[lane].origin {
                Origin::Group(_) => traces.borrow_mut().extend(trace::of_line(&event.message)),
                Origin::AccessLog(_) => {
                    if !traces.borrow().iter().any(|trace| event.message.contains(trace.as_str())) {
                        return false;
                    }
                }
            }
        }
        self.choice.keeps(&event.message)
    }

    /// The line of an event.
    pub fn line<'e>(&self, lane: usize, event: &'e Event) -> Cow<'e, str> {
        let label = &self.lanes[lane].label;
        match self.context.output.format() {
            Format::Json => Choice::json(label, event).into(),
            Format::Table => self.choice.line(label, event),
        }
    }

    /// Prints lines, each with its line break.
    pub fn print(&self, lines: &str) -> Result<(), Failure> {
        logs::print(self.context.output, &self.choice, lines)
    }

    /// Shows what there is; with `last`, as many lines of it, the last ones.
    pub async fn history(&self, extent: &Extent, last: Option<usize>) -> Result<(), Failure> {
        let output = self.context.output;
        if self.traces.as_ref().is_some_and(|traces| traces.borrow().is_empty()) {
            output.say("No line of the API names a trace of this request: which of the load balancer's lines is its own cannot be told.");
        }
        let (mut text, mut kept) = (String::new(), VecDeque::new());
        let visit = |lane: usize, event: &Event| {
            if !self.keeps(lane, event) {
                return Ok(());
            }
            let line = self.line(lane, event);
            if let Some(last) = last {
                kept.push_back(line.into_owned());
                if kept.len() > last {
                    kept.pop_front();
                }
                return Ok(());
            }
            text.push_str(&line);
            text.push('\n');
            if text.len() >= CHUNK {
                self.print(&text)?;
                text.clear();
            }
            Ok(())
        };
        history::read(self.clients, self.lanes, extent, visit, |notice| output.warning(notice)).await?;
        for line in kept {
            text.push_str(&line);
            text.push('\n');
        }
        self.print(&text)
    }

    /// Counts, for rates until `now` at most.
    pub async fn stats(&self, extent: &Extent, now: Timestamp) -> Result<(), Failure> {
        let output = self.context.output;
        let mut sums = Stats::default();
        let visit = |lane: usize, event: &Event| {
            if self.keeps(lane, event) {
                sums.add(&event.message);
            }
            Ok(())
        };
        history::read(self.clients, self.lanes, extent, visit, |notice| output.warning(notice)).await?;
        let (from_ms, until_ms) = extent.bounds_ms(now);
        stats::print(self.context, &sums.over(jiff::SignedDuration::from_millis(until_ms - from_ms)))
    }
}
