//! `POST /api/v1/inventory`: stock levels, all or nothing.

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, header},
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    error::{ApiError, Kind, Problem},
    extract::query_string::Parameters,
    fits::inventory,
    ingest::stock::{self, StockLine},
    state::AppState,
};

/// What was stored.
#[derive(Debug, Serialize, ToSchema)]
pub struct Stored {
    /// Products whose level was stored.
    #[schema(example = 2)]
    pub stored: usize,
}

/// Stock levels
///
/// CSV with a header, or a JSON array of objects. `product_id` and `on_hand` are needed; what is left out is
/// `on_order` 0, `lead_days` 7, `lead_deviation` 0, `service_level` 0.95, `pack` 1, and no cost. A product keeps its
/// level until another one is sent. Any wrong line refuses all of them.
#[utoipa::path(
    post,
    path = "/api/v1/inventory",
    operation_id = "receive_inventory",
    security(("key" = ["ingest"])),
    tag = "models",
    request_body(content(
        (Vec<StockLine> = "application/json"),
        (String = "text/csv", example = "product_id,on_hand,lead_days,unit_cost\nP-12,18,10,4.20\n"),
    )),
    responses(
        (status = 200, body = Stored, description = "Everything is stored; the next fit takes it in"),
        (status = 400, body = Problem, description = "Wrong lines, each named, or a parameter: it takes none. Nothing is stored", content_type = "application/problem+json"),
        (status = 415, body = Problem, description = "Neither CSV nor JSON", content_type = "application/problem+json"),
    )
)]
pub async fn receive(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Stored>, ApiError> {
    Parameters::parse(&query.unwrap_or_default()).finish(())?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let levels = match kind.split(';').next().unwrap_or_default().trim() {
        "text/csv" => stock::from_csv(&body)?,
        "application/json" => stock::from_json(&body)?,
        _ => {
            let detail = "Send `text/csv` or `application/json`.";
            return Err(ApiError::new(Kind::UnsupportedMediaType).detail(detail));
        }
    };
    inventory::write(&state.db, &levels, Timestamp::now()).await?;
    Ok(Json(Stored { stored: levels.len() }))
}
