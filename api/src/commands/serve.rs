//! `eap-api serve`: starts, answers requests, ends gracefully.

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

use crate::{
    aws, business_metrics,
    config::{ServerOptions, Settings, StoreOptions},
    db::Db,
    fits::{self, observe::Terms},
    process::Itself,
    rollup::{compact, rezone},
    router::router,
    state::AppState,
    telemetry,
};

/// Time between two foldings of pending changes.
const FOLD_INTERVAL: Duration = Duration::from_secs(10);
/// Time between two looks whether business figures are due.
const REPORT_INTERVAL: Duration = Duration::from_secs(30);
/// Time between two looks whether models are to be fitted again, and so the least between two fits.
const FIT_INTERVAL: Duration = Duration::from_mins(5);
/// The first look is earlier: a new store wants its first numbers.
const FIRST_FIT: Duration = Duration::from_secs(20);
/// Longest time for a fit.
const FIT_DEADLINE: Duration = Duration::from_mins(10);
/// Most connections that a fit may open.
const FIT_CONNECTIONS: u32 = 2;
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
        // Also without changes: an earlier version may have left months without their newest summaries.
        let mut whole = false;
        while sleep_unless(&shutdown, FOLD_INTERVAL).await {
            whole |= fold(&db, whole).await;
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

/// Folds what is pending; `known_whole` says that nothing needs to be done otherwise. Answers whether that is so now.
async fn fold(db: &Db, known_whole: bool) -> bool {
    let folded = match compact::pending_changes(db).await {
        Ok(0) if known_whole => return true,
        Ok(_) => compact::compact_all(db).await,
        Err(error) => Err(error),
    };
    match &folded {
        Ok(deltas) => tracing::debug!(deltas, "folded changes into the roll-ups"),
        // Reports stay right without: they read pending changes too.
        Err(error) => tracing::warn!(error = format!("{error:#}"), "changes cannot be folded now"),
    }
    folded.is_ok()
}

/// Fits the models in a process of its own: what a fit needs is several times what serving needs, and goes with it.
struct Fitter {
    program: Itself,
    variables: Vec<(&'static str, String)>,
}

impl Fitter {
    fn new(store: &StoreOptions) -> Result<Self> {
        let mut store = store.clone();
        store.database.database_max_connections =
            store.database.database_max_connections.min(FIT_CONNECTIONS);
        Ok(Self { program: Itself::find()?, variables: store.variables() })
    }

    /// Fits the models if the data has changed. Another instance may be at it: the next look finds that done.
    async fn fit(&self, state: &AppState) {
        match self.try_to_fit(state).await {
            Ok(Some((done, process))) => tracing::info!(
                process,
                status = done.status,
                fitted = done.fitted,
                refused = done.refused,
                data_version = done.data_version,
                "models are fitted"
            ),
            Ok(None) => {}
            // Reports go on with the numbers before.
            Err(error) => tracing::warn!(error = format!("{error:#}"), "models cannot be fitted now"),
        }
    }

    async fn try_to_fit(&self, state: &AppState) -> Result<Option<(FitEnded, u32)>> {
        let Settings { ref time_zone, currency, .. } = *state.settings;
        let terms = Terms { currency, time_zone: time_zone.clone(), now: Timestamp::now() };
        if !fits::is_due(&state.db, &terms).await? {
            return Ok(None);
        }
        let seconds = FIT_DEADLINE.as_secs().to_string();
        let arguments = ["fit", "--output", "json", "--deadline-seconds", &seconds];
        // The child keeps its own deadline; this is for one that hangs.
        let patience = FIT_DEADLINE + Duration::from_mins(1);
        let done = self.program.run(&arguments, &self.variables, patience).await?;
        let ended = serde_json::from_str(&done.answer).context("read how the fit ended")?;
        Ok(Some((ended, done.process)))
    }
}

/// What `eap-api fit --output json` answers.
#[derive(serde::Deserialize)]
struct FitEnded {
    status: String,
    fitted: Option<u64>,
    refused: Option<u64>,
    data_version: i64,
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
