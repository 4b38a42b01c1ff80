//! `GET /`: what this is and where to go on; to browsers, the dashboard.

use axum::{
    Json,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::dashboard;

/// Greeting of the service.
#[derive(Debug, Serialize, ToSchema)]
pub struct Greeting {
    /// Name of the service.
    message: &'static str,
    /// Version of the service.
    version: &'static str,
    /// Where the documentation is.
    docs: &'static str,
    /// Where its health is.
    health: &'static str,
}

/// What this is, and where its documentation is.
#[utoipa::path(get, path = "/", operation_id = "root", tag = "service", responses((status = 200, body = Greeting)))]
pub async fn show(headers: HeaderMap) -> Response {
    if dashboard::wants_page(&headers) {
        return dashboard::page(&headers);
    }
    let greeting = Greeting {
        message: "E-commerce Analytics Platform API",
        version: env!("CARGO_PKG_VERSION"),
        docs: "/docs",
        health: "/health",
    };
    ([(header::VARY, "Accept, Accept-Encoding")], Json(greeting)).into_response()
}
