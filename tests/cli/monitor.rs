//! `eap monitor` on this machine.

use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::database::execute;
use crate::environment::{
    TestEnvironment, Transcript, assert_transcript, collect, is_alive, signal, wait_until,
};

/// The check of this name in a report.
fn check(transcript: &Transcript, name: &str) -> serde_json::Value {
    let report = transcript.json();
    let found = report["checks"].as_array().unwrap().iter().find(|check| check["name"] == name);
    found.unwrap_or_else(|| panic!("no {name}: {transcript}")).clone()
}

/// What `look` sees while a user asks for `path` again and again, for a minute at most: a look that panics ends nobody.
fn while_asked(environment: &TestEnvironment, path: &str, look: impl FnOnce() -> Transcript) -> Transcript {
    let goes_on = AtomicBool::new(true);
    let until = Instant::now() + Duration::from_mins(1);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while goes_on.load(Ordering::Relaxed) && Instant::now() < until {
                environment.get(path, "accept: */*");
            }
        });
        let seen = look();
        goes_on.store(false, Ordering::Relaxed);
        seen
    })
}

/// Takes a table away from the API that runs on the sample.
fn take_away(environment: &TestEnvironment, table: &str) {
    let url = format!("sqlite://{}", environment.path("state/local/sample.db").display());
    execute(&url, &format!("ALTER TABLE {table} RENAME TO {table}_away"));
}

#[test]
fn nothing_deployed_is_unknown() {
    let environment = TestEnvironment::without_api();
    let transcript = environment.run(&["monitor", "--env", "local", "--exit-code"]);
    assert_eq!(transcript.code, 5, "{transcript}");
    assert_transcript("monitor_nothing", &transcript);
    assert_eq!(environment.run(&["monitor", "--env", "local"]).code, 0, "the look itself succeeded");
}

#[test]
fn a_running_platform_is_healthy() {
    let environment = TestEnvironment::new();
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    let before = now();
    environment.deploy(&[]);
    let after = now();
    let transcript = environment.run(&["monitor", "--env", "local", "--exit-code", "--output", "json"]);
    assert_eq!(transcript.code, 0, "{transcript}");
    let report = transcript.json();
    assert_eq!((report["schema_version"].clone(), report["verdict"].clone()), (1.into(), "Healthy".into()));
    for name in ["process", "database", "health", "request rate", "error rate", "latency", "last ingest"] {
        assert_eq!(check(&transcript, name)["state"], "Healthy", "{transcript}");
    }
    assert_eq!(check(&transcript, "database")["detail"], "connected", "{transcript}");
    assert_eq!(check(&transcript, "rows")["value"].as_f64(), Some(9994.0));
    // The sample was loaded by the deploy.
    let loaded = check(&transcript, "last ingest")["value"].as_f64().unwrap();
    assert!(before - 0.001 <= loaded && loaded <= after, "{before}..{after}: {transcript}");
    let table = environment.run(&["monitor", "--env", "local"]);
    assert!(table.stdout.contains("\nVerdict: Healthy\n"), "{table}");
}

#[test]
fn requests_of_users_are_counted_in_the_window() {
    let environment = TestEnvironment::new();
    environment.deploy(&[]);
    let look = || environment.run(&["monitor", "--env", "local", "--output", "json"]);
    let transcript = while_asked(&environment, "/api/v1/analytics/sales", look);
    let value = |name: &str| check(&transcript, name)["value"].as_f64();
    assert!(value("request rate").unwrap() >= 1.0, "{transcript}");
    assert_eq!(value("error rate"), Some(0.0), "{transcript}");
    assert!(value("latency").is_some_and(|milliseconds| milliseconds > 0.0), "{transcript}");
}

#[test]
fn answers_that_fail_are_as_bad_as_the_configuration_says() {
    let environment = TestEnvironment::new();
    environment.deploy(&[]);
    // `/health` asks for no order; the list of the latest does.
    take_away(&environment, "orders");
    let look = || {
        let watch = || environment.run(&["monitor", "--env", "local", "--exit-code", "--output", "json"]);
        let transcript = while_asked(&environment, "/api/v1/orders", watch);
        assert_eq!(check(&transcript, "health")["state"], "Healthy", "{transcript}");
        assert_eq!(check(&transcript, "error rate")["value"].as_f64(), Some(100.0), "{transcript}");
        transcript
    };
    let unhealthy = look();
    assert_eq!(unhealthy.code, 4, "{unhealthy}");
    let cause = unhealthy.json()["cause"].as_str().unwrap().to_owned();
    assert!(cause.starts_with("error rate: 100.0 % ("), "{unhealthy}");

    environment.write("config/local.yaml", "monitor:\n  unhealthy_error_percent: 101\n");
    let degraded = look();
    assert_eq!((degraded.code, degraded.json()["verdict"].as_str()), (3, Some("Degraded")), "{degraded}");
}

#[test]
fn a_database_that_is_away_is_the_cause() {
    let environment = TestEnvironment::new();
    environment.deploy(&[]);
    take_away(&environment, "store");
    let transcript = environment.run(&["monitor", "--env", "local", "--exit-code", "--output", "json"]);
    assert_eq!(transcript.code, 4, "{transcript}");
    assert_eq!(transcript.json()["cause"], "database: disconnected", "{transcript}");
    let health = check(&transcript, "health");
    assert_eq!(health["state"], "Unhealthy", "{transcript}");
    assert!(health["detail"].as_str().unwrap().starts_with("/health says unhealthy in "), "{transcript}");
}

#[test]
fn a_crash_is_unhealthy_and_shows_the_log() {
    let environment = TestEnvironment::new();
    environment.deploy(&[]);
    let pid = environment.api_pid();
    signal(pid, "-KILL");
    wait_until("the end of the API", || !is_alive(pid));
    let transcript = environment.run(&["monitor", "--env", "local", "--exit-code"]);
    assert_eq!(transcript.code, 4, "{transcript}");
    assert!(transcript.stdout.contains("Verdict: Unhealthy (process: "), "{transcript}");
    assert!(transcript.stdout.contains("Last lines of the log:\n  | 20"), "{transcript}");
}

#[test]
fn a_stopped_platform_is_unknown() {
    let environment = TestEnvironment::new();
    environment.deploy(&[]);
    environment.run(&["destroy", "--env", "local"]);
    let transcript = environment.run(&["monitor", "--env", "local", "--exit-code"]);
    assert_eq!(transcript.code, 5, "{transcript}");
    assert!(transcript.stdout.contains("stopped by `eap destroy`"), "{transcript}");
}

#[test]
fn an_api_that_hangs_is_unhealthy() {
    let environment = TestEnvironment::new();
    environment.deploy(&[]);
    let pid = environment.api_pid();
    signal(pid, "-STOP");
    let transcript = environment.run(&["monitor", "--env", "local", "--exit-code"]);
    signal(pid, "-CONT");
    assert_eq!(transcript.code, 4, "{transcript}");
    assert!(
        transcript.stdout.contains("Verdict: Unhealthy (health: /health: no answer in time)"),
        "{transcript}"
    );
}

#[test]
fn a_watch_of_this_machine_waits_reports_and_tells_of_a_crash() {
    let environment = TestEnvironment::new();
    environment.deploy(&[]);
    let fast = ["monitor", "--env", "local", "--window", "100ms", "--interval", "200ms"];
    let healthy = environment.run(&[&fast[..], &["--until", "healthy", "--timeout", "20s"]].concat());
    assert_eq!(healthy.code, 0, "{healthy}");
    let page = environment.path("look.html");
    let report = ["--detailed", "--report", page.to_str().unwrap()];
    let reported = environment.run(&[&fast[..5], &report].concat());
    assert_eq!(reported.code, 0, "{reported}");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("<title>local: Healthy</title>") && page.contains("error rate"), "{page}");

    let mut command = environment.command(&[&fast[..], &["--continuous"]].concat());
    let mut watch = command.stdout(Stdio::piped()).spawn().unwrap();
    let shown = collect(&mut watch);
    let text = || String::from_utf8_lossy(&shown.lock().unwrap()).into_owned();
    wait_until("the first look", || text().contains("Verdict: Healthy"));
    signal(environment.api_pid(), "-KILL");
    wait_until("word of the crash", || text().contains("process: Healthy → Unhealthy: process"));
    signal(watch.id(), "-INT");
    assert_eq!(watch.wait().unwrap().code(), Some(130));
}
