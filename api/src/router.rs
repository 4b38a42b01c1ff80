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
        .route("/api/v1/analytics/customers/lifetime-value", get(routes::fitted::customers::lifetime_value))
        .route("/api/v1/analytics/customers/cohorts", get(routes::fitted::customers::cohorts))
        .route("/api/v1/analytics/customers/churn", get(routes::fitted::customers::churn))
        .route("/api/v1/analytics/customers/segments", get(routes::fitted::customers::segments))
        .route("/api/v1/analytics/products/elasticity", get(routes::fitted::products::elasticity))
        .route("/api/v1/analytics/products/classes", get(routes::fitted::products::classes))
        .route("/api/v1/analytics/products/reorder", get(routes::fitted::products::reorder))
        .route("/api/v1/analytics/products/demand", get(routes::fitted::products::demand))
        .route("/api/v1/analytics/products/anomalies", get(routes::fitted::products::product_anomalies))
        .route("/api/v1/analytics/products/bought-together", get(routes::fitted::products::bought_together))
        .route("/api/v1/analytics/sales/forecast", get(routes::fitted::sales::forecast))
        .route("/api/v1/analytics/sales/anomalies", get(routes::fitted::sales::anomalies))
        .route("/metrics", get(routes::metrics::show))
        .merge(routes::dashboard::reading_router())
        .route_layer(needs(Scope::Read));

    let administration = Router::new()
        .route("/api/v1/data/seed", post(routes::seed::load))
        .route("/api/v1/audit", get(routes::audit::latest))
        .route_layer(needs(Scope::Admin));

    let stock = Router::new()
        .route("/api/v1/inventory", post(routes::inventory::receive))
        .route_layer(needs(Scope::Ingest));

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
        .merge(stock)
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
