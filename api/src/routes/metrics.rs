//! `GET /metrics` for Prometheus.

use std::time::Duration;

use axum::{
    extract::{RawQuery, State},
    http::header,
    response::IntoResponse,
};

use crate::{
    error::{ApiError, Problem},
    extract::query_string::Parameters,
    queries::figures,
    state::AppState,
};

const DATABASE_TIMEOUT: Duration = Duration::from_secs(5);

/// Figures of this instance and of the store; without the store's when the database is away.
#[utoipa::path(get, path = "/metrics", operation_id = "metrics", tag = "service", security(("key" = ["read"])), responses(
    (status = 200, body = String, content_type = "text/plain", description = "Prometheus text format"),
    (status = 400, body = Problem, content_type = "application/problem+json", description = "It takes no parameters"),
))]
pub async fn show(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<impl IntoResponse, ApiError> {
    Parameters::parse(&query.unwrap_or_default()).finish(())?;
    let figures = tokio::time::timeout(DATABASE_TIMEOUT, figures::store_figures(&state.db)).await;
    let figures = match figures {
        Ok(Ok(figures)) => Some(figures),
        Ok(Err(error)) => {
            tracing::warn!(error = format!("{error:#}"), "the store's figures cannot be read");
            None
        }
        Err(_) => None,
    };
    let headers = [
        (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, state.metrics.render(figures)))
}
