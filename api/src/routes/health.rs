//! Whether this instance can do its work. Says nothing private.

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::AppState;

/// Shorter than a load balancer waits, so that it gets a reason instead of silence.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(2);

/// State of the service.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `healthy` or `unhealthy`.
    #[schema(example = "healthy")]
    status: &'static str,
    /// Instant of this answer, RFC 3339.
    timestamp: String,
    /// `connected` or `disconnected`.
    #[schema(example = "connected")]
    database_status: &'static str,
    /// Environment that this instance belongs to.
    environment: &'static str,
    /// Version of the service.
    version: &'static str,
}

/// State of the process.
#[derive(Debug, Serialize, ToSchema)]
pub struct Liveness {
    /// Always `alive`.
    status: &'static str,
}

/// Whether orders can be taken in and reports answered: asks the database, and the replica for reports where there is
/// one.
#[utoipa::path(get, path = "/health", tag = "service", responses(
    (status = 200, body = Health, description = "Ready"),
    (status = 503, body = Health, description = "The database is away, or its schema is not ready"),
))]
pub async fn ready(State(state): State<AppState>) -> impl IntoResponse {
    let failure = match tokio::time::timeout(DATABASE_TIMEOUT, state.db.ping()).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(format!("{error:#}")),
        Err(_) => Some(format!("no answer within {} s", DATABASE_TIMEOUT.as_secs())),
    };
    if let Some(error) = &failure {
        tracing::warn!(error, "the database is away");
    }
    let (code, status, database_status) = match failure {
        None => (StatusCode::OK, "healthy", "connected"),
        Some(_) => (StatusCode::SERVICE_UNAVAILABLE, "unhealthy", "disconnected"),
    };
    let health = Health {
        status,
        timestamp: Timestamp::now().to_string(),
        database_status,
        environment: state.settings.environment.name(),
        version: env!("CARGO_PKG_VERSION"),
    };
    (code, [(header::CACHE_CONTROL, "no-store")], Json(health))
}

/// Whether the process answers at all: asks nobody else.
#[utoipa::path(get, path = "/health/live", tag = "service", responses((status = 200, body = Liveness)))]
pub async fn live() -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], Json(Liveness { status: "alive" }))
}
