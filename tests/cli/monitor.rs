//! `eap monitor` on this machine.

use std::process::Stdio;

use crate::environment::{TestEnvironment, assert_transcript, collect, is_alive, signal, wait_until};

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
    environment.deploy(&[]);
    let transcript = environment.run(&["monitor", "--env", "local", "--exit-code", "--output", "json"]);
    assert_eq!(transcript.code, 0, "{transcript}");
    let report = transcript.json();
    assert_eq!((report["schema_version"].clone(), report["verdict"].clone()), (1.into(), "Healthy".into()));
    let check = |name: &str| {
        let checks = report["checks"].as_array().unwrap();
        checks
            .iter()
            .find(|check| check["name"] == name)
            .unwrap_or_else(|| panic!("no {name}: {transcript}"))
            .clone()
    };
    for name in ["process", "database", "health", "request rate", "error rate", "latency", "last ingest"] {
        assert_eq!(check(name)["state"], "Healthy", "{transcript}");
    }
    assert_eq!(check("rows")["value"].as_f64(), Some(9994.0));
    let table = environment.run(&["monitor", "--env", "local"]);
    assert!(table.stdout.contains("\nVerdict: Healthy\n"), "{table}");
}

#[test]
fn requests_of_users_are_counted_in_the_window() {
    let environment = TestEnvironment::new();
    environment.deploy(&[]);
    let url = format!("127.0.0.1:{}", environment.port);
    let running = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let goes_on = std::sync::Arc::clone(&running);
    let user = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        while goes_on.load(std::sync::atomic::Ordering::Relaxed) {
            let mut stream = std::net::TcpStream::connect(&url).unwrap();
            let request = "GET /api/v1/analytics/sales HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
            stream.write_all(request.as_bytes()).unwrap();
            stream.read_to_end(&mut Vec::new()).unwrap();
        }
    });
    let transcript = environment.run(&["monitor", "--env", "local", "--output", "json"]);
    running.store(false, std::sync::atomic::Ordering::Relaxed);
    user.join().unwrap();
    let report = transcript.json();
    let value = |name: &str| {
        let checks = report["checks"].as_array().unwrap();
        checks.iter().find(|check| check["name"] == name).and_then(|check| check["value"].as_f64())
    };
    assert!(value("request rate").unwrap() >= 1.0, "{transcript}");
    assert_eq!(value("error rate"), Some(0.0), "{transcript}");
    assert!(value("latency").is_some_and(|milliseconds| milliseconds > 0.0), "{transcript}");
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
