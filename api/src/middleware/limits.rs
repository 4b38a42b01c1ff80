//! Bounds on a request: how long an answer may take. Body sizes are bounded by a layer of tower-http.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::error::{ApiError, Kind};

/// Ends a request that takes longer than `limit` with 503.
pub async fn timeout(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::new(Kind::Unavailable)
            .detail(format!("The answer took longer than {} s.", limit.as_secs()))
            .caused_by(anyhow::anyhow!("timed out after {} s", limit.as_secs()))
            .into_response(),
    }
}
