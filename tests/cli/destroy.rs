//! `eap destroy` on this machine: what goes, what stays, and what it leaves alone.

use serde_json::{Value, json};

use crate::environment::{TestEnvironment, assert_transcript, is_alive};

#[test]
fn programs_are_told_what_became_of_api_and_data() {
    let environment = TestEnvironment::new();
    environment.deploy(&[]);
    let pid = environment.api_pid();
    let folder = environment.path("state/local");
    let told = |api: &str, data: &str, server: Value| {
        json!({
            "schema_version": 1, "environment": "local", "api": api, "data": data, "folder": folder,
            "untouched_server": server,
        })
    };
    let destroy = |more: &[&str]| {
        let destroyed = environment.run(&[&["destroy", "--env", "local", "--output", "json"], more].concat());
        assert_eq!(destroyed.code, 0, "{destroyed}");
        destroyed.json()
    };
    assert_eq!(destroy(&[]), told("stopped", "kept", Value::Null));
    assert!(!is_alive(pid) && folder.join("sample.db").exists());
    assert_eq!(destroy(&[]), told("was not running", "kept", Value::Null));
    // As after a deploy on a server, whose orders are not this command's to delete.
    let mut state = environment.state();
    state["database"] = json!({"kind": "server", "address": "mysql://shop@db:3306/orders"});
    std::fs::write(folder.join("state.json"), state.to_string()).unwrap();
    let server = json!("mysql://shop@db:3306/orders");
    assert_eq!(destroy(&["--yes"]), told("was not running", "deleted", server));
    assert!(!folder.exists());
    assert_eq!(destroy(&["--yes"]), told("was not running", "absent", Value::Null));
}

#[test]
fn destroy_deletes_only_with_yes_and_may_be_repeated() {
    let environment = TestEnvironment::new();
    environment.deploy(&[]);
    let pid = environment.api_pid();
    let destroyed = environment.run(&["destroy", "--env", "local", "--yes"]);
    assert_transcript("destroy_yes", &destroyed);
    assert!(!is_alive(pid));
    assert!(!environment.path("state/local").exists());
    assert_transcript("destroy_nothing", &environment.run(&["destroy", "--env", "local", "--yes"]));
}

#[test]
fn a_recycled_process_id_is_left_alone() {
    let mut environment = TestEnvironment::without_api();
    environment.set("EAP_API_BIN", "/bin/true");
    let mut bystander = std::process::Command::new("sleep").arg("60").spawn().unwrap();
    let state = serde_json::json!({
        "schema_version": 1,
        "database": {"kind": "embedded_sample"},
        "loads": {},
        "api": {
            "pid": bystander.id(), "start_mark": "another boot/1", "ready": true,
            "started_at": "2024-01-01T00:00:00Z", "binary": "/x", "binary_sha256": "0",
            "settings": {}, "url": "http://127.0.0.1:1"
        }
    });
    std::fs::create_dir_all(environment.path("state/local")).unwrap();
    std::fs::write(environment.path("state/local/state.json"), state.to_string()).unwrap();
    let transcript = environment.run(&["destroy", "--env", "local"]);
    assert_eq!(transcript.stdout, "The API was not running.\n", "{transcript}");
    assert!(is_alive(bystander.id()));
    bystander.kill().unwrap();
    bystander.wait().unwrap();
}
