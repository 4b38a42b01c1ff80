//! `eap monitor`: looks at an environment, once or again and again, and gives one verdict.

mod alerts;
mod costs;
#[cfg(test)]
mod day;
mod figures;
mod html;
mod live;
mod screen;
mod subject;
mod watch;

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};

use self::subject::Subject;
use super::Context;
use crate::arguments::Format;
use crate::failure::{Failure, Outcome};
use crate::local::folder;
use crate::logs::line::evidence;
use crate::monitor::report::{Check, Health, Report};
use crate::monitor::watched::Depth;
use crate::output::{self, ERROR, FAINT, GOOD, WARNING};

/// Arguments of `eap monitor`.
#[derive(Debug, Args)]
#[command(
    about = "Check an environment and give one verdict",
    long_about = "\
Check an environment and give one verdict: Healthy, Degraded, Unhealthy or Unknown, with its cause.

On this machine: looks at the process, /health, the database, requests and errors per second, the 95th percentile of \
the answer time, the order lines and the last ingest. Requests of watchers (/health, /metrics) do not count. The limits \
are in the section `monitor` of the configuration.

In AWS: looks at the project's stacks and their drift, the cluster, the database with its backups, maintenance, storage \
and lag, tasks that stopped in the last 15 minutes, targets, the load balancer, the service and its rollout, the images \
that run against the recorded one, the gateway's errors, /health through it and its certificate, alarms, errors in the \
log, the latest runs of functions, and the month's budget, all at the same time; what does not answer in 10 s is unknown. --detailed adds CloudWatch's metrics \
of the last hour, in steps of two minutes, and the deployments in it.

--continuous on a terminal is a live screen: layers, services, tasks, targets, alarms, metrics, events and costs, with keys \
to filter, sort, open a row and read a task's log; `?` shows them. Elsewhere, and with --lines, it is a line for each change.

Unhealthy: nobody is served, or the database is not there. Unknown: service, targets or API cannot be seen. Degraded: \
it works, but something should be looked at: tasks crash, an alarm rings, a rollout failed, the database is not \
encrypted, has no backup or lacks the standby that is wanted, another image than the recorded one runs, or the service \
sleeps. docs/monitor.md has every rule.",
    after_long_help = "\
Examples:
  eap monitor --env local                  one look
  eap monitor --env local --window 30s     rates over half a minute
  eap monitor --env prod --exit-code       for a script: exits 0, 3, 4 or 5
  eap monitor --env local --output json | jq -r .verdict
  eap monitor --env prod --detailed        metrics of the last hour beside the checks
  eap monitor --env prod --continuous      the live screen; q ends it
  eap monitor --env prod --report now.html a page for a hand-over or an incident
  eap monitor --env staging --until healthy --timeout 10m
  eap monitor --env prod --continuous --on-change 'jq -r .cause | wall'

A watch lives through lost networks and expired credentials, says so, and takes up new credentials and new names. \
With --continuous --output json every look is one document on a line of its own. SLACK_WEBHOOK_URL names a channel that \
is told each change of the verdict, and what goes wrong besides while it is bad, once it held for two looks; getting \
unhealthy counts at once.

Exit codes: 0 the look succeeded, whatever it saw; with --exit-code or --fail-on: 0 healthy, 3 degraded, 4 unhealthy, 5 \
unknown; with --until: 0 it is so, 8 not in time; 130 interrupted"
)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct MonitorArguments {
    /// On this machine: time over which rates are measured [default: 1s]
    #[arg(long, value_name = "DURATION", value_parser = crate::duration::parse)]
    window: Option<SignedDuration>,
    /// In AWS: the last hour's metrics as well, availability against the objective, costs, and sizes that would do
    #[arg(long)]
    detailed: bool,
    /// Let the exit code be the verdict: 0, 3, 4 or 5
    #[arg(long)]
    exit_code: bool,
    /// The same, but only from this verdict on
    #[arg(long, value_enum, value_name = "VERDICT")]
    fail_on: Option<FailOn>,
    /// Look again and again
    #[arg(long)]
    continuous: bool,
    /// Write what was seen, in AWS with the last hour's figures, into one HTML page; with --continuous at each look
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// With --continuous: a line for each change also on a terminal, instead of the live screen
    #[arg(long, requires = "continuous")]
    lines: bool,
    /// With --continuous or --until: time between two looks
    #[arg(long, default_value = "30s", value_name = "DURATION", value_parser = crate::duration::parse)]
    interval: SignedDuration,
    /// Look again and again until the verdict is this one
    #[arg(long, value_enum, value_name = "VERDICT")]
    until: Option<Until>,
    /// With --until: give up after this time
    #[arg(long, default_value = "10m", value_name = "DURATION", value_parser = crate::duration::parse)]
    timeout: SignedDuration,
    /// With --continuous: run this in a shell when the verdict changes or more goes wrong, with the report on its standard input
    #[arg(long, value_name = "COMMAND", requires = "continuous")]
    on_change: Option<String>,
}

/// From which verdict on the exit code tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Anything but healthy
    Degraded,
    /// Unhealthy or unknown
    Unhealthy,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Until {
    /// Everything is well
    Healthy,
    /// Something is wrong
    Unhealthy,
}

impl MonitorArguments {
    /// Runs the command.
    pub async fn run(self, context: Context<'_>) -> Result<Outcome, Failure> {
        let subject = Subject::find(context, &self).await?;
        if self.continuous || self.until.is_some() {
            if self.until.is_none() && !self.lines && context.output.can_draw() {
                return Box::pin(live::run(context, &self, &subject)).await;
            }
            return watch::run(context, &self, async || subject.look().await).await;
        }
        let report = subject.look().await?;
        self.write_report(&report)?;
        match context.output.format() {
            Format::Json => context.output.result_json(&report)?,
            Format::Table => print(context, &report)?,
        }
        Ok(self.outcome(report.verdict))
    }

    fn depth(&self) -> Depth {
        if self.detailed || self.report.is_some() { Depth::Figures } else { Depth::Checks }
    }

    /// Writes the page of a look, where one was asked for.
    fn write_report(&self, report: &Report) -> Result<(), Failure> {
        let Some(file) = &self.report else { return Ok(()) };
        let page = html::page(report, Timestamp::now());
        folder::write_atomically(file, page.as_bytes())
    }

    fn outcome(&self, verdict: Health) -> Outcome {
        let tells = match self.fail_on {
            Some(FailOn::Degraded) => true,
            Some(FailOn::Unhealthy) => verdict != Health::Degraded,
            None => self.exit_code,
        };
        if tells { verdict.outcome() } else { Outcome::Done }
    }
}

/// Shows a report to people.
pub(super) fn print(context: Context<'_>, report: &Report) -> Result<(), Failure> {
    let row = |check: &Check| {
        let style = style_of(check.state);
        vec![check.name.to_owned(), format!("{style}{}{style:#}", check.state), check.detail.clone()]
    };
    let rows: Vec<Vec<String>> = report.checks.iter().map(row).collect();
    let mut text = output::table(&["Check", "State", "Seen"], &rows);
    let style = style_of(report.verdict);
    let cause = report.cause.as_ref().map_or_else(String::new, |cause| format!(" ({cause})"));
    let _ = writeln!(text, "Verdict: {style}{}{style:#}{cause}", report.verdict);
    if let Some(detail) = &report.detail {
        text.push_str(&figures::in_words(detail));
    }
    if !report.last_log_lines.is_empty() {
        let _ = writeln!(text, "Last lines of the log:\n{}", evidence(&report.last_log_lines));
    }
    context.output.result(&text)?;
    for hint in report.hints() {
        context.output.hint(hint);
    }
    if matches!(report.verdict, Health::Degraded | Health::Unhealthy) {
        context.output.hint(&format!("`eap logs --env {}` shows the log", report.environment));
    }
    Ok(())
}

fn style_of(state: Health) -> anstyle::Style {
    match state {
        Health::Healthy => GOOD,
        Health::Degraded => WARNING,
        Health::Unhealthy => ERROR,
        Health::Unknown => FAINT,
    }
}
