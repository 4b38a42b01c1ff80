//! Which lines are shown, and how each looks. Pure.

use std::borrow::Cow;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use jiff::Timestamp;
use regex::Regex;
use serde_json::json;

use super::highlight;
use super::line::Line;
use crate::aws::log_events::Event;
use crate::output::FAINT;

/// How a line looks to people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Look {
    /// Task, time, level, message, fields
    #[default]
    Short,
    /// The same with the whole name of the stream
    Full,
    /// As it was logged
    Raw,
}

/// Levels, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Level {
    /// Everything
    Trace,
    /// For those who look for an error
    Debug,
    /// What happens
    Info,
    /// What should not happen
    Warn,
    /// What failed
    Error,
}

/// Which lines, and how.
#[derive(Debug, Default)]
pub struct Choice {
    /// Lines that this matches.
    pub grep: Option<Regex>,
    /// But not these.
    pub exclude: Option<Regex>,
    /// What is made to stand out.
    pub highlight: Option<Regex>,
    /// The least level; a line that tells none, such as a panic, is kept.
    pub level: Option<Level>,
    /// How they look.
    pub look: Look,
}

impl Choice {
    /// Whether the line is wanted.
    pub fn keeps(&self, message: &str) -> bool {
        let matches = |regex: &Option<Regex>| regex.as_ref().map(|regex| regex.is_match(message));
        if matches(&self.grep) == Some(false) || matches(&self.exclude) == Some(true) {
            return false;
        }
        let Some(least) = self.level else { return true };
        Line::parse(message).level().is_none_or(|level| level >= least)
    }

    /// Whether lines for people are as they were logged, colours of others included.
    pub fn is_verbatim(&self) -> bool {
        self.look == Look::Raw && self.highlight.is_none()
    }

    /// The line for people.
    pub fn line<'a>(&self, label: &str, event: &'a Event) -> Cow<'a, str> {
        let message = event.message.trim_end_matches('\n');
        let text = match self.look {
            Look::Raw => message.into(),
            Look::Short => self.labelled(label, last_part(&event.stream), message, event).into(),
            Look::Full => self.labelled(label, &event.stream, message, event).into(),
        };
        self.highlighted(text)
    }

    /// The line for people, where all lines are of one process.
    pub fn line_here<'a>(&self, message: &'a str) -> Cow<'a, str> {
        self.highlighted(match self.look {
            Look::Raw => message.into(),
            Look::Short | Look::Full => Line::parse(message).pretty().into(),
        })
    }

    fn highlighted<'a>(&self, text: Cow<'a, str>) -> Cow<'a, str> {
        match &self.highlight {
            Some(regex) => highlight::mark(&text, regex).into(),
            None => text,
        }
    }

    fn labelled(&self, label: &str, stream: &str, message: &str, event: &Event) -> String {
        let style = color_of(stream);
        // Ids of tasks are long and told apart by their beginnings; addresses are not.
        let is_id = self.look == Look::Short && stream.len() > 15;
        let shown = if is_id { stream.get(..8).unwrap_or(stream) } else { stream };
        let mut line = format!("{style}{label} {shown}{style:#} ");
        let parsed = Line::parse(message);
        if parsed.instant().is_none() {
            let _ = write!(line, "{FAINT}{}{FAINT:#} ", instant(event).strftime("%Y-%m-%d %H:%M:%S%.3fZ"));
        }
        line.push_str(&parsed.pretty());
        line
    }

    /// The line for programs, one object.
    pub fn json(label: &str, event: &Event) -> String {
        let message = event.message.trim_end_matches('\n');
        let record = match Line::parse(message) {
            Line::Record(fields) => Some(fields),
            Line::Plain(_) => None,
        };
        json!({
            "schema_version": 1,
            "time": instant(event),
            "source": label,
            "stream": event.stream,
            "id": Some(&event.id).filter(|id| !id.is_empty()),
            "message": if record.is_some() { None } else { Some(message) },
            "record": record,
        })
        .to_string()
    }
}

fn instant(event: &Event) -> Timestamp {
    Timestamp::from_millisecond(event.at_ms).unwrap_or_default()
}

fn last_part(stream: &str) -> &str {
    stream.rsplit('/').next().unwrap_or(stream)
}

/// A colour for each task, the same each time.
fn color_of(stream: &str) -> Style {
    const COLORS: [AnsiColor; 5] = [
        AnsiColor::Cyan,
        AnsiColor::Magenta,
        AnsiColor::Blue,
        AnsiColor::BrightCyan,
        AnsiColor::BrightMagenta,
    ];
    let sum = stream.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
    COLORS[sum % COLORS.len()].on_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(message: &str) -> Event {
        let stream = "ecs/api/0123456789abcdef".to_owned();
        Event { id: "7".to_owned(), at_ms: 1_700_000_000_123, stream, message: message.to_owned() }
    }

    fn plain(choice: &Choice, message: &str) -> String {
        anstream::adapter::strip_str(&choice.line("api", &event(message))).to_string()
    }

    #[test]
    fn the_level_filters_and_a_panic_passes() {
        let choice = Choice { level: Some(Level::Warn), ..Choice::default() };
        let kept =
            [r#"{"level":"INFO"}"#, r#"{"level":"WARN"}"#, r#"{"level":"ERROR"}"#, "thread 'main' panicked"];
        assert_eq!(kept.map(|message| choice.keeps(message)), [false, true, true, true]);
        let choice = Choice {
            grep: Some(Regex::new("50[0-9]").unwrap()),
            exclude: Some(Regex::new("health").unwrap()),
            ..Choice::default()
        };
        assert_eq!(
            ["503 /", "503 /health", "200 /"].map(|message| choice.keeps(message)),
            [true, false, false]
        );
    }

    #[test]
    fn a_line_without_a_time_of_its_own_gets_that_of_its_event() {
        let choice = Choice::default();
        assert_eq!(plain(&choice, "boom\n"), "api 01234567 2023-11-14 22:13:20.123Z boom");
        let own = r#"{"timestamp":"2026-01-02T03:04:05.678Z","level":"INFO","message":"up"}"#;
        assert_eq!(plain(&choice, own), "api 01234567 2026-01-02 03:04:05.678Z INFO  up");
        let raw = Choice { look: Look::Raw, ..Choice::default() };
        assert_eq!(plain(&raw, own), own);
        let full = Choice { look: Look::Full, ..Choice::default() };
        assert!(plain(&full, "boom").starts_with("api ecs/api/0123456789abcdef 2023"));
    }
}
