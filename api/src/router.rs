//! The one table of routes, and the layers around them.

use axum::{
    Router,
    handler::Handler,
    middleware::{from_fn, from_fn_with_state},
    routing::{get, post},
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, DefaultPredicate, Predicate, predicate::NotForContentType},
    limit::RequestBodyLimitLayer,
};

use crate::{
    access::{Scope, gate},
    error::{ApiError, Kind},
    middleware::{limits, observe, security},
    routes,
    state::AppState,
};

/// Every route of the service.
pub fn router(state: AppState) -> Router {
    let needs = |scope| from_fn_with_state((state.clone(), scope), gate::require);

    let open = Router::new()
        .route("/", get(routes::root::show))
        .route("/health", get(routes::health::ready))
        .route("/health/live", get(routes::health::live))
        .merge(routes::docs::router())
        .merge(routes::dashboard::open_router());

    let reading = Router::new()
        .route("/api/v1/analytics/sales", get(routes::sales::sales))
        .route("/api/v1/analytics/customers", get(routes::customers::customers))
        .route("/api/v1/analytics/products", get(routes::products::products))
        .route("/metrics", get(routes::metrics::show))
        .merge(routes::dashboard::reading_router())
        .route_layer(needs(Scope::Read));

    let administration =
        Router::new().route("/api/v1/data/seed", post(routes::seed::load)).route_layer(needs(Scope::Admin));

    // Each has its own measure of time and size: a stream may go on for long.
    let streams = Router::new()
        .route(
            "/api/v1/orders",
            post(routes::orders::receive.layer(needs(Scope::Ingest)))
                .get(routes::arrivals::latest.layer(needs(Scope::Read))),
        )
        .route("/api/v1/stream/sales", get(routes::stream::sales.layer(needs(Scope::Read))));

    open.merge(reading)
        .merge(administration)
        .layer(from_fn_with_state(state.settings.request_timeout, limits::timeout))
        .layer(RequestBodyLimitLayer::new(state.settings.max_body_bytes))
        .merge(streams)
        .fallback(|| async { ApiError::new(Kind::NotFound) })
        .layer(CatchPanicLayer::custom(observe::panicked))
        .layer(CompressionLayer::new().gzip(true).compress_when(worth_compressing()))
        .layer(security::cors(&state.settings.cors_allowed_origins))
        .layer(from_fn(security::headers))
        .layer(from_fn_with_state(state.metrics.clone(), observe::observe))
        .with_state(state)
}

/// Not small answers, not images, and not events, which compression would hold back.
fn worth_compressing() -> impl Predicate {
    DefaultPredicate::new().and(NotForContentType::new("text/event-stream"))
}

#[cfg(test)]
mod tests;
