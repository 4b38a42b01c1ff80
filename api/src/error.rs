//! Failures of the HTTP API. Owns the mapping from cause to problem+json; the client never sees internals.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// One bad parameter or field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Name of the parameter or field.
    pub field: String,
    /// What is wrong with it and what would be right.
    pub reason: String,
}

impl FieldError {
    /// A problem with `field`, explained by `reason`.
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into() }
    }
}

/// Why a request was not answered.
#[derive(Debug)]
pub enum ApiError {
    /// 400: parameters or fields are wrong.
    Invalid(Vec<FieldError>),
    /// 500: something of ours failed.
    Internal(anyhow::Error),
}

impl From<Vec<FieldError>> for ApiError {
    fn from(errors: Vec<FieldError>) -> Self {
        Self::Invalid(errors)
    }
}

impl From<anyhow::Error> for ApiError {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, title, errors) = match self {
            Self::Invalid(errors) => (StatusCode::BAD_REQUEST, "Bad Request", errors),
            Self::Internal(error) => {
                tracing::error!(error = format!("{error:#}"), "request failed");
                (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error", Vec::new())
            }
        };
        let problem = serde_json::json!({
            "type": "about:blank", "title": title, "status": status.as_u16(), "errors": errors,
        });
        (status, [(header::CONTENT_TYPE, "application/problem+json")], problem.to_string()).into_response()
    }
}
