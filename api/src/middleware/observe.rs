//! Sees each request from outside: names it, counts it, logs one line, and turns failures into problem+json.
//! Never logs a query string, a body or an `Authorization` header.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use futures_util::{Stream, StreamExt};
use tracing::Instrument;

use super::request_id::{RequestId, X_REQUEST_ID, trace_id};
use crate::{
    access::Caller,
    error::{self, ApiError},
    telemetry::Metrics,
};

/// Route of requests that no route matches.
const UNMATCHED: &str = "unmatched";

/// The outermost layer.
pub async fn observe(State(metrics): State<Arc<Metrics>>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = RequestId::of(request.headers());
    let route = request.extensions().get::<MatchedPath>().map_or(UNMATCHED, MatchedPath::as_str).to_owned();
    let mut line = AccessLine {
        request_id: id.clone(),
        trace_id: trace_id(request.headers()).map(str::to_owned),
        method: request.method().clone(),
        route,
        status: StatusCode::OK,
        key_id: None,
        bytes: 0,
        started,
    };
    request.extensions_mut().insert(id.clone());

    let span = tracing::info_span!("request", request_id = id.as_str());
    let mut response = next.run(request).instrument(span).await;

    metrics.count_request(&line.method, &line.route, response.status(), started.elapsed());
    if let Some(failure) = error::failure_of(&mut response) {
        log_cause(&failure, &id);
        explain(&mut response, &failure, &id);
    }
    response.headers_mut().insert(X_REQUEST_ID, id.header_value());
    line.status = response.status();
    line.key_id = response.extensions_mut().remove::<Caller>().and_then(Caller::key_id);
    log_at_the_end(response, line)
}

/// Answers a handler that panicked; the panic itself goes to the log through the hook that `serve` sets.
pub fn panicked(_payload: Box<dyn std::any::Any + Send>) -> Response {
    use axum::response::IntoResponse;
    ApiError::new(error::Kind::Internal).caused_by(anyhow::anyhow!("the handler panicked")).into_response()
}

fn explain(response: &mut Response, failure: &ApiError, id: &RequestId) {
    let body = failure.to_json(id.as_str());
    let headers = response.headers_mut();
    // The body that this replaces may have been compressed on its way here; this one is not.
    headers.remove(header::CONTENT_ENCODING);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(error::PROBLEM_JSON));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    *response.body_mut() = Body::from(body);
}

fn log_cause(failure: &ApiError, id: &RequestId) {
    let Some(cause) = failure.cause_chain() else { return };
    let status = failure.kind().status();
    if status.is_server_error() {
        tracing::error!(request_id = id.as_str(), status = status.as_u16(), error = cause, "request failed");
    } else {
        tracing::info!(request_id = id.as_str(), status = status.as_u16(), error = cause, "request refused");
    }
}

/// One line of the access log.
struct AccessLine {
    request_id: RequestId,
    trace_id: Option<String>,
    method: Method,
    route: String,
    status: StatusCode,
    key_id: Option<String>,
    bytes: u64,
    started: Instant,
}

impl AccessLine {
    fn log(&self) {
        let duration_ms = milliseconds(self.started.elapsed());
        tracing::info!(
            request_id = self.request_id.as_str(),
            trace_id = self.trace_id,
            method = self.method.as_str(),
            route = self.route,
            status = self.status.as_u16(),
            duration_ms,
            bytes = self.bytes,
            key_id = self.key_id,
            "request"
        );
    }
}

/// To the microsecond: more digits would be noise.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// A body of known size is logged now, a stream when it ends or the client goes away.
fn log_at_the_end(response: Response, mut line: AccessLine) -> Response {
    if let Some(bytes) = response.body().size_hint().exact() {
        line.bytes = bytes;
        line.log();
        return response;
    }
    let (head, body) = response.into_parts();
    Response::from_parts(head, Body::from_stream(counted(body.into_data_stream(), OnDrop(line))))
}

struct OnDrop(AccessLine);

impl OnDrop {
    fn add(&mut self, chunk: &Result<Bytes, axum::Error>) {
        self.0.bytes += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
    }
}

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.log();
    }
}

fn counted(
    chunks: impl Stream<Item = Result<Bytes, axum::Error>>,
    mut line: OnDrop,
) -> impl Stream<Item = Result<Bytes, axum::Error>> {
    chunks.inspect(move |chunk| line.add(chunk))
}
