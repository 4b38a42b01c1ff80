//! `eap-api seed`.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::{Format, output};
use crate::{
    access::audit,
    config::StoreOptions,
    ingest::{draft::StoreDefaults, terms::Dictionary},
    sample::{self, Loaded},
};

/// Where to load the sample.
#[derive(Debug, Args)]
pub(super) struct SeedArguments {
    #[command(flatten)]
    store: StoreOptions,

    /// How to answer
    #[arg(long, value_enum, default_value = "table")]
    output: Format,
}

/// A store that holds orders is left alone, and that is a success: the command may be repeated.
pub(super) async fn run(arguments: &SeedArguments) -> Result<ExitCode> {
    let db = super::open_to_load(&arguments.store).await?;
    let defaults =
        StoreDefaults { time_zone: arguments.store.time_zone.clone(), currency: arguments.store.currency };
    let loaded = sample::load(&db, &Dictionary::default(), defaults, audit::COMMAND_LINE, "").await?;
    let (inserted, text) = match &loaded {
        Loaded::Sample(summary) => (summary.inserted, format!("loaded {} order lines", summary.inserted)),
        Loaded::NotEmpty => (0, "the store holds orders already; nothing was loaded".to_owned()),
    };
    match arguments.output {
        Format::Table => output::answer(&text)?,
        Format::Json => output::answer_json(&serde_json::json!({
            "loaded": loaded != Loaded::NotEmpty, "inserted": inserted,
        }))?,
    }
    Ok(ExitCode::SUCCESS)
}
