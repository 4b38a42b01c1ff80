//! What each figure and answer says of good and of bad.

use jiff::SignedDuration;

use super::*;
use crate::config::{Origin, Setting};

fn setting<T>(value: T) -> Setting<T> {
    Setting { value, origin: Origin::Default }
}

/// Degraded from 2 % of errors or 400 ms on, unhealthy from 20 % on.
fn limits() -> MonitorConfig {
    MonitorConfig {
        window: setting(SignedDuration::from_secs(1)),
        degraded_error_percent: setting(2),
        unhealthy_error_percent: setting(20),
        degraded_p95_ms: setting(400),
    }
}

fn traffic(requests: f64, failed: f64, p95_seconds: Option<f64>) -> Traffic {
    Traffic { requests, failed, p95_seconds }
}

#[test]
fn errors_are_judged_by_their_share_from_each_limit_on() {
    let judged = |requests: f64, failed: f64| {
        let check = error_rate(&traffic(requests, failed, None), &limits());
        (check.state, check.detail, check.value)
    };
    let seen = |state: Health, detail: &str, percent: f64| (state, detail.to_owned(), Some(percent));
    assert_eq!(judged(400.0, 0.0), seen(Health::Healthy, "0.0 % (0 of 400)", 0.0));
    assert_eq!(judged(400.0, 7.0), seen(Health::Healthy, "1.8 % (7 of 400)", 1.75));
    assert_eq!(judged(400.0, 8.0), seen(Health::Degraded, "2.0 % (8 of 400)", 2.0));
    assert_eq!(judged(400.0, 79.0), seen(Health::Degraded, "19.8 % (79 of 400)", 19.75));
    assert_eq!(judged(400.0, 80.0), seen(Health::Unhealthy, "20.0 % (80 of 400)", 20.0));
    assert_eq!(judged(1.0, 1.0), seen(Health::Unhealthy, "100.0 % (1 of 1)", 100.0));
    assert_eq!(judged(0.0, 0.0), (Health::Healthy, "no requests to judge by".to_owned(), None));
}

#[test]
fn answers_are_slow_from_the_limit_on() {
    let judged = |p95_seconds: Option<f64>| {
        let check = latency(&traffic(10.0, 0.0, p95_seconds), &limits());
        (check.state, check.detail, check.value)
    };
    let seen = |state: Health, detail: &str, value: f64| (state, detail.to_owned(), Some(value));
    assert_eq!(judged(Some(0.375)), seen(Health::Healthy, "p95 375.0 ms", 375.0));
    assert_eq!(judged(Some(0.4)), seen(Health::Degraded, "p95 400.0 ms", 400.0));
    assert_eq!(judged(Some(5.0)), seen(Health::Degraded, "p95 5000.0 ms", 5_000.0));
    assert_eq!(judged(None), (Health::Healthy, "no requests to judge by".to_owned(), None));
}

#[test]
fn requests_are_told_by_the_second() {
    let check = request_rate(&traffic(30.0, 0.0, None), 1.5);
    assert_eq!((check.detail.as_str(), check.value), ("20.0 requests/s (30 in 1.5 s)", Some(20.0)));
}

#[test]
fn a_database_that_is_away_is_the_cause_and_a_silent_api_leaves_it_unknown() {
    let answer = |status: &str, database: &str| {
        Ok(health::Health { status: status.to_owned(), database_status: database.to_owned() })
    };
    let of = |answer| {
        let checks = judged(answer, Duration::from_millis(12));
        let shown = checks.iter().map(|check| (check.name, check.state, check.detail.clone()));
        (shown.collect::<Vec<_>>(), Report::draw("local", checks.clone(), Vec::new()).cause)
    };
    let seen = |name: &'static str, state: Health, detail: &str| (name, state, detail.to_owned());
    let (good, cause) = of(answer("healthy", "connected"));
    let expected = [
        seen("database", Health::Healthy, "connected"),
        seen("health", Health::Healthy, "/health says healthy in 12.0 ms"),
    ];
    assert_eq!((good.as_slice(), cause), (&expected[..], None));

    let (away, cause) = of(answer("unhealthy", "disconnected"));
    let expected = [
        seen("database", Health::Unhealthy, "disconnected"),
        seen("health", Health::Unhealthy, "/health says unhealthy in 12.0 ms"),
    ];
    assert_eq!((away.as_slice(), cause.as_deref()), (&expected[..], Some("database: disconnected")));

    let (silent, cause) = of(Err("no answer in time".to_owned()));
    let expected = [
        seen("health", Health::Unhealthy, "/health: no answer in time"),
        seen("database", Health::Unknown, "nobody to ask"),
    ];
    assert_eq!(
        (silent.as_slice(), cause.as_deref()),
        (&expected[..], Some("health: /health: no answer in time"))
    );
}

#[test]
fn the_last_ingest_is_an_instant_and_how_long_ago_it_was() {
    let two_days_ago = Timestamp::now().as_second() - 2 * 86_400 - 5;
    let instant = Timestamp::from_second(two_days_ago).expect("an instant");
    let seconds = f64::from(u32::try_from(two_days_ago).expect("an instant of this century")) + 0.75;
    let check = last_ingest(seconds);
    assert_eq!(check.detail, format!("{instant} (2 days ago)"));
    assert_eq!(
        (check.state, check.value, check.unit),
        (Health::Healthy, Some(seconds), Some("unix seconds"))
    );
    let never = last_ingest(0.0);
    assert_eq!((never.state, never.detail.as_str()), (Health::Healthy, "nothing came in yet"));
}

#[test]
fn gauges_are_found_by_their_whole_name() {
    let samples = prometheus::parse("eap_order_lines_total 5\neap_order_lines 9994\n");
    let check = gauge(&samples, "eap_order_lines").map(rows).expect("a gauge");
    assert_eq!((check.detail.as_str(), check.value), ("9994 order lines", Some(9_994.0)));
    assert_eq!(gauge(&samples, "eap_last_ingest_timestamp_seconds"), None);
}
