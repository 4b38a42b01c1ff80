//! `eap logs` of an environment in AWS: its flags, and which of its files shows what.

mod previous;
mod service_events;
mod show;

use std::time::Duration;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use regex::Regex;

use self::show::Show;
use super::Context;
use crate::aws::{log_events, records};
use crate::deployed;
use crate::failure::{Doing, Failure, Outcome};
use crate::logs::choice::{Choice, Level, Look};
use crate::logs::history::{Clients, Extent};
use crate::logs::live::Pace;
use crate::logs::source::{Source, lanes};

const DEFAULT_SINCE: SignedDuration = SignedDuration::from_mins(10);

/// Arguments of `eap logs` that are for environments in AWS.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options in AWS")]
pub struct AwsArguments {
    /// Whose lines, with commas between them [default: api,migrate]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "SOURCES")]
    source: Vec<Source>,
    /// Only lines before this instant, such as 2026-11-23T10:00:00Z, or so long ago
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    until: Option<Timestamp>,
    /// Only what this filter pattern of CloudWatch Logs finds, at AWS
    #[arg(long, value_name = "PATTERN", conflicts_with = "request_id")]
    filter: Option<String>,
    /// Only lines that this regular expression finds
    #[arg(long, value_name = "REGEX")]
    grep: Option<Regex>,
    /// No lines that this regular expression finds
    #[arg(long, value_name = "REGEX")]
    exclude: Option<Regex>,
    /// Make what this regular expression finds stand out
    #[arg(long, value_name = "REGEX")]
    highlight: Option<Regex>,
    /// Only lines of at least this level; lines that tell none are kept
    #[arg(long, value_enum)]
    level: Option<Level>,
    /// Only lines of this task, by its id or the beginning of it
    #[arg(long, value_name = "ID")]
    task: Option<String>,
    /// Only lines about this request, at the gateway and in the API
    #[arg(long, value_name = "ID")]
    request_id: Option<String>,
    /// How lines look to people
    #[arg(long, value_enum, default_value_t, value_name = "LOOK")]
    look: Look,
    /// With -f: how late a line may come and still be shown
    #[arg(long, default_value = "60s", value_name = "DURATION")]
    overlap: SignedDuration,
    /// With -f: time between two looks
    #[arg(long, default_value = "2s", value_name = "DURATION")]
    interval: SignedDuration,
    /// The last lines of tasks that stopped, with reason and exit code
    #[arg(long, group = "what")]
    previous: bool,
    /// Count lines by level and requests by route instead of showing them
    #[arg(long, group = "what")]
    stats: bool,
    /// Ask CloudWatch Logs Insights; AWS charges by the bytes it scans
    #[arg(long, value_name = "QUERY", group = "what")]
    insights: Option<String>,
}

/// An instant, or how long ago it was.
fn parse_instant(text: &str) -> Result<Timestamp, String> {
    if let Ok(instant) = text.parse() {
        return Ok(instant);
    }
    let ago: SignedDuration = text.parse().map_err(|_| "neither an instant nor a duration".to_owned())?;
    Timestamp::now().checked_sub(ago).map_err(|error| error.to_string())
}

/// What both kinds of environments have flags for.
#[derive(Debug, Clone, Copy)]
pub struct Shared {
    /// Go on with the lines to come.
    pub follow: bool,
    /// Only lines of the last such time.
    pub since: Option<SignedDuration>,
    /// Only so many lines, the last ones.
    pub lines: Option<usize>,
}

impl AwsArguments {
    /// Whether one of these flags was given that means something in AWS only.
    pub fn is_given(&self) -> bool {
        let texts = [&self.filter, &self.task, &self.request_id, &self.insights];
        let expressions = [&self.grep, &self.exclude, &self.highlight];
        !self.source.is_empty()
            || self.until.is_some()
            || self.level.is_some()
            || self.previous
            || self.stats
            || self.look != Look::Short
            || texts.iter().any(|text| text.is_some())
            || expressions.iter().any(|expression| expression.is_some())
    }

    /// Runs the command.
    pub async fn run(self, context: Context<'_>, shared: Shared) -> Result<Outcome, Failure> {
        let config = super::platform_config(context, "logs")?;
        let deployed = deployed::find(&config).await?;
        if self.previous {
            previous::show(context, &deployed, self.task.as_deref()).await?;
            return Ok(Outcome::Done);
        }
        let lanes = lanes(&deployed.outputs, &self.sources(), self.task.as_deref())?;
        let from = Timestamp::now().checked_sub(shared.since.unwrap_or(DEFAULT_SINCE));
        let from = from.doing(|| "go back that far".to_owned())?;
        let pattern = self.pattern();
        if pattern.is_some() {
            lanes.iter().try_for_each(|lane| lane.group("a filter pattern").map(|_| ()))?;
        }
        let clients = Clients {
            logs: log_events::client(&deployed.sdk),
            buckets: records::client(&deployed.sdk, config.image.endpoint_url.is_some()),
        };
        let show = Show { context, lanes: &lanes, clients: &clients, choice: self.choice() };
        let extent = Extent {
            from_ms: from.as_millisecond(),
            until_ms: self.until.map(Timestamp::as_millisecond),
            pattern,
        };
        match (&self.insights, shared.follow) {
            (Some(query), _) => show.insights(query, &extent).await?,
            (None, _) if self.stats => show.stats(&extent).await?,
            (None, true) => show.follow(&deployed, extent.from_ms, self.pace()?).await?,
            (None, false) => show.history(&extent, shared.lines).await?,
        }
        Ok(Outcome::Done)
    }

    fn sources(&self) -> Vec<Source> {
        match (self.source.is_empty(), &self.request_id) {
            (false, _) => self.source.clone(),
            (true, Some(_)) => vec![Source::Gateway, Source::Api],
            (true, None) => vec![Source::Api, Source::Migrate],
        }
    }

    /// What AWS filters by. Quotes look for the text as it is.
    fn pattern(&self) -> Option<String> {
        let request = self.request_id.as_ref().map(|id| format!("\"{}\"", id.replace(['"', '\\'], "")));
        self.filter.clone().or(request)
    }

    fn pace(&self) -> Result<Pace, Failure> {
        let positive = |duration: SignedDuration| {
            Duration::try_from(duration).map_err(|_| Failure::usage("a duration must not be below zero"))
        };
        let interval = positive(self.interval)?;
        Ok(Pace { interval, overlap: positive(self.overlap)?, hold: interval, pattern: self.pattern() })
    }

    fn choice(&self) -> Choice {
        Choice {
            grep: self.grep.clone(),
            exclude: self.exclude.clone(),
            highlight: self.highlight.clone(),
            level: self.level,
            look: self.look,
        }
    }
}
