//! `GET /api/v1/audit`: what administrators did, for those who cannot reach the database.

use axum::{
    Json,
    extract::{RawQuery, State},
    http::header,
    response::IntoResponse,
};

use crate::{
    access::audit::{self, Recorded},
    error::{ApiError, Problem},
    extract::query_string::Parameters,
    state::AppState,
};

const DEFAULT_ACTS: usize = 100;
const MOST_ACTS: usize = 1_000;

/// What administrators did last, newest first.
///
/// Keys made and revoked, the sample loaded: by whom, from where, in which request.
#[utoipa::path(get, path = "/api/v1/audit", operation_id = "audit", tag = "service", security(("key" = ["admin"])),
    params(("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "How many; 100 by default")),
    responses(
        (status = 200, body = Vec<Recorded>),
        (status = 400, body = Problem, content_type = "application/problem+json"),
    ))]
pub async fn latest(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<impl IntoResponse, ApiError> {
    let mut parameters = Parameters::parse(&query.unwrap_or_default());
    let limit = parameters.limit(DEFAULT_ACTS, MOST_ACTS);
    let limit = parameters.finish(limit)?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(audit::latest(&state.db, limit).await?)))
}
