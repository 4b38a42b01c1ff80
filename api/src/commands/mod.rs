//! The subcommands of `eap-api`: one file each. Owns the command line and its dispatch.

mod alert_relay;
mod doctor;
mod fit;
mod healthcheck;
mod import;
mod keys;
mod migrate;
mod openapi;
mod output;
mod seed;
mod serve;

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand, ValueEnum};

use crate::{aws, config::StoreOptions, db::Db, telemetry::Sink};

pub use self::output::{report_failure, report_usage};

/// Analytics service: orders in, exact reports out.
#[derive(Debug, Parser)]
#[command(
    name = "eap-api",
    version,
    max_term_width = 120,
    after_help = "\
Examples:
  eap-api migrate && eap-api seed && eap-api serve     a service with sample data on port 8000
  eap-api import orders.csv.gz                         orders from a file
  eap-api keys create --name till-3 --scope ingest     a key for a sender of orders

Exit codes: 0 done, 1 failed, 64 usage"
)]
pub struct Arguments {
    /// What the log says: a level, or a list such as `info,eap_api::ingest=debug`
    #[arg(long, global = true, env = "EAP_LOG", default_value = "info", value_name = "FILTER")]
    log: String,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer requests until SIGTERM
    Serve(serve::ServeArguments),
    /// Bring the database schema up to date
    Migrate(migrate::MigrateArguments),
    /// Load the sample of real orders into an empty database
    Seed(seed::SeedArguments),
    /// Load orders from files; an import that was cut off goes on where it stopped
    Import(import::ImportArguments),
    /// Fit the models to the orders, unless that is done; also as a Lambda function
    Fit(fit::FitArguments),
    /// Make, list and revoke API keys
    Keys(keys::KeysArguments),
    /// Look at everything between this program and its database
    Doctor(doctor::DoctorArguments),
    /// Tell a Slack channel of alarms that SNS sends
    AlertRelay(alert_relay::AlertRelayArguments),
    /// Ask the instance on this machine whether it is alive
    Healthcheck(healthcheck::HealthcheckArguments),
    /// Print the OpenAPI document of this API
    Openapi,
}

/// How a command answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// For programs: one JSON document.
    Json,
}

/// Runs the command that `arguments` name.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let sink = match arguments.command {
        Command::Serve(_) | Command::Migrate(_) => Sink::Stdout,
        _ => Sink::Stderr,
    };
    crate::telemetry::start_log(sink, &arguments.log)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    let ended = runtime.block_on(async {
        match &arguments.command {
            Command::Serve(arguments) => serve::run(arguments).await,
            Command::Migrate(arguments) => migrate::run(arguments).await,
            Command::Seed(arguments) => seed::run(arguments).await,
            Command::Import(arguments) => import::run(arguments).await,
            Command::Fit(arguments) => fit::run(arguments).await,
            Command::Keys(arguments) => keys::run(arguments).await,
            Command::Doctor(arguments) => doctor::run(arguments).await,
            Command::AlertRelay(arguments) => alert_relay::run(arguments).await,
            Command::Healthcheck(arguments) => healthcheck::run(arguments).await,
            Command::Openapi => openapi::run(),
        }
    });
    // A fit that nobody waits for any more must not hold up the end of the process.
    runtime.shutdown_background();
    ended
}

/// The store, for a command that is not the server.
async fn open(store: &StoreOptions) -> Result<Db> {
    let url = aws::with_login(store).await?.database_url()?;
    Db::connect(url.expose(), store.database.database_max_connections).await
}

/// The store with its schema, which has to be there.
async fn open_ready(store: &StoreOptions) -> Result<Db> {
    let db = open(store).await?;
    db.wait_for_schema(std::time::Duration::ZERO).await?;
    Ok(db)
}

/// As `open_ready`, for many orders.
async fn open_to_load(store: &StoreOptions) -> Result<Db> {
    let url = aws::with_login(store).await?.database_url()?;
    let db = Db::connect_to_load(url.expose(), store.database.database_max_connections).await?;
    db.wait_for_schema(std::time::Duration::ZERO).await?;
    Ok(db)
}
