//! `eap deploy` again with another setting, program or port: the API makes way, and the one that follows goes by it.

use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::environment::{TestEnvironment, api_binary, assert_transcript, is_alive};
use crate::ports::free_port;

/// What the API lets a page of `origin` know: the origin, or nothing.
fn opened_to(environment: &TestEnvironment, origin: &str) -> Option<String> {
    let answer = environment.get("/api/v1/analytics/products", &format!("origin: {origin}"));
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    let allowed = answer.lines().find_map(|line| line.strip_prefix("access-control-allow-origin: "));
    allowed.map(str::to_owned)
}

#[test]
fn a_changed_file_restarts_and_the_api_goes_by_it() {
    let environment = TestEnvironment::new();
    let (shop, other) = ("https://shop.example", "https://other.example");
    let open_to = |origin: &str| {
        let file = format!("api:\n  cors_allowed_origins: [\"{origin}\"]\n");
        environment.write("config/local.yaml", &file);
    };
    open_to(shop);
    environment.deploy(&[]);
    assert_eq!(opened_to(&environment, shop).as_deref(), Some(shop));
    assert_eq!(opened_to(&environment, other), None);
    let pid = environment.api_pid();

    open_to(other);
    let restarted = environment.deploy(&[]);
    let said = format!("The API was restarted: CORS_ALLOWED_ORIGINS changed from `{shop}` to `{other}`.\n");
    assert!(restarted.stderr.contains(&said), "{restarted}");
    assert!(!is_alive(pid) && is_alive(environment.api_pid()), "{restarted}");
    assert_eq!(opened_to(&environment, shop), None);
    assert_eq!(opened_to(&environment, other).as_deref(), Some(other));
    assert_eq!(environment.deploy(&["--output", "json"]).json()["result"], "unchanged");
}

#[test]
fn another_log_filter_restarts_and_the_log_goes_by_it() {
    let mut environment = TestEnvironment::new();
    let log = environment.path("state/local/api.log");
    let says_what_it_does = || std::fs::read_to_string(&log).unwrap().contains("\"level\":\"INFO\"");
    environment.set("EAP_LOG", "error");
    environment.deploy(&[]);
    assert!(!says_what_it_does());
    let pid = environment.api_pid();
    assert_eq!(environment.deploy(&["--output", "json"]).json()["result"], "unchanged");

    environment.set("EAP_LOG", "info");
    let restarted = environment.deploy(&["--output", "json"]).json();
    assert_eq!(restarted["reasons"], json!(["EAP_LOG changed from `error` to `info`"]));
    assert!(!is_alive(pid) && says_what_it_does());

    // An empty variable is none, and none is not what runs.
    environment.set("EAP_LOG", "");
    let restarted = environment.deploy(&["--output", "json"]).json();
    assert_eq!(restarted["reasons"], json!(["EAP_LOG changed from `info` to ``"]));
}

#[test]
fn a_changed_setting_restarts_and_a_stop_keeps_the_data() {
    let mut environment = TestEnvironment::new();
    environment.deploy(&[]);
    let pid = environment.api_pid();
    environment.set("STORE_TIME_ZONE", "Europe/Berlin");
    let restarted = environment.deploy(&["--output", "json"]);
    let reason = "STORE_TIME_ZONE changed from `UTC` to `Europe/Berlin`";
    assert_eq!(restarted.json()["reasons"], serde_json::json!([reason]));
    assert_ne!(environment.api_pid(), pid);
    assert!(!is_alive(pid));

    let pid = environment.api_pid();
    assert_transcript("destroy_keeps_data", &environment.run(&["destroy", "--env", "local"]));
    assert!(!is_alive(pid));
    let restarted = environment.deploy(&["--output", "json"]);
    assert_eq!(restarted.json()["result"], "started");
    assert_eq!(restarted.json()["orders"], 5009);
    assert!(!restarted.stderr.contains("sample"), "the sample is loaded once: {restarted}");
}

#[test]
fn another_program_or_port_restarts() {
    let mut environment = TestEnvironment::without_api();
    let program = environment.path("eap-api");
    std::fs::copy(api_binary(), &program).unwrap();
    environment.set("EAP_API_BIN", &program);
    environment.deploy(&[]);
    let first = environment.api_pid();
    // As a build makes it: another file in the place of the first, which runs on.
    let mut content = std::fs::read(&program).unwrap();
    content.push(0);
    std::fs::remove_file(&program).unwrap();
    std::fs::write(&program, content).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let restarted = environment.deploy(&["--output", "json"]);
    assert_eq!(restarted.json()["reasons"], serde_json::json!(["the program changed"]), "{restarted}");
    let second = environment.api_pid();
    assert!(!is_alive(first) && is_alive(second), "{restarted}");

    let former = environment.port;
    environment.port = free_port();
    let moved = environment.deploy(&["--output", "json"]);
    let reason = format!("PORT changed from `{former}` to `{}`", environment.port);
    assert_eq!(moved.json()["reasons"], serde_json::json!([reason]), "{moved}");
    assert_eq!(moved.json()["url"], format!("http://127.0.0.1:{}", environment.port), "{moved}");
    assert!(!is_alive(second) && TcpStream::connect(("127.0.0.1", former)).is_err(), "it listens twice");
}
