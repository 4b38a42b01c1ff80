//! Failures of the HTTP API. Owns the mapping from cause to problem+json (RFC 9457); the client never sees internals.
//! `middleware::observe` adds the request id and logs the cause, once.

use std::{borrow::Cow, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::db;

/// Seconds after which a client may try again when the database is away or busy.
const RETRY_SECONDS: u64 = 2;

/// Media type of every failed answer (RFC 9457).
pub const PROBLEM_JSON: &str = "application/problem+json";

/// One bad parameter or field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
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

/// What kind of failure it is; decides status, type and title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 400: a parameter or the body cannot be read.
    BadRequest,
    /// 401: no key, or not a valid one.
    Unauthorized,
    /// 403: the key lacks a scope.
    Forbidden,
    /// 404: no such route.
    NotFound,
    /// 405: the route knows other methods.
    MethodNotAllowed,
    /// 409: the store is in a state that forbids it.
    Conflict,
    /// 413: the body is larger than allowed.
    PayloadTooLarge,
    /// 415: the body is of a kind that the route does not read.
    UnsupportedMediaType,
    /// 422: the body can be read, and is refused.
    Unprocessable,
    /// 429: the key has used up its requests.
    TooManyRequests,
    /// 503: the database is away or busy, or the answer took too long.
    Unavailable,
    /// 500: a fault of ours.
    Internal,
}

impl Kind {
    /// Status code of the answer.
    pub fn status(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict => StatusCode::CONFLICT,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The kind of a bare answer that a layer below us gave.
    fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::Unauthorized,
            StatusCode::FORBIDDEN => Self::Forbidden,
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::CONFLICT => Self::Conflict,
            StatusCode::PAYLOAD_TOO_LARGE => Self::PayloadTooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedMediaType,
            StatusCode::UNPROCESSABLE_ENTITY => Self::Unprocessable,
            StatusCode::TOO_MANY_REQUESTS => Self::TooManyRequests,
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
            other if other.is_client_error() => Self::BadRequest,
            _ => Self::Internal,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::BadRequest => "bad-request",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::Conflict => "conflict",
            Self::PayloadTooLarge => "payload-too-large",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::Unprocessable => "unprocessable",
            Self::TooManyRequests => "too-many-requests",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    fn default_detail(self) -> &'static str {
        match self {
            Self::BadRequest => "The request cannot be understood.",
            Self::Unauthorized => "A valid API key is needed: `Authorization: Bearer eap_…`.",
            Self::Forbidden => "The API key does not allow this.",
            Self::NotFound => "There is nothing at this address; /docs lists what there is.",
            Self::MethodNotAllowed => {
                "This address does not know that method; the Allow header lists those it knows."
            }
            Self::Conflict => "The state of the store does not allow this.",
            Self::PayloadTooLarge => "The body is larger than allowed.",
            Self::UnsupportedMediaType => "The body is of a kind that this address does not read.",
            Self::Unprocessable => "The body was read and is refused.",
            Self::TooManyRequests => "Too many requests; wait as long as Retry-After says.",
            Self::Unavailable => "The database cannot answer at the moment; try again.",
            Self::Internal => "Something went wrong on our side; the log knows more under this request id.",
        }
    }
}

/// A request that failed: what the client is told, and the cause for the log.
#[derive(Debug)]
pub struct ApiError {
    kind: Kind,
    detail: Cow<'static, str>,
    fields: Vec<FieldError>,
    retry_after: Option<Duration>,
    extra: Option<serde_json::Map<String, serde_json::Value>>,
    cause: Option<anyhow::Error>,
}

impl ApiError {
    /// A failure of `kind` with its usual explanation.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            detail: Cow::Borrowed(kind.default_detail()),
            fields: Vec::new(),
            retry_after: (kind == Kind::Unavailable).then(|| Duration::from_secs(RETRY_SECONDS)),
            extra: None,
            cause: None,
        }
    }

    /// A 400 that names each bad parameter.
    pub fn bad_request(fields: Vec<FieldError>) -> Self {
        let detail = match fields.as_slice() {
            [one] => format!("`{}` {}", one.field, one.reason),
            many => format!("{} parameters are wrong; `errors` names each.", many.len()),
        };
        Self { fields, ..Self::new(Kind::BadRequest).detail(detail) }
    }

    /// Says more than the usual explanation.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Names the bad fields.
    #[must_use]
    pub fn fields(mut self, fields: Vec<FieldError>) -> Self {
        self.fields = fields;
        self
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Adds the members of `value`, an object, to the answer (RFC 9457 calls them extensions).
    #[must_use]
    pub fn with(mut self, value: &impl Serialize) -> Self {
        if let Ok(serde_json::Value::Object(members)) = serde_json::to_value(value) {
            self.extra = Some(members);
        }
        self
    }

    /// Keeps the cause for the log.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<anyhow::Error>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The whole cause in one line, for the log only.
    pub fn cause_chain(&self) -> Option<String> {
        self.cause.as_ref().map(|cause| format!("{cause:#}"))
    }

    /// The answer's body.
    pub fn to_json(&self, request_id: &str) -> Vec<u8> {
        let mut members = self.extra.clone().unwrap_or_default();
        let problem = Problem {
            r#type: format!("urn:eap:problem:{}", self.kind.name()),
            title: self.kind.status().canonical_reason().unwrap_or("Error").to_owned(),
            status: self.kind.status().as_u16(),
            detail: self.detail.clone().into_owned(),
            errors: self.fields.clone(),
            request_id: request_id.to_owned(),
        };
        let Ok(serde_json::Value::Object(standard)) = serde_json::to_value(problem) else {
            return Vec::new();
        };
        // An upload's summary may have `errors` of its own, which say more.
        let lines_are_named = members.get("errors").is_some_and(|errors| *errors != serde_json::json!([]));
        for (name, value) in standard {
            if name != "errors" || !lines_are_named {
                members.insert(name, value);
            }
        }
        serde_json::Value::Object(members).to_string().into_bytes()
    }
}

/// Body of every failed answer, as `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Name of the kind of problem.
    #[schema(example = "urn:eap:problem:bad-request")]
    pub r#type: String,
    /// The status in words.
    #[schema(example = "Bad Request")]
    pub title: String,
    /// The status code.
    #[schema(example = 400)]
    pub status: u16,
    /// What is wrong with this request.
    pub detail: String,
    /// Each bad parameter or field.
    pub errors: Vec<FieldError>,
    /// Identifies the request in the logs.
    pub request_id: String,
}

/// Carries the failure from the handler to `middleware::observe`.
#[derive(Debug, Clone)]
pub struct Failed(pub Arc<ApiError>);

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        // `observe` writes the body again, with the request id.
        let mut response = Response::new(Body::from(self.to_json("")));
        *response.status_mut() = self.kind.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if self.kind == Kind::Unauthorized {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"eap\""));
        }
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        response.extensions_mut().insert(Failed(Arc::new(self)));
        response
    }
}

/// The failure behind a response: a handler's, or the bare status of a layer.
pub fn failure_of(response: &mut Response) -> Option<Arc<ApiError>> {
    if let Some(Failed(error)) = response.extensions_mut().remove::<Failed>() {
        return Some(error);
    }
    let status = response.status();
    let explained = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/"));
    let failed = (status.is_client_error() || status.is_server_error()) && !explained;
    failed.then(|| Arc::new(ApiError::new(Kind::of_status(status))))
}

impl From<Vec<FieldError>> for ApiError {
    fn from(fields: Vec<FieldError>) -> Self {
        Self::bad_request(fields)
    }
}

impl From<sqlx::Error> for ApiError {
    fn from(error: sqlx::Error) -> Self {
        anyhow::Error::from(error).into()
    }
}

impl From<anyhow::Error> for ApiError {
    fn from(error: anyhow::Error) -> Self {
        let away = error.chain().filter_map(|cause| cause.downcast_ref::<sqlx::Error>()).any(is_away_or_busy);
        Self::new(if away { Kind::Unavailable } else { Kind::Internal }).caused_by(error)
    }
}

fn is_away_or_busy(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        // SQLite: cannot write, disk full, cannot open. MySQL: too many connections, read-only, shutting down, table full.
        sqlx::Error::Database(database) => {
            db::is_transient(error)
                || matches!(
                    database.code().as_deref(),
                    Some("778" | "13" | "14" | "08004" | "08S01" | "1114" | "1290")
                )
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn a_cause_decides_between_unavailable_and_internal() {
        let away = Err::<(), _>(sqlx::Error::PoolTimedOut).context("ask for sales").unwrap_err();
        assert_eq!(ApiError::from(away).kind(), Kind::Unavailable);
        let fault = Err::<(), _>(sqlx::Error::RowNotFound).context("ask for sales").unwrap_err();
        assert_eq!(ApiError::from(fault).kind(), Kind::Internal);
    }

    #[test]
    fn the_client_never_sees_the_cause() {
        let error = ApiError::from(anyhow::anyhow!("password hunter2 refused"));
        assert!(!String::from_utf8(error.to_json("r-1")).unwrap().contains("hunter2"));
        assert_eq!(error.cause_chain().unwrap(), "password hunter2 refused");
    }

    #[test]
    fn every_bad_field_is_named() {
        let fields = vec![FieldError::new("limit", "must be a number"), FieldError::new("tz", "is unknown")];
        let body: serde_json::Value = serde_json::from_slice(&ApiError::from(fields).to_json("r-2")).unwrap();
        assert_eq!(body["type"], "urn:eap:problem:bad-request");
        assert_eq!(body["status"], 400);
        assert_eq!(body["request_id"], "r-2");
        assert_eq!(body["errors"][1], serde_json::json!({"field": "tz", "reason": "is unknown"}));
    }

    #[test]
    fn waits_are_rounded_up_to_whole_seconds() {
        let error = ApiError::new(Kind::TooManyRequests).retry_after(Duration::from_millis(1_200));
        assert_eq!(error.into_response().headers()[header::RETRY_AFTER], "2");
    }
}
