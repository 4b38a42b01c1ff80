//! `eap-api doctor`: what stands between this program and its database.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::{Format, output};
use crate::{
    config::StoreOptions,
    doctor::{self, Finding, State},
};

/// What to examine.
#[derive(Debug, Args)]
pub(super) struct DoctorArguments {
    #[command(flatten)]
    store: StoreOptions,

    /// How to answer
    #[arg(long, value_enum, default_value = "table")]
    output: Format,
}

pub(super) async fn run(arguments: &DoctorArguments) -> Result<ExitCode> {
    let findings = doctor::examine(&arguments.store).await;
    match arguments.output {
        Format::Table => findings.iter().try_for_each(show)?,
        Format::Json => output::answer_json(&serde_json::json!({"schema_version": 1, "findings": findings}))?,
    }
    let sound = findings.iter().all(|finding| finding.state != State::Bad);
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(finding: &Finding) -> Result<()> {
    let state = match finding.state {
        State::Good => "good",
        State::Warning => "warning",
        State::Bad => "bad",
    };
    output::answer(&format!("{state:<7}  {:<11}  {}", finding.check, finding.detail))?;
    finding.hint.as_ref().map_or(Ok(()), |hint| output::answer(&format!("{:22}hint: {hint}", "")))
}
