//! `eap logs`: shows the log of an environment, and follows it. Its flags; who shows what is in the files beside.

mod local;
pub mod stats;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use regex::Regex;

use super::{Context, logs_aws};
use crate::arguments::Environment;
use crate::duration;
use crate::failure::{Doing as _, Failure, Outcome};
use crate::logs::choice::{Choice, Level, Look};
use crate::output::Output;

/// Arguments of `eap logs`.
#[derive(Debug, Args)]
#[command(
    about = "Show the log of an environment",
    after_long_help = "\
Examples:
  eap logs --env local                     the last 100 lines
  eap logs --env local --since 10m         of the last ten minutes
  eap logs --env local -f                  and those to come; Ctrl-C ends it
  eap logs --env local -f --output json | jq 'select(.level == \"ERROR\")'
  eap logs --env prod -f --level warn      what goes wrong, as it goes wrong
  eap logs --env prod --since 1h --stats   lines by level, requests by route
  eap logs --env prod --request-id 8f1c…   one request at gateway, load balancer and API
  eap logs --env prod --previous           last words of tasks that stopped
  eap logs --env prod --since 1d --insights 'stats count(*) by status'

Times are in UTC. With --output json every line is one JSON object: on this machine as the API wrote it, in AWS with \
time, source, stream, id (null when Live Tail brought it), and record or message. In AWS lines come from every stream, \
however many; -f reads the last minute again and again, so that a line that is delivered late is shown once, late.

In AWS -f shows lines at once by Live Tail where it may (logs:StartLiveTail), for which AWS takes 0.01 USD a minute \
beyond 1,800 minutes a month; with --no-live-tail, or where it may not, it looks every --interval. Lines of the load \
balancer come minutes late, when AWS has written them to their bucket, and stand outside the order."
)]
pub struct LogsArguments {
    #[command(flatten)]
    shared: Shared,
    #[command(flatten)]
    in_aws: logs_aws::AwsArguments,
}

/// Prints lines, each with its line break, as `choice` has them look.
pub fn print(output: &Output, choice: &Choice, lines: &str) -> Result<(), Failure> {
    if choice.is_verbatim() { Output::result_verbatim(lines.as_bytes()) } else { output.result(lines) }
}

/// What both kinds of environments have flags for.
#[derive(Debug, Args)]
pub struct Shared {
    /// Go on with the lines to come, over restarts and deploys
    #[arg(long, short)]
    pub follow: bool,
    /// Only lines of the last such time, for example 10m, 2h or 1d
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub since: Option<SignedDuration>,
    /// Only lines before this instant, such as 2026-11-23T10:00:00Z, or so long ago
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant, conflicts_with = "follow")]
    pub until: Option<Timestamp>,
    /// Only so many lines before those to come [default: 100, or all with --since; in AWS those of ten minutes]
    #[arg(long, short = 'n', value_name = "COUNT")]
    pub lines: Option<usize>,
    /// Only lines that this regular expression finds
    #[arg(long, value_name = "REGEX")]
    pub grep: Option<Regex>,
    /// No lines that this regular expression finds
    #[arg(long, value_name = "REGEX")]
    pub exclude: Option<Regex>,
    /// Make what this regular expression finds stand out
    #[arg(long, value_name = "REGEX")]
    pub highlight: Option<Regex>,
    /// Only lines of at least this level; lines that tell none are kept
    #[arg(long, value_enum)]
    pub level: Option<Level>,
    /// Only lines about this request; in AWS at the gateway, the load balancer and in the API
    #[arg(long, value_name = "ID")]
    pub request_id: Option<String>,
    /// How lines look to people
    #[arg(long, value_enum, default_value_t, value_name = "LOOK")]
    pub look: Look,
    /// Count lines by level and requests by route, with their rates, instead of showing them
    #[arg(long, group = "what", conflicts_with_all = ["follow", "lines", "highlight", "look"])]
    pub stats: bool,
}

/// An instant, or how long ago it was.
fn parse_instant(text: &str) -> Result<Timestamp, String> {
    if let Ok(instant) = text.parse() {
        return Ok(instant);
    }
    let ago = duration::parse(text).map_err(|_| "neither an instant nor a duration".to_owned())?;
    Timestamp::now().checked_sub(ago).map_err(|error| error.to_string())
}

impl Shared {
    /// The instant that the duration of `--since`, or else `default`, leads back to from `now`.
    pub fn from(
        &self,
        now: Timestamp,
        default: Option<SignedDuration>,
    ) -> Result<Option<Timestamp>, Failure> {
        let ago = self.since.or(default);
        let from = ago.map(|ago| now.checked_sub(ago)).transpose();
        let from = from.doing(|| "go back that far".to_owned())?;
        if let (Some(from), Some(until)) = (from, self.until)
            && until <= from
        {
            return Err(Failure::usage(format!(
                "--until {until} is not after {from}, where the lines begin"
            ))
            .hint("--since says how far back to begin"));
        }
        Ok(from)
    }

    /// Which lines, and how they look.
    pub fn choice(&self) -> Choice {
        Choice {
            grep: self.grep.clone(),
            exclude: self.exclude.clone(),
            highlight: self.highlight.clone(),
            level: self.level,
            look: self.look,
        }
    }
}

impl LogsArguments {
    /// Runs the command.
    pub async fn run(self, context: Context<'_>) -> Result<Outcome, Failure> {
        if super::required_environment(context)? == Environment::Local {
            self.in_aws.refuse_here()?;
            return local::run(context, &self.shared).await;
        }
        // On the heap: the clients of AWS are large.
        Box::pin(self.in_aws.run(context, &self.shared)).await
    }
}
