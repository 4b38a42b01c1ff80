//! `GET /`: what this is and where to go on.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

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
pub async fn show() -> Json<Greeting> {
    Json(Greeting {
        message: "E-commerce Analytics Platform API",
        version: env!("CARGO_PKG_VERSION"),
        docs: "/docs",
        health: "/health",
    })
}
