//! `POST /api/v1/data/seed`: the bundled sample, into an empty store only.

use axum::{
    Extension, Json,
    extract::{RawQuery, State},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    access::Caller,
    error::{ApiError, Kind, Problem},
    extract::query_string::Parameters,
    middleware::request_id::RequestId,
    sample::{self, Loaded},
    state::AppState,
};

/// What was loaded.
#[derive(Debug, Serialize, ToSchema)]
pub struct Seeded {
    /// What happened, in words.
    message: &'static str,
    /// Order lines that are new.
    inserted: u64,
}

/// Loads the sample of real orders.
#[utoipa::path(post, path = "/api/v1/data/seed", operation_id = "seed", tag = "orders", security(("key" = ["admin"])), responses(
    (status = 200, body = Seeded),
    (status = 400, body = Problem, content_type = "application/problem+json", description = "It takes no parameters"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "The store holds orders"),
))]
pub async fn load(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Extension(request_id): Extension<RequestId>,
    RawQuery(query): RawQuery,
) -> Result<Json<Seeded>, ApiError> {
    Parameters::parse(&query.unwrap_or_default()).finish(())?;
    let defaults = state.store_defaults();
    let loaded =
        sample::load(&state.db, &state.dictionary, defaults, caller.name(), request_id.as_str()).await?;
    match loaded {
        Loaded::Sample(summary) => {
            Ok(Json(Seeded { message: "Sample data loaded", inserted: summary.inserted }))
        }
        Loaded::NotEmpty => Err(ApiError::new(Kind::Conflict)
            .detail("The store holds orders already; the sample is for an empty one.")),
    }
}
