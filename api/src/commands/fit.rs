//! `eap-api fit`: the models, from a command line, a schedule, or a Lambda function.

use std::{process::ExitCode, time::Duration};

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Format, output};
use crate::{
    config::StoreOptions,
    db::Db,
    fits::{self, Ended, NotFitted, observe::Terms},
    lambda::{self, LambdaOptions},
};

/// What to fit, and for how long.
#[derive(Debug, Args)]
pub(super) struct FitArguments {
    #[command(flatten)]
    store: StoreOptions,

    /// Longest time for it, waiting for another run included
    #[arg(long, env = "FIT_DEADLINE_SECONDS", default_value_t = 600, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    deadline_seconds: u64,

    /// How to answer
    #[arg(long, value_enum, default_value = "table")]
    output: Format,

    #[command(flatten)]
    lambda: LambdaOptions,
}

pub(super) async fn run(arguments: &FitArguments) -> Result<ExitCode> {
    let db = super::open_ready(&arguments.store).await?;
    if arguments.lambda.is_lambda() {
        // Whatever the event says: there is one thing to do.
        lambda::serve(|_event: Value| async { Ok(shape(fit(arguments, &db).await?)) }).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let ended = fit(arguments, &db).await?;
    match arguments.output {
        Format::Json => output::answer_json(&shape(ended))?,
        Format::Table => output::answer(&match ended {
            Ended::Fitted { fitted, refused, data_version } => {
                let first = format!("fitted {fitted} reports at data version {data_version}");
                let line = |one: NotFitted| format!("\n{} {}: {}", one.status, one.report, one.reason);
                first + &refused.into_iter().map(line).collect::<String>()
            }
            Ended::UpToDate { data_version } => {
                format!("data version {data_version} is fitted already; nothing was done")
            }
        })?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn fit(arguments: &FitArguments, db: &Db) -> Result<Ended> {
    let store = &arguments.store;
    let terms = Terms { currency: store.currency, time_zone: store.time_zone.clone(), now: Timestamp::now() };
    let deadline = Duration::from_secs(arguments.deadline_seconds);
    fits::run(db, &fits::Settings { terms, deadline }).await
}

fn shape(ended: Ended) -> Value {
    match ended {
        Ended::Fitted { fitted, refused, data_version } => {
            json!({
                "status": "fitted",
                "fitted": fitted,
                "refused": refused.len(),
                "refusals": refused,
                "data_version": data_version,
            })
        }
        Ended::UpToDate { data_version } => json!({"status": "up_to_date", "data_version": data_version}),
    }
}
