//! `GET /dashboard/context`: what the page must know before it asks anything: the store's zone, currency, days and
//! names, and what the caller may do. `GET /dashboard/uploads`: the files uploaded last.

use axum::{Extension, Json, extract::State, http::header, response::IntoResponse};
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use crate::{
    access::Caller,
    calendar::date_at,
    error::ApiError,
    openapi,
    queries::{extent, uploads},
    state::AppState,
};

/// What the page must know first.
#[derive(Debug, Serialize)]
struct Context {
    version: &'static str,
    environment: &'static str,
    time_zone: String,
    currency: &'static str,
    today: String,
    /// Days of the first and the last order; null in an empty store.
    first_day: Option<String>,
    last_day: Option<String>,
    regions: Vec<String>,
    channels: Vec<String>,
    categories: Vec<String>,
    /// Addresses of the reports that this service has.
    reports: Vec<&'static str>,
    signed_in: bool,
    scopes: Vec<&'static str>,
}

/// Answers `/dashboard/context`.
pub(super) async fn show(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
) -> Result<impl IntoResponse, ApiError> {
    let settings = &state.settings;
    let zone = &settings.time_zone;
    let day = |at: Timestamp| date_at(at.as_second(), zone).to_string();
    let extent = extent::of_orders(&state.db, zone).await?;
    let names = extent::names(&state.db).await?;
    let context = Context {
        version: env!("CARGO_PKG_VERSION"),
        environment: settings.environment.name(),
        time_zone: zone_name(zone),
        currency: settings.currency.code(),
        today: day(Timestamp::now()),
        first_day: extent.map(|days| days.first.to_string()),
        last_day: extent.map(|days| days.last.to_string()),
        regions: names.regions,
        channels: names.channels,
        categories: names.categories,
        reports: reports(),
        signed_in: state.gate.needs_keys(),
        scopes: state.gate.scopes(&state.db, &caller).await?.names(),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(context)))
}

/// Answers `/dashboard/uploads`: the last twenty, newest first.
pub(super) async fn uploads(State(state): State<AppState>) -> Result<impl IntoResponse, ApiError> {
    let uploads = uploads::latest(&state.db, 20).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(uploads)))
}

fn reports() -> Vec<&'static str> {
    let paths = openapi::document().paths.paths.keys().map(String::as_str);
    paths.filter(|path| path.starts_with("/api/v1/analytics/")).collect()
}

fn zone_name(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or("UTC").to_owned()
}
