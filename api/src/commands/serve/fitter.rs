//! Fits the models in a process of its own: what a fit needs is several times what serving needs, and goes with it.

use std::time::Duration;

use anyhow::{Context, Result};
use jiff::Timestamp;

use crate::{
    config::{Secret, Settings, StoreOptions},
    fits::{self, observe::Terms},
    process::Itself,
    state::AppState,
};

/// Longest time for a fit.
const DEADLINE: Duration = Duration::from_mins(10);
/// Most connections that a fit may open.
const CONNECTIONS: u32 = 2;

/// How to run a fit on the store that is served.
#[derive(Debug)]
pub(super) struct Fitter {
    program: Itself,
    variables: Vec<(&'static str, Secret)>,
}

/// What `eap-api fit --output json` answers.
#[derive(Debug, serde::Deserialize)]
struct Ended {
    status: String,
    fitted: Option<u64>,
    refused: Option<u64>,
    data_version: i64,
}

impl Fitter {
    /// For the store that `options` name.
    pub(super) fn new(options: &StoreOptions) -> Result<Self> {
        let mut options = options.clone();
        options.database.database_max_connections =
            options.database.database_max_connections.min(CONNECTIONS);
        Ok(Self { program: Itself::find()?, variables: options.variables() })
    }

    /// Fits the models if the data has changed. Another instance may be at it: the next look finds that done.
    pub(super) async fn fit(&self, state: &AppState) {
        match self.try_to_fit(state).await {
            Ok(Some((ended, process))) => tracing::info!(
                process,
                status = ended.status,
                fitted = ended.fitted,
                refused = ended.refused,
                data_version = ended.data_version,
                "models are fitted"
            ),
            Ok(None) => {}
            // Reports go on with the numbers before.
            Err(error) => tracing::warn!(error = format!("{error:#}"), "models cannot be fitted now"),
        }
    }

    async fn try_to_fit(&self, state: &AppState) -> Result<Option<(Ended, u32)>> {
        let Settings { ref time_zone, currency, .. } = *state.settings;
        let terms = Terms { currency, time_zone: time_zone.clone(), now: Timestamp::now() };
        if !fits::is_due(&state.db, &terms).await? {
            return Ok(None);
        }
        let seconds = DEADLINE.as_secs().to_string();
        let arguments = ["fit", "--output", "json", "--deadline-seconds", &seconds];
        // The child keeps its own deadline; this is for one that hangs.
        let patience = DEADLINE + Duration::from_mins(1);
        let done = self.program.run(&arguments, &self.variables, patience).await?;
        let ended = serde_json::from_str(&done.answer).context("read how the fit ended")?;
        Ok(Some((ended, done.process)))
    }
}
