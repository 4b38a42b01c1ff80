//! `eap-api migrate`.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::{
    access::first_key,
    config::{Secret, StoreOptions},
    rollup::rezone,
};

/// Where to migrate.
#[derive(Debug, Args)]
pub(super) struct MigrateArguments {
    #[command(flatten)]
    store: StoreOptions,

    /// Key to take in with every scope, unless it is known; give it as a variable, arguments show in process lists
    #[arg(long, env = "EAP_API_KEY", hide_env_values = true, hide = true)]
    first_key: Option<Secret>,
}

pub(super) async fn run(arguments: &MigrateArguments) -> Result<ExitCode> {
    let db = super::open(&arguments.store).await?;
    db.migrate(arguments.store.time_zone_name()).await?;
    let zone = &arguments.store.time_zone;
    if let Some(former) = rezone::rezone(&db, zone).await? {
        let now = arguments.store.time_zone_name();
        tracing::info!(former, now, "the roll-ups count the days of another time zone now");
    }
    if let Some(key) = arguments.first_key.as_ref().filter(|key| !key.expose().is_empty())
        && first_key::admit(&db, key).await?
    {
        tracing::info!("the first key of the deployment is taken in");
    }
    tracing::info!(environment = arguments.store.environment.name(), "the schema is up to date");
    Ok(ExitCode::SUCCESS)
}
