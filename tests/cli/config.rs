//! Which configuration is in force, and what is refused.

use crate::environment::{TestEnvironment, assert_transcript};

#[test]
fn defaults_work_outside_a_checkout() {
    let environment = TestEnvironment::without_api();
    assert_transcript("config_defaults", &environment.run(&["config", "show", "--env", "local"]));
}

#[test]
fn flag_before_variable_before_project_before_user_before_default() {
    let mut environment = TestEnvironment::without_api();
    environment.write("../home/.config/eap/config.yaml", "region: from-user\nproject_name: from-user\napi:\n  port: 1111\n  currency: EUR\n  time_zone: Asia/Tokyo\n");
    environment.write("config/local.yaml", "region: from-project\nproject_name: from-project\napi:\n  time_zone: Europe/Berlin\n  start_timeout: 2m\n");
    environment.set("AWS_REGION", "from-variable");
    environment.set("STORE_TIME_ZONE", "Asia/Kolkata");
    let transcript = environment.run(&[
        "config",
        "show",
        "--env",
        "local",
        "--origin",
        "--region",
        "from-flag",
        "--output",
        "json",
    ]);
    let shown = transcript.json();
    let setting = |path: &str| {
        let setting = shown.pointer(path).unwrap();
        (setting["value"].clone(), setting["origin"].as_str().unwrap().split(" /").next().unwrap().to_owned())
    };
    assert_eq!(setting("/region"), ("from-flag".into(), "flag".into()));
    assert_eq!(setting("/api/time_zone"), ("Asia/Kolkata".into(), "variable STORE_TIME_ZONE".into()));
    assert_eq!(setting("/project_name"), ("from-project".into(), "project file".into()));
    assert_eq!(setting("/api/start_timeout"), ("2m".into(), "project file".into()));
    assert_eq!(setting("/api/currency"), ("EUR".into(), "user file".into()));
    assert_eq!(setting("/api/port"), (1111.into(), "user file".into()));
    assert_eq!(setting("/api/listen"), ("127.0.0.1".into(), "default".into()));
    let table = environment.run(&["config", "show", "--env", "local", "--origin"]);
    assert_transcript("config_origin", &table);
}

#[test]
fn mistakes_are_named_with_their_place() {
    let mut environment = TestEnvironment::without_api();
    let mistakes = [
        ("config_unknown_key", "api:\n  prot: 8000\n"),
        ("config_wrong_type", "api:\n  port: many\n"),
        ("config_bad_zone", "api:\n  time_zone: Mars/Olympus\n"),
        ("config_bad_yaml", "api: [\n"),
        ("config_twice", "region: a\nregion: b\n"),
    ];
    for (name, content) in mistakes {
        environment.write("config/local.yaml", content);
        let transcript = environment.run(&["config", "show", "--env", "local"]);
        assert_eq!(transcript.code, 64, "{transcript}");
        assert_transcript(name, &transcript);
    }
    environment.write("config/local.yaml", "# nothing\n");
    environment.set("EAP_MAX_BODY_BYTES", "8 MB");
    let transcript = environment.run(&["config", "show", "--env", "local"]);
    assert_eq!(transcript.code, 64, "{transcript}");
    assert_eq!(transcript.stderr, "error: EAP_MAX_BODY_BYTES is `8 MB`, wanted a number of bytes\n");
}
