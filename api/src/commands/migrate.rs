//! `eap-api migrate`.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::config::StoreOptions;

/// Where to migrate.
#[derive(Debug, Args)]
pub(super) struct MigrateArguments {
    #[command(flatten)]
    store: StoreOptions,
}

pub(super) async fn run(arguments: &MigrateArguments) -> Result<ExitCode> {
    let db = super::open(&arguments.store).await?;
    db.migrate(arguments.store.time_zone_name()).await?;
    tracing::info!(environment = arguments.store.environment.name(), "the schema is up to date");
    Ok(ExitCode::SUCCESS)
}
