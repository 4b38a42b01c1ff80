//! `eap-api migrate`.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::{config::StoreOptions, rollup::rezone};

/// Where to migrate.
#[derive(Debug, Args)]
pub(super) struct MigrateArguments {
    #[command(flatten)]
    store: StoreOptions,
}

pub(super) async fn run(arguments: &MigrateArguments) -> Result<ExitCode> {
    let db = super::open(&arguments.store).await?;
    db.migrate(arguments.store.time_zone_name()).await?;
    let zone = &arguments.store.time_zone;
    if let Some(former) = rezone::rezone(&db, zone).await? {
        let now = arguments.store.time_zone_name();
        tracing::info!(former, now, "the roll-ups count the days of another time zone now");
    }
    tracing::info!(environment = arguments.store.environment.name(), "the schema is up to date");
    Ok(ExitCode::SUCCESS)
}
