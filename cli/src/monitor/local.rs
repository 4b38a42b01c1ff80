//! Looks at the platform on this machine: process, health, database, traffic, rows.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::inventory::{Inventory, Thing};
use super::prometheus::{self, Sample};
use super::report::{Check, Health, Report, rough};
use super::traffic::Traffic;
use crate::config::MonitorConfig;
use crate::failure::Failure;
use crate::http;
use crate::local::folder::LocalFolder;
use crate::local::health;
use crate::local::state::{Api, State, whole_seconds};
use crate::logs::tail;

const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
const LOG_LINES: usize = 15;

/// Looks once; takes as long as the window over which rates are measured.
pub async fn watch(folder: &LocalFolder, config: &MonitorConfig) -> Result<Report, Failure> {
    let state = State::load(folder)?;
    let Some(api) = state.as_ref().and_then(|state| state.api.as_ref()) else {
        let detail = match state {
            None => "nothing is deployed; run `eap deploy --env local`",
            Some(_) => "stopped by `eap destroy`; run `eap deploy --env local`",
        };
        let check = Check::new("process", Health::Unknown, detail);
        return Ok(Report::draw("local", vec![check], Vec::new()));
    };
    if !api.is_alive() {
        let lines = tail::last_lines_after(&folder.log_file(), 0, LOG_LINES).unwrap_or_default();
        return Ok(drawn(api, vec![gone(api)], lines));
    }
    let client = http::client()?;
    let mut checks = vec![running(api)];
    checks.extend(health_checks(&client, &api.url).await);
    checks.extend(traffic_checks(&client, &api.url, config).await);
    Ok(drawn(api, checks, Vec::new()))
}

/// The report of a platform that was deployed: one service, and one process as its task.
fn drawn(api: &Api, checks: Vec<Check>, last_log_lines: Vec<String>) -> Report {
    let mut report = Report::draw("local", checks, last_log_lines);
    let process = &report.checks[0];
    let (state, runs) = (process.state, process.state != Health::Unhealthy);
    let thing = |name: String, status: &str, detail: String| Thing {
        name,
        state,
        status: status.to_owned(),
        since: Some(api.started_at),
        detail,
    };
    let service = thing("eap-api".to_owned(), if runs { "ACTIVE" } else { "INACTIVE" }, api.url.clone());
    let task = thing(api.pid.to_string(), if runs { "RUNNING" } else { "STOPPED" }, process.detail.clone());
    report.inventory = Some(Inventory { services: vec![service], tasks: vec![task], ..Inventory::default() });
    report
}

fn gone(api: &Api) -> Check {
    let since = whole_seconds(api.started_at);
    let detail = if api.ready {
        format!("process {} crashed or was killed; it was started {since}", api.pid)
    } else {
        format!("the start of {since} failed or was interrupted")
    };
    Check::new("process", Health::Unhealthy, detail)
}

fn running(api: &Api) -> Check {
    let uptime = Timestamp::now().duration_since(api.started_at);
    let detail =
        format!("process {} runs since {} ({})", api.pid, whole_seconds(api.started_at), rough(uptime));
    #[expect(clippy::cast_precision_loss, reason = "an uptime of whole seconds fits")]
    Check::new("process", Health::Healthy, detail).measured(uptime.as_secs() as f64, "seconds")
}

async fn health_checks(client: &reqwest::Client, url: &str) -> Vec<Check> {
    let started = Instant::now();
    let answer = health::ask(client, url).await;
    judged(answer, started.elapsed())
}

/// What an answer of `/health` that took so long, or the trouble instead of one, says of database and API.
fn judged(answer: Result<health::Health, String>, took: Duration) -> Vec<Check> {
    match answer {
        Ok(answer) => {
            let milliseconds = took.as_secs_f64() * 1000.0;
            let state = if answer.is_healthy() { Health::Healthy } else { Health::Unhealthy };
            let detail = format!("/health says {} in {milliseconds:.1} ms", answer.status);
            // Only the API knows the words for its database; what it calls healthy includes the database.
            let database = Check::new("database", state, answer.database_status);
            // The database is first: it is the cause when both are unhealthy.
            vec![database, Check::new("health", state, detail).measured(milliseconds, "milliseconds")]
        }
        Err(trouble) => vec![
            Check::new("health", Health::Unhealthy, format!("/health: {trouble}")),
            Check::new("database", Health::Unknown, "nobody to ask"),
        ],
    }
}

async fn traffic_checks(client: &reqwest::Client, url: &str, config: &MonitorConfig) -> Vec<Check> {
    let unknown =
        |trouble: String| vec![Check::new("metrics", Health::Unknown, format!("/metrics: {trouble}"))];
    let before = match metrics(client, url).await {
        Ok(samples) => samples,
        Err(trouble) => return unknown(trouble),
    };
    let started = Instant::now();
    tokio::time::sleep(config.window.value.unsigned_abs()).await;
    let after = match metrics(client, url).await {
        Ok(samples) => samples,
        Err(trouble) => return unknown(trouble),
    };
    let seconds = started.elapsed().as_secs_f64();
    let traffic = Traffic::between(&before, &after);
    let mut checks =
        vec![request_rate(&traffic, seconds), error_rate(&traffic, config), latency(&traffic, config)];
    checks.extend(gauge(&after, "eap_order_lines").map(rows));
    checks.extend(gauge(&after, "eap_last_ingest_timestamp_seconds").map(last_ingest));
    checks
}

async fn metrics(client: &reqwest::Client, url: &str) -> Result<Vec<Sample>, String> {
    let request = client.get(format!("{url}/metrics")).timeout(REQUEST_TIMEOUT);
    let answer = request.send().await.map_err(|error| http::cause_of(&error))?;
    if !answer.status().is_success() {
        return Err(format!("answered {}", answer.status()));
    }
    Ok(prometheus::parse(&answer.text().await.map_err(|error| http::cause_of(&error))?))
}

fn request_rate(traffic: &Traffic, seconds: f64) -> Check {
    let rate = traffic.requests / seconds;
    let detail = format!("{rate:.1} requests/s ({:.0} in {seconds:.1} s)", traffic.requests);
    Check::new("request rate", Health::Healthy, detail).measured(rate, "requests per second")
}

fn error_rate(traffic: &Traffic, config: &MonitorConfig) -> Check {
    let Some(percent) = traffic.failed_percent() else {
        return Check::new("error rate", Health::Healthy, "no requests to judge by");
    };
    let state = if percent >= f64::from(config.unhealthy_error_percent.value) {
        Health::Unhealthy
    } else if percent >= f64::from(config.degraded_error_percent.value) {
        Health::Degraded
    } else {
        Health::Healthy
    };
    let detail = format!("{percent:.1} % ({:.0} of {:.0})", traffic.failed, traffic.requests);
    Check::new("error rate", state, detail).measured(percent, "percent")
}

fn latency(traffic: &Traffic, config: &MonitorConfig) -> Check {
    let Some(p95) = traffic.p95_seconds else {
        return Check::new("latency", Health::Healthy, "no requests to judge by");
    };
    let milliseconds = p95 * 1000.0;
    #[expect(clippy::cast_precision_loss, reason = "a limit of milliseconds fits")]
    let limit = config.degraded_p95_ms.value as f64;
    let state = if milliseconds >= limit { Health::Degraded } else { Health::Healthy };
    Check::new("latency", state, format!("p95 {milliseconds:.1} ms")).measured(milliseconds, "milliseconds")
}

fn rows(lines: f64) -> Check {
    Check::new("rows", Health::Healthy, format!("{lines:.0} order lines")).measured(lines, "order lines")
}

fn last_ingest(seconds: f64) -> Check {
    #[expect(clippy::cast_possible_truncation, reason = "a time of day fits; a float out of range saturates")]
    let instant = Timestamp::from_second(seconds as i64).ok().filter(|instant| instant.as_second() > 0);
    let detail = instant.map_or_else(
        || "nothing came in yet".to_owned(),
        |instant| format!("{instant} ({} ago)", rough(Timestamp::now().duration_since(instant))),
    );
    Check::new("last ingest", Health::Healthy, detail).measured(seconds, "unix seconds")
}

fn gauge(samples: &[Sample], name: &str) -> Option<f64> {
    samples.iter().find(|sample| sample.name == name).map(|sample| sample.value)
}

#[cfg(test)]
mod tests;
