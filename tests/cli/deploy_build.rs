//! Where `eap deploy` takes the API from: a checkout has cargo build it, and without one the hints say what to do.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::environment::{TestEnvironment, api_binary, assert_transcript};
use crate::fake_program;

/// A machine whose working folder is a checkout, and whose cargo tells the file `said` what it was asked, and where, and
/// goes on with `script`.
fn checkout(script: &str) -> (TestEnvironment, PathBuf) {
    let mut environment = TestEnvironment::without_api();
    environment.write("Cargo.toml", "[workspace]\n");
    environment.write("api/Cargo.toml", "[package]\nname = \"eap-api\"\n");
    let (bin, said) = (environment.path("bin"), environment.path("said"));
    let told = said.display();
    fake_program::write(&bin, "cargo", &format!("echo \"$@\" >> {told}\npwd >> {told}\n{script}"));
    environment.set("PATH", format!("{}:/usr/bin:/bin", bin.display()));
    (environment, said)
}

/// What cargo says of a target that it has built, in the shape of its messages.
fn artifact(kind: &str, name: &str, executable: Option<&Path>) -> String {
    let files: Vec<&Path> = executable.into_iter().collect();
    let message = json!({
        "reason": "compiler-artifact",
        "package_id": "path+file:///checkout/api#eap-api@0.1.0",
        "manifest_path": "/checkout/api/Cargo.toml",
        "target": {
            "kind": [kind], "crate_types": [kind], "name": name, "src_path": "/checkout/api/src/main.rs",
            "edition": "2024", "doc": true, "doctest": false, "test": true,
        },
        "profile": {
            "opt_level": "3", "debuginfo": 0, "debug_assertions": false, "overflow_checks": false, "test": false,
        },
        "features": [],
        "filenames": files,
        "executable": executable,
        "fresh": false,
    });
    message.to_string()
}

#[test]
fn what_cargo_built_in_a_checkout_serves() {
    let api = std::path::absolute(api_binary()).unwrap();
    let messages = [
        artifact("lib", "eap_api", None),
        artifact("bin", "eap-api", Some(&api)),
        json!({"reason": "build-finished", "success": true}).to_string(),
    ];
    let script = format!("cat <<'MESSAGES'\n{}\nMESSAGES", messages.join("\n"));
    let (environment, said) = checkout(&script);
    let deployed = environment.deploy(&["--output", "json"]);
    assert!(
        deployed.stderr.starts_with("Building eap-api: cargo build --release -p eap-api\n"),
        "{deployed}"
    );
    assert_eq!((&deployed.json()["result"], &deployed.json()["orders"]), (&"started".into(), &5009.into()));
    assert_eq!(environment.state()["api"]["binary"], json!(api));
    let health = environment.get("/health", "accept: */*");
    assert!(health.contains("\"status\":\"healthy\""), "{health}");

    // Whether a build is fresh is cargo's to decide, so it is asked each time.
    assert_eq!(environment.deploy(&["--output", "json"]).json()["result"], "unchanged");
    let said = std::fs::read_to_string(said).unwrap();
    assert_eq!(said.matches("build --release -p eap-api ").count(), 2, "{said}");
}

#[test]
fn in_a_checkout_cargo_builds_the_api() {
    let (environment, said) = checkout("echo 'error: it does not compile' >&2\nexit 101");
    let transcript = environment.run(&["deploy", "--env", "local"]);
    assert_transcript("deploy_build_fails", &transcript);
    let said = std::fs::read_to_string(said).unwrap();
    let work = std::fs::canonicalize(environment.path("work")).unwrap();
    let expected =
        format!("build --release -p eap-api --message-format=json-render-diagnostics\n{}\n", work.display());
    assert_eq!(said, expected);
}

#[test]
fn without_any_api_the_hints_say_how_to_get_one() {
    let mut environment = TestEnvironment::without_api();
    // Beside the program under test there may be an `eap-api`; a copy stands alone.
    let alone = environment.path("alone");
    std::fs::create_dir(&alone).unwrap();
    std::fs::copy(env!("CARGO_BIN_EXE_eap"), alone.join("eap")).unwrap();
    let run = |environment: &TestEnvironment| {
        let mut command = std::process::Command::new(alone.join("eap"));
        command.args(["deploy", "--env", "local"]).current_dir(environment.path("work")).env_clear();
        command.env("EAP_STATE_DIR", environment.path("state")).env("PATH", "/nowhere");
        environment.transcript(&command.output().unwrap())
    };
    assert_transcript("deploy_no_api", &run(&environment));
    environment.set("EAP_API_BIN", "/nowhere/eap-api");
    assert_transcript("deploy_wrong_api", &environment.run(&["deploy", "--env", "local"]));
}
