//! `eap logs` of an environment in AWS: its flags, and which of its files shows what.

mod follow;
mod insights;
mod previous;
mod service_events;
mod show;

use std::collections::BTreeSet;
use std::time::Duration;

use clap::Args;
use jiff::{SignedDuration, Timestamp};

use self::follow::Follow;
use self::previous::Previous;
use self::show::Show;
use super::Context;
use super::logs::Shared;
use crate::aws::{log_events, records};
use crate::config::PlatformConfig;
use crate::deployed::{self, Deployed};
use crate::duration;
use crate::failure::{Failure, Outcome};
use crate::logs::history::{self, Clients, Extent};
use crate::logs::live::Pace;
use crate::logs::source::{Lane, Need, Origin, Source, lanes};
use crate::logs::trace;

const DEFAULT_SINCE: SignedDuration = SignedDuration::from_mins(10);

/// Arguments of `eap logs` that are for environments in AWS.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options in AWS")]
pub struct AwsArguments {
    /// Whose lines, with commas between them [default: api,migrate]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "SOURCES")]
    source: Vec<Source>,
    /// Only what this filter pattern of CloudWatch Logs finds, at AWS
    #[arg(long, value_name = "PATTERN", conflicts_with = "request_id")]
    filter: Option<String>,
    /// Only lines of this task, by its id or the beginning of it
    #[arg(long, value_name = "ID")]
    task: Option<String>,
    /// With -f: how late a line may come and still be shown [default: 60s]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, requires = "follow")]
    overlap: Option<SignedDuration>,
    /// With -f: time between two looks [default: 2s]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, requires = "follow")]
    interval: Option<SignedDuration>,
    /// With -f: never use Live Tail, which AWS takes money for
    #[arg(long, requires = "follow")]
    no_live_tail: bool,
    /// The last lines of tasks that stopped, with reason and exit code; -n says how many [default: 20]
    #[arg(long, group = "what", conflicts_with_all = ["follow", "filter", "request_id", "look"])]
    previous: bool,
    /// Ask CloudWatch Logs Insights; AWS charges by the bytes it scans
    #[arg(long, value_name = "QUERY", group = "what", conflicts_with_all = INSIGHTS_KNOWS)]
    insights: Option<String>,
}

/// What a query says itself.
const INSIGHTS_KNOWS: [&str; 10] =
    ["follow", "lines", "grep", "exclude", "highlight", "level", "request_id", "look", "filter", "task"];

impl AwsArguments {
    /// Refuses what this machine has nothing for.
    pub fn refuse_here(&self) -> Result<(), Failure> {
        if self.source.iter().any(|source| *source != Source::Api) {
            return Err(Failure::usage("on this machine there is only the log of the API"));
        }
        let flags = [
            ("--filter", self.filter.is_some()),
            ("--task", self.task.is_some()),
            ("--overlap", self.overlap.is_some()),
            ("--interval", self.interval.is_some()),
            ("--no-live-tail", self.no_live_tail),
            ("--previous", self.previous),
            ("--insights", self.insights.is_some()),
        ];
        match flags.into_iter().find(|(_, given)| *given) {
            None => Ok(()),
            Some((flag, _)) => {
                Err(Failure::usage(format!("{flag} is for environments in AWS, not for --env local"))
                    .hint("--since, --until, --grep, --exclude, --level, --stats and -f work on both"))
            }
        }
    }

    /// Runs the command.
    pub async fn run(self, context: Context<'_>, shared: &Shared) -> Result<Outcome, Failure> {
        let config = super::platform_config(context, "logs")?;
        let pace = self.pace()?;
        let now = Timestamp::now();
        let from = shared.from(now, (!self.previous).then_some(DEFAULT_SINCE))?;
        let deployed = deployed::find(&config).await?;
        if self.previous {
            let previous = Previous::new(shared, &self.source, self.task.as_deref())?;
            previous.show(context, &deployed).await?;
            return Ok(Outcome::Done);
        }
        let extent = Extent {
            from_ms: from.map_or(0, Timestamp::as_millisecond),
            until_ms: shared.until.map(Timestamp::as_millisecond),
            pattern: self.pattern(shared),
        };
        let lanes = self.lanes(&deployed, shared)?;
        if let Some(query) = &self.insights {
            insights::ask(context, &deployed, &lanes, query, extent.bounds_ms(now)).await?;
            return Ok(Outcome::Done);
        }
        let clients = Clients {
            logs: log_events::client(&deployed.sdk),
            buckets: records::client(&deployed.sdk, emulated(&config)),
        };
        let mut show = Show::new(context, &lanes, &clients, shared.choice());
        if shared.request_id.is_some() && lanes.iter().any(Lane::is_in_a_bucket) {
            show.follow_traces(traces(context, &deployed, &clients, &extent).await?);
        }
        if shared.stats {
            show.stats(&extent, now).await?;
        } else if shared.follow {
            let follow = Follow {
                from_ms: extent.from_ms,
                pattern: extent.pattern,
                last: shared.lines,
                pace,
                live_tail: !self.no_live_tail,
                emulated: emulated(&config),
            };
            follow.run(show, &deployed).await?;
        } else {
            show.history(&extent, shared.lines).await?;
        }
        Ok(Outcome::Done)
    }

    /// The lanes that are asked for. A request is followed to the load balancer too, where that is possible.
    fn lanes(&self, deployed: &Deployed, shared: &Shared) -> Result<Vec<Lane>, Failure> {
        let is_one_request = self.source.is_empty() && shared.request_id.is_some();
        let sources = match (&self.task, is_one_request) {
            (None, true) => vec![Source::Gateway, Source::Alb, Source::Api],
            (Some(_), true) => vec![Source::Api],
            (_, false) if self.source.is_empty() => vec![Source::Api, Source::Migrate],
            (_, false) => self.source.clone(),
        };
        let mut found = Vec::new();
        for source in &sources {
            match lanes(&deployed.outputs, &[*source], self.task.as_deref()) {
                Ok(lanes) => found.extend(lanes),
                // An environment without a gateway has the other lines of a request all the same.
                Err(_) if is_one_request && *source != Source::Api => {}
                Err(failure) => return Err(failure),
            }
        }
        if is_one_request {
            found
                .iter_mut()
                .filter(|lane| lane.is_in_a_bucket())
                .for_each(|lane| lane.need = Need::Completing);
        }
        if self.filter.is_some() {
            found.iter().try_for_each(|lane| lane.group("a filter pattern").map(|_| ()))?;
        }
        Ok(found)
    }

    /// What AWS filters by. Quotes look for the text as it is.
    fn pattern(&self, shared: &Shared) -> Option<String> {
        let request = shared.request_id.as_ref().map(|id| format!("\"{}\"", id.replace(['"', '\\'], "")));
        self.filter.clone().or(request)
    }

    fn pace(&self) -> Result<Pace, Failure> {
        let positive = |given: Option<SignedDuration>, default: u64, flag: &str| {
            let duration = given.map_or(Ok(Duration::from_secs(default)), Duration::try_from);
            let duration = duration.ok().filter(|duration| !duration.is_zero());
            duration.ok_or_else(|| Failure::usage(format!("{flag} must be above zero")))
        };
        let interval = positive(self.interval, 2, "--interval")?;
        Ok(Pace { interval, overlap: positive(self.overlap, 60, "--overlap")?, hold: interval })
    }
}

fn emulated(config: &PlatformConfig) -> bool {
    config.image.endpoint_url.is_some()
}

/// The traces that lines of the API name which the pattern of `extent` finds.
async fn traces(
    context: Context<'_>,
    deployed: &Deployed,
    clients: &Clients,
    extent: &Extent,
) -> Result<BTreeSet<String>, Failure> {
    let api = lanes(&deployed.outputs, &[Source::Api], None)?;
    let mut traces = BTreeSet::new();
    let visit = |_: usize, event: &log_events::Event| {
        traces.extend(trace::of_line(&event.message));
        Ok(())
    };
    history::read(clients, &api, extent, visit, |notice| context.output.warning(notice)).await?;
    Ok(traces)
}

impl Lane {
    fn is_in_a_bucket(&self) -> bool {
        matches!(self.origin, Origin::AccessLog(_))
    }
}
