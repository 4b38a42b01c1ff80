//! `eap monitor`: looks at an environment and gives one verdict.

use std::fmt::Write as _;

use clap::Args;
use jiff::SignedDuration;

use super::Context;
use crate::arguments::{Environment, Format};
use crate::config::{Config, MonitorValues, Values};
use crate::failure::{Failure, Outcome};
use crate::local::folder::LocalFolder;
use crate::logs::line::evidence;
use crate::monitor::local::watch;
use crate::monitor::report::{Check, Health, Report};
use crate::output::{self, ERROR, FAINT, GOOD, WARNING};

/// Arguments of `eap monitor`.
#[derive(Debug, Args)]
#[command(
    about = "Check an environment and give one verdict",
    long_about = "\
Check an environment and give one verdict: Healthy, Degraded, Unhealthy or Unknown, with its cause.

Looks at the process, /health, the database, requests and errors per second, the 95th percentile of the answer time, \
the order lines and the last ingest. Requests of watchers (/health, /metrics) do not count. The limits are in \
the section `monitor` of the configuration.",
    after_long_help = "\
Examples:
  eap monitor --env local                  one look
  eap monitor --env local --window 30s     rates over half a minute
  eap monitor --env local --exit-code      for a script: exits 0, 3, 4 or 5
  eap monitor --env local --output json | jq -r .verdict

Exit codes: 0 the look succeeded, whatever it saw; with --exit-code: 0 healthy, 3 degraded, 4 unhealthy, 5 unknown"
)]
pub struct MonitorArguments {
    /// Time over which rates are measured [default: 1s]
    #[arg(long, value_name = "DURATION")]
    window: Option<SignedDuration>,
    /// Let the exit code be the verdict: 0, 3, 4 or 5
    #[arg(long)]
    exit_code: bool,
}

impl MonitorArguments {
    /// Runs the command.
    pub async fn run(self, context: Context<'_>) -> Result<Outcome, Failure> {
        super::require_local(context, "monitor")?;
        let monitor = MonitorValues { window: self.window, ..MonitorValues::default() };
        let flags = Values { monitor, ..Values::default() };
        let config = Config::load(Environment::Local, context.options, context.variables, flags)?;
        let report = watch(&LocalFolder::locate(context.variables)?, &config.monitor).await?;
        match context.output.format() {
            Format::Json => context.output.result_json(&report)?,
            Format::Table => print(context, &report)?,
        }
        Ok(if self.exit_code { report.verdict.outcome() } else { Outcome::Done })
    }
}

fn print(context: Context<'_>, report: &Report) -> Result<(), Failure> {
    let row = |check: &Check| {
        let style = style_of(check.state);
        vec![check.name.to_owned(), format!("{style}{}{style:#}", check.state), check.detail.clone()]
    };
    let rows: Vec<Vec<String>> = report.checks.iter().map(row).collect();
    let mut text = output::table(&["Check", "State", "Seen"], &rows);
    let style = style_of(report.verdict);
    let cause = report.cause.as_ref().map_or_else(String::new, |cause| format!(" ({cause})"));
    let _ = writeln!(text, "Verdict: {style}{}{style:#}{cause}", report.verdict);
    if !report.last_log_lines.is_empty() {
        let _ = writeln!(text, "Last lines of the log:\n{}", evidence(&report.last_log_lines));
    }
    context.output.result(&text)?;
    if matches!(report.verdict, Health::Degraded | Health::Unhealthy) {
        context.output.hint("`eap logs --env local` shows the log");
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
