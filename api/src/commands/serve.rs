//! `eap-api serve`: starts, answers requests, ends gracefully.

mod fitter;
mod folder;

use std::{process::ExitCode, time::Duration};

use anyhow::{Context, Result};
use clap::Args;
use jiff::Timestamp;
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use self::{fitter::Fitter, folder::Folder};
use crate::{
    aws, business_metrics,
    config::{ServerOptions, Settings, StoreOptions},
    db::Db,
    rollup::rezone,
    router::router,
    state::AppState,
    telemetry,
};

/// Time between two looks at pending changes.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// Time between two looks whether business figures are due.
const REPORT_INTERVAL: Duration = Duration::from_secs(30);
/// Time between two looks whether models are to be fitted again, and so the least between two fits.
const FIT_INTERVAL: Duration = Duration::from_mins(5);
/// The first look is earlier: a new store wants its first numbers.
const FIRST_FIT: Duration = Duration::from_secs(20);
/// Time between two tidyings of the figures.
const TIDY_INTERVAL: Duration = Duration::from_secs(5);

/// How to serve.
#[derive(Debug, Args)]
pub(super) struct ServeArguments {
    #[command(flatten)]
    store: StoreOptions,
    #[command(flatten)]
    server: ServerOptions,
}

pub(super) async fn run(arguments: &ServeArguments) -> Result<ExitCode> {
    log_panics();
    let settings = Settings::new(&arguments.store, &arguments.server)?;
    let fitter = Fitter::new(&arguments.store)?;
    let mut signals = Signals::new()?;
    // A taken port is told at once, before the wait for the database.
    let address = arguments.server.listen_address(settings.environment);
    let listener = TcpListener::bind(address).await.with_context(|| format!("listen on {address}"))?;
    let address = listener.local_addr().context("ask for the address")?;
    let db = tokio::select! {
        db = wait_for_store(arguments) => db?,
        () = signals.next() => return Ok(ExitCode::SUCCESS),
    };

    warn_of_another_zone(&db, &arguments.store).await?;
    let shutdown = CancellationToken::new();
    let state = AppState::new(db, settings, shutdown.clone());
    start_tasks(&state, fitter);
    tracing::info!(%address, environment = state.settings.environment.name(), "listening");
    let server =
        axum::serve(listener, router(state)).with_graceful_shutdown(shutdown.clone().cancelled_owned());
    let mut server = tokio::spawn(server.into_future());

    tokio::select! {
        ended = &mut server => ended.context("the server ended")?.context("serve")?,
        () = signals.next() => {}
    }
    shutdown.cancel();
    let patience = Duration::from_secs(arguments.server.shutdown_seconds);
    tracing::info!(patience_seconds = patience.as_secs(), "ending: open requests may finish");
    tokio::select! {
        _ = &mut server => tracing::info!("ended"),
        () = tokio::time::sleep(patience) => tracing::warn!("ended with requests still open: the time is up"),
        () = signals.next() => tracing::warn!("ended with requests still open: told a second time"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Connects, and waits for the schema, within one deadline.
async fn wait_for_store(arguments: &ServeArguments) -> Result<Db> {
    let deadline = Instant::now() + Duration::from_secs(arguments.server.schema_wait_seconds);
    let store = aws::with_login(&arguments.store).await?;
    let url = store.database_url()?;
    let most = store.database.database_max_connections;
    let db = loop {
        match Db::connect(url.expose(), most).await {
            Ok(db) => break db,
            Err(error) if Instant::now() >= deadline => {
                return Err(error.context(format!(
                    "the database cannot be reached after {} s",
                    arguments.server.schema_wait_seconds
                )));
            }
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "the database cannot be reached; trying again");
            }
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    db.wait_for_schema(deadline.saturating_duration_since(Instant::now())).await?;
    match store.database.reader_url()? {
        Some(reader) => db.with_reader(reader.expose(), most).await,
        None => Ok(db),
    }
}

async fn warn_of_another_zone(db: &Db, store: &StoreOptions) -> Result<()> {
    let (store, setting) = (rezone::time_zone(db).await?, store.time_zone_name());
    if store != setting {
        let hint = "reports are right but slower; run `eap-api migrate` to move the roll-ups";
        tracing::warn!(store, setting, hint, "STORE_TIME_ZONE is not the zone whose days the roll-ups count");
    }
    Ok(())
}

/// Tasks that live as long as the process; each ends with `shutdown`.
fn start_tasks(state: &AppState, fitter: Fitter) {
    tokio::spawn(state.changes.clone().watch(state.db.clone(), state.shutdown.clone()));
    let (db, shutdown) = (state.db.clone(), state.shutdown.clone());
    tokio::spawn(async move {
        let mut folder = Folder::default();
        while sleep_unless(&shutdown, LOOK_INTERVAL).await {
            folder.look(&db).await;
        }
    });
    let fitting = state.clone();
    tokio::spawn(async move {
        let mut wait = FIRST_FIT;
        while sleep_unless(&fitting.shutdown, wait).await {
            fitting.shutdown.run_until_cancelled(fitter.fit(&fitting)).await;
            wait = FIT_INTERVAL;
        }
    });
    if state.settings.environment.needs_keys() {
        let state = state.clone();
        tokio::spawn(async move {
            while sleep_unless(&state.shutdown, REPORT_INTERVAL).await {
                report_business(&state).await;
            }
        });
    }
    let (metrics, shutdown) = (state.metrics.clone(), state.shutdown.clone());
    tokio::spawn(async move {
        while sleep_unless(&shutdown, TIDY_INTERVAL).await {
            metrics.tidy();
        }
    });
}

/// False when the process is to end.
async fn sleep_unless(shutdown: &CancellationToken, interval: Duration) -> bool {
    shutdown.run_until_cancelled(tokio::time::sleep(interval)).await.is_some()
}

async fn report_business(state: &AppState) {
    let Settings { environment, currency, .. } = *state.settings;
    let due = business_metrics::due(&state.db, currency, Timestamp::now()).await;
    let lines = due.and_then(|due| due.iter().map(|figures| figures.line(environment, currency)).collect());
    match lines {
        Ok::<Vec<_>, _>(lines) => lines.iter().for_each(|line| telemetry::log_line(line)),
        Err(error) => tracing::warn!(error = format!("{error:#}"), "business figures are not reported now"),
    }
}

/// A panic is one JSON line like everything else.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let reason = panic.payload_as_str().unwrap_or("no reason given");
        tracing::error!(place, reason, "panicked");
    }));
}

/// SIGTERM of an orchestrator, SIGINT of a keyboard.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> Result<Self> {
        let listen = |kind| signal(kind).context("listen for signals");
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
