//! Failures of the HTTP API. Owns the mapping from cause to problem+json; the client never sees internals.

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
