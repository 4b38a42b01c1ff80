//! Logs and figures. Owns the log's shape (one JSON object per line) and the Prometheus registry.
//! Nothing here sees a request's body, key or query.

use std::{
    fmt, fs,
    io::{self, Write as _},
    time::Duration,
};

use anyhow::{Context, Result};
use axum::http::{Method, StatusCode};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusRecorder};
use tracing_subscriber::EnvFilter;

use crate::queries::figures::StoreFigures;

/// Upper bounds of the duration histogram, in seconds.
const DURATION_BOUNDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.0, 2.5, 5.0, 15.0];

/// Where log lines go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sink {
    /// Standard output: the server's log is its product.
    Stdout,
    /// Standard error: standard output is for the answer.
    Stderr,
}

/// Starts the log. `filter` is a level or a list such as `info,eap_api::ingest=debug`.
pub fn start_log(sink: Sink, filter: &str) -> Result<()> {
    let filter =
        EnvFilter::try_new(filter).with_context(|| format!("EAP_LOG: `{filter}` is no log filter"))?;
    // It repeats each failure of a function that `lambda` has logged.
    let repeats = "lambda_runtime::layers::panic=off".parse().context("silence what repeats")?;
    let filter = filter.add_directive(repeats);
    let log = tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter);
    let log = log.with_span_list(false);
    let started = match sink {
        Sink::Stdout => log.with_writer(io::stdout).try_init(),
        Sink::Stderr => log.with_writer(io::stderr).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("start the log: {error}"))
}

/// Writes a line that has a shape of its own into the server's log.
pub fn log_line(line: &str) {
    // Who reads the log went away: the next line will tell.
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// The figures of this process.
pub struct Metrics {
    recorder: PrometheusRecorder,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// A registry with nothing counted yet.
    pub fn new() -> Self {
        let duration = Matcher::Full("http_request_duration_seconds".to_owned());
        let builder = PrometheusBuilder::new();
        // Fails only for an empty list of bounds; then the durations are a summary.
        let builder = builder.set_buckets_for_metric(duration, &DURATION_BOUNDS).unwrap_or_default();
        let recorder = builder.build_recorder();
        metrics::with_local_recorder(&recorder, describe);
        Self { recorder }
    }

    /// Counts an answered request. `route` is the route's pattern, never a path that a client made up.
    pub fn count_request(&self, method: &Method, route: &str, status: StatusCode, duration: Duration) {
        let method = method_label(method);
        let route = route.to_owned();
        metrics::with_local_recorder(&self.recorder, || {
            let status = status.as_str().to_owned();
            metrics::counter!("http_requests_total", "method" => method, "route" => route.clone(), "status" => status)
                .increment(1);
            metrics::histogram!("http_request_duration_seconds", "method" => method, "route" => route)
                .record(duration);
        });
    }

    /// The text that Prometheus reads.
    pub fn render(&self, store: Option<StoreFigures>) -> String {
        metrics::with_local_recorder(&self.recorder, || {
            metrics::gauge!("eap_database_up").set(if store.is_some() { 1.0 } else { 0.0 });
            if let Some(store) = store {
                metrics::gauge!("eap_order_lines").set(float(store.order_lines));
                let last_ingest_seconds = float(store.last_change_ms.unwrap_or(0)) / 1e3;
                metrics::gauge!("eap_last_ingest_timestamp_seconds").set(last_ingest_seconds);
            }
            if let Some(bytes) = resident_bytes() {
                metrics::gauge!("process_resident_memory_bytes").set(bytes);
            }
        });
        self.recorder.handle().render()
    }

    /// Folds what histograms have gathered since the last call; needed when nobody reads them.
    pub fn tidy(&self) {
        self.recorder.handle().run_upkeep();
    }
}

fn describe() {
    metrics::describe_counter!("http_requests_total", "Requests answered.");
    metrics::describe_histogram!("http_request_duration_seconds", "Time to the head of the answer.");
    metrics::describe_gauge!("eap_database_up", "Whether the database answered this scrape.");
    metrics::describe_gauge!("eap_order_lines", "Order lines stored.");
    metrics::describe_gauge!(
        "eap_last_ingest_timestamp_seconds",
        "Last change of the data; 0 when there was none."
    );
    metrics::describe_gauge!("process_resident_memory_bytes", "Memory that the process has in RAM.");
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53; the format knows only floats")]
fn float(number: i64) -> f64 {
    number as f64
}

/// Clients can invent methods; labels must stay few.
fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// From the kernel's account of this process; `None` elsewhere than on Linux.
fn resident_bytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u32 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(f64::from(kibibytes) * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_route_and_status() {
        let metrics = Metrics::new();
        for status in [StatusCode::OK, StatusCode::OK, StatusCode::NOT_FOUND] {
            metrics.count_request(&Method::GET, "/a", status, Duration::from_millis(3));
        }
        let invented = Method::from_bytes(b"BREW").unwrap();
        metrics.count_request(&invented, "unmatched", StatusCode::METHOD_NOT_ALLOWED, Duration::ZERO);
        let text = metrics.render(Some(StoreFigures { order_lines: 7, last_change_ms: Some(1_500) }));
        for line in [
            r#"http_requests_total{method="GET",route="/a",status="200"} 2"#,
            r#"http_requests_total{method="GET",route="/a",status="404"} 1"#,
            r#"http_requests_total{method="other",route="unmatched",status="405"} 1"#,
            r#"http_request_duration_seconds_bucket{method="GET",route="/a",le="0.0025"} 0"#,
            r#"http_request_duration_seconds_bucket{method="GET",route="/a",le="0.005"} 3"#,
            "eap_order_lines 7",
            "eap_last_ingest_timestamp_seconds 1.5",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
        }
    }

    #[test]
    fn registries_do_not_share_counts() {
        Metrics::new().count_request(&Method::GET, "/elsewhere", StatusCode::OK, Duration::ZERO);
        assert!(!Metrics::new().render(None).contains("/elsewhere"));
    }
}
