//! One line of the log for people: time, level, message, then the other fields. What is no JSON stays as it is.

use std::fmt::Write as _;

use anstyle::Style;
use clap::ValueEnum as _;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::choice::Level;
use crate::output::{ERROR, FAINT, GOOD, WARNING};
use crate::process::indented;

/// Lines of the log as evidence below an error, for people.
pub fn evidence(lines: &[String]) -> String {
    indented(&lines.iter().map(|line| Line::parse(line).pretty()).collect::<Vec<_>>())
}

/// A line of the log.
#[derive(Debug)]
pub enum Line<'a> {
    /// One JSON object.
    Record(Map<String, Value>),
    /// Anything else, such as a panic.
    Plain(&'a str),
}

impl<'a> Line<'a> {
    /// Understands a line without its line break.
    pub fn parse(text: &'a str) -> Self {
        match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => Self::Record(fields),
            _ => Self::Plain(text),
        }
    }

    /// When it was written, if it says so.
    pub fn instant(&self) -> Option<Timestamp> {
        match self {
            Self::Record(fields) => fields.get("timestamp")?.as_str()?.parse().ok(),
            Self::Plain(_) => None,
        }
    }

    /// Its level, if it says so.
    pub fn level(&self) -> Option<Level> {
        match self {
            Self::Record(fields) => Level::from_str(fields.get("level")?.as_str()?, true).ok(),
            Self::Plain(_) => None,
        }
    }

    /// For a terminal.
    pub fn pretty(&self) -> String {
        match self {
            Self::Record(fields) => pretty_record(fields),
            Self::Plain(text) => printable(text),
        }
    }

    /// For programs: a line that is no JSON becomes the message of an object.
    pub fn json(&self, text: &str) -> String {
        match self {
            Self::Record(_) => text.to_owned(),
            Self::Plain(text) => {
                Value::from(Map::from_iter([("message".to_owned(), (*text).into())])).to_string()
            }
        }
    }
}

fn pretty_record(fields: &Map<String, Value>) -> String {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let level = text("level");
    let style = style_of(level);
    let mut line = String::new();
    let _ = write!(
        line,
        "{FAINT}{}{FAINT:#} {style}{level:<5}{style:#} {}",
        time_of_day(text("timestamp")),
        printable(text("message"))
    );
    for (name, value) in fields {
        if !matches!(name.as_str(), "timestamp" | "level" | "message" | "target") {
            let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            let _ = write!(line, " {FAINT}{name}={FAINT:#}{}", printable(&value));
        }
    }
    line
}

/// Date and time in UTC to the millisecond, as wide on every line.
fn time_of_day(timestamp: &str) -> String {
    timestamp.parse::<Timestamp>().map_or_else(
        |_| printable(timestamp),
        |instant| instant.strftime("%Y-%m-%d %H:%M:%S%.3fZ").to_string(),
    )
}

fn style_of(level: &str) -> Style {
    match level {
        "ERROR" => ERROR,
        "WARN" => WARNING,
        "INFO" => GOOD,
        _ => FAINT,
    }
}

/// Text from outside may hold control characters, which could rewrite the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(line: &str) -> String {
        anstream::adapter::strip_str(&Line::parse(line).pretty()).to_string()
    }

    #[test]
    fn a_record_reads_time_level_message_fields() {
        let line = r#"{"timestamp":"2026-11-23T03:57:24.1239Z","level":"INFO","target":"eap_api","message":"request","status":200,"path":"/health"}"#;
        assert_eq!(plain(line), "2026-11-23 03:57:24.123Z INFO  request path=/health status=200");
    }

    #[test]
    fn what_is_no_json_stays_and_becomes_json_on_request() {
        assert_eq!(plain("thread 'main' panicked"), "thread 'main' panicked");
        assert_eq!(Line::parse("boom").json("boom"), r#"{"message":"boom"}"#);
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(plain("{\"message\":\"a\\u001b[2Jb\"}"), "       a\u{fffd}[2Jb");
    }
}
