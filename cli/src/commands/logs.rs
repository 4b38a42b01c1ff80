//! `eap logs`: shows the log of an environment, and follows it.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use clap::Args;
use jiff::{SignedDuration, Timestamp};

use super::{Context, logs_aws};
use crate::arguments::{Environment, Format};
use crate::failure::{Doing, Failure, Outcome};
use crate::local::folder::LocalFolder;
use crate::logs::follow::Follower;
use crate::logs::line::Line;
use crate::logs::tail::{self, Tail};

const POLL: Duration = Duration::from_millis(200);

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
  eap logs --env prod --request-id 8f1c…   one request at the gateway and in the API
  eap logs --env prod --previous           last words of tasks that stopped
  eap logs --env prod --since 1d --insights 'stats count(*) by status'

Times are in UTC. With --output json every line is one JSON object: on this machine as the API wrote it, in AWS with \
time, source, stream, id, and record or message. In AWS lines come from every stream, however many; -f reads the last \
minute again and again, so that a line that is delivered late is shown once, late."
)]
pub struct LogsArguments {
    /// Go on with the lines to come, over restarts of the API
    #[arg(long, short)]
    follow: bool,
    /// Only lines of the last such time, for example 10m or 2h
    #[arg(long, value_name = "DURATION")]
    since: Option<SignedDuration>,
    /// Only so many lines before those to come [default: 100, or all with --since; in AWS those of ten minutes]
    #[arg(long, short = 'n', value_name = "COUNT")]
    lines: Option<usize>,
    #[command(flatten)]
    in_aws: logs_aws::AwsArguments,
}

impl LogsArguments {
    /// Runs the command.
    pub async fn run(self, context: Context<'_>) -> Result<Outcome, Failure> {
        if super::required_environment(context)? != Environment::Local {
            let shared = logs_aws::Shared { follow: self.follow, since: self.since, lines: self.lines };
            // On the heap: the clients of AWS are large.
            return Box::pin(self.in_aws.run(context, shared)).await;
        }
        if self.in_aws.is_given() {
            return Err(Failure::usage("the options in AWS are not for --env local")
                .hint("use --since, -n and -f, and `--output json` with a filter of your own"));
        }
        self.run_locally(context).await
    }

    async fn run_locally(self, context: Context<'_>) -> Result<Outcome, Failure> {
        let folder = LocalFolder::locate(context.variables)?;
        let file = folder.log_file();
        if !file.exists() && !self.follow {
            return Err(
                Failure::failed("there is no log yet").hint("`eap deploy --env local` starts the API")
            );
        }
        let since = self.since.map(|ago| Timestamp::now().saturating_sub(ago)).transpose();
        let since = since.doing(|| "go back that far".to_owned())?;
        let count = self.lines.unwrap_or(if since.is_some() { usize::MAX } else { 100 });
        let mut tail = last_lines(&file, &folder.previous_log_file(), count)?;
        if self.follow && tail.unfinished > 0 {
            // It comes again when its end has come.
            tail.lines.pop();
        }
        print(context, &tail.lines, since)?;
        if !self.follow {
            return Ok(Outcome::Done);
        }
        let mut follower = Follower::new(file.clone(), tail.end - tail.unfinished)
            .doing(|| format!("read {}", file.display()))?;
        loop {
            let lines = follower.new_lines().doing(|| format!("read {}", file.display()))?;
            print(context, &lines, since)?;
            tokio::time::sleep(POLL).await;
        }
    }
}

/// The last lines of the log; what it lacks comes from the one put aside before it.
fn last_lines(file: &Path, previous: &Path, count: usize) -> Result<Tail, Failure> {
    let read = |path: &Path, count: usize| -> Result<Tail, Failure> {
        let mut open = match File::open(path) {
            Ok(open) => open,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Tail { lines: Vec::new(), end: 0, unfinished: 0 });
            }
            Err(error) => return Err(error).doing(|| format!("read {}", path.display())),
        };
        let length = open.metadata().doing(|| format!("read {}", path.display()))?.len();
        tail::last_lines(&mut open, 0, length, count).doing(|| format!("read {}", path.display()))
    };
    let mut tail = read(file, count)?;
    if tail.lines.len() < count {
        let mut lines = read(previous, count - tail.lines.len())?.lines;
        lines.append(&mut tail.lines);
        tail.lines = lines;
    }
    Ok(tail)
}

/// Prints lines that are not older than `since`; a line without a time goes with the one before it.
fn print(context: Context<'_>, lines: &[String], since: Option<Timestamp>) -> Result<(), Failure> {
    let mut recent = since.is_none();
    let mut text = String::new();
    for raw in lines {
        let line = Line::parse(raw);
        if let (Some(since), Some(instant)) = (since, line.instant()) {
            recent = instant >= since;
        }
        if recent {
            text.push_str(&match context.output.format() {
                Format::Json => line.json(raw),
                Format::Table => line.pretty(),
            });
            text.push('\n');
        }
    }
    if text.is_empty() { Ok(()) } else { context.output.result(&text) }
}
