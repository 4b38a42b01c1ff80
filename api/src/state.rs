//! What all requests share: the store, the settings, the gate, the figures. Built once by `serve`.

use std::sync::Arc;

use axum::extract::FromRef;
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{
    access::Gate, changes::Changes, config::Settings, db::Db, ingest::draft::StoreDefaults,
    ingest::terms::Dictionary, routes::report::Reporting, telemetry::Metrics,
};

/// Shared state; a clone is cheap.
#[derive(Debug, Clone)]
pub struct AppState {
    /// The store.
    pub db: Db,
    /// Settings, resolved at the start.
    pub settings: Arc<Settings>,
    /// Numbers of names, remembered between uploads.
    pub dictionary: Arc<Dictionary>,
    /// Who may do what, and how often.
    pub gate: Arc<Gate>,
    /// The figures behind `/metrics`.
    pub metrics: Arc<Metrics>,
    /// Tells of each change of the data.
    pub changes: Changes,
    /// Places for those who listen to streams.
    pub listeners: Arc<Semaphore>,
    /// Whose turn it is to have a report about all customers made, see [`Reporting`].
    pub customers_turn: Arc<Semaphore>,
    /// Set when the process is to end: open streams then end themselves.
    pub shutdown: CancellationToken,
}

impl AppState {
    /// State of a new process. Starts no task.
    pub fn new(db: Db, settings: Settings, shutdown: CancellationToken) -> Self {
        Self {
            gate: Arc::new(Gate::new(settings.environment.needs_keys(), settings.rate_limit)),
            changes: Changes::default(),
            dictionary: Arc::default(),
            listeners: Arc::new(Semaphore::new(settings.max_listeners)),
            customers_turn: Arc::new(Semaphore::new(1)),
            metrics: Arc::new(Metrics::new()),
            settings: Arc::new(settings),
            db,
            shutdown,
        }
    }

    /// What uploads need not say.
    pub fn store_defaults(&self) -> StoreDefaults {
        StoreDefaults { time_zone: self.settings.time_zone.clone(), currency: self.settings.currency }
    }
}

impl FromRef<AppState> for Reporting {
    fn from_ref(state: &AppState) -> Self {
        Self {
            db: state.db.clone(),
            time_zone: state.settings.time_zone.clone(),
            currency: state.settings.currency,
            clock: Timestamp::now,
            customers_turn: Arc::clone(&state.customers_turn),
        }
    }
}
