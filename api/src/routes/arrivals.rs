//! `GET /api/v1/orders`: the orders that arrived last.

use axum::{
    Json,
    extract::{RawQuery, State},
    http::header,
    response::IntoResponse,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    error::{ApiError, Problem},
    extract::query_string::Parameters,
    money::{Currency, ExactNumber},
    queries::arrivals,
    state::AppState,
};

const DEFAULT_ORDERS: usize = 20;
const MOST_ORDERS: usize = 200;

/// An order as it stands now.
#[derive(Debug, Serialize, ToSchema)]
pub struct LatestOrder {
    /// The shop's order id.
    order_id: String,
    /// Instant of the sale, RFC 3339; of the first return when there is no sale.
    ordered_at: String,
    /// The shop's customer id; empty for a guest.
    customer_id: String,
    /// Region.
    region: String,
    /// Channel.
    channel: String,
    /// ISO 4217 code of its amount.
    currency: String,
    /// Order lines.
    lines: i64,
    /// Sales less discounts and returns.
    #[schema(value_type = f64)]
    net_revenue: ExactNumber,
}

/// The orders that arrived last, newest first.
///
/// In the order in which the store numbered them, whenever they were placed.
#[utoipa::path(get, path = "/api/v1/orders", operation_id = "latest_orders", tag = "orders", security(("key" = ["read"])),
    params(("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "How many; 20 by default")),
    responses(
        (status = 200, body = Vec<LatestOrder>),
        (status = 400, body = Problem, content_type = "application/problem+json"),
    ))]
pub async fn latest(
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<impl IntoResponse, ApiError> {
    let mut parameters = Parameters::parse(&query.unwrap_or_default());
    let limit = parameters.limit(DEFAULT_ORDERS, MOST_ORDERS);
    let limit = parameters.finish(limit)?;
    let orders: Vec<LatestOrder> =
        arrivals::latest(&state.db, limit).await?.into_iter().map(shape).collect::<Result<_, _>>()?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(orders)))
}

fn shape(order: arrivals::Arrival) -> Result<LatestOrder, ApiError> {
    let currency = Currency::from_code(&order.currency).map_err(anyhow::Error::from)?;
    Ok(LatestOrder {
        ordered_at: order.ordered.to_string(),
        net_revenue: currency.number(order.net_minor),
        order_id: order.order_id,
        customer_id: order.customer_id,
        region: order.region,
        channel: order.channel,
        currency: order.currency,
        lines: order.lines,
    })
}
