//! Which configuration is in force, and what is refused.

use std::path::Path;

use serde_json::Value;

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

/// Set by the program itself, or by its caller, or for tests alone.
const NOT_OF_THE_FILES: [&str; 9] = [
    "aws_region",
    "account_id",
    "project_name",
    "environment",
    "emulated_aws",
    "container_image",
    "container_port",
    "api_key",
    "api_environment",
];

#[test]
fn the_files_say_what_terraform_is_told() {
    let mut environment = TestEnvironment::without_api();
    environment.set("EAP_ACCOUNT_ID", "123456789012");
    environment.set("STORE_CURRENCY", "EUR");
    for name in ["dev", "staging", "prod"] {
        // What the tests of the Terraform tree apply.
        let file = format!("{}/../tests/terraform/{name}.tfvars.json", env!("CARGO_MANIFEST_DIR"));
        let mut expected: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        expected["aws_region"] = "us-east-1".into();
        expected["account_id"] = "123456789012".into();
        expected["project_name"] = "ecommerce-analytics".into();
        expected["api_environment"] = serde_json::json!({"STORE_CURRENCY": "EUR"});
        let told = environment.run(&["config", "tfvars", "--env", name]).json();
        assert_eq!(told, expected, "{name}");
    }
    let emulated =
        environment.run(&["config", "tfvars", "--env", "dev", "--endpoint-url", "http://127.0.0.1:1"]);
    assert_eq!(emulated.json()["emulated_aws"], true);
}

#[test]
fn every_variable_of_terraform_can_be_set_in_the_files() {
    let environment = TestEnvironment::without_api();
    let folder = format!("{}/../terraform", env!("CARGO_MANIFEST_DIR"));
    let names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with("variables") && name != "variables_testing.tf"
        })
        .flat_map(|path| variables_of(&std::fs::read_to_string(path).unwrap()))
        .filter(|name| !NOT_OF_THE_FILES.contains(&name.as_str()))
        .collect();
    assert!(names.len() > 40, "{names:?}");
    let keys: Vec<String> = names.iter().map(|name| format!("  {name}: null\n")).collect();
    environment.write("config/dev.yaml", &format!("infrastructure:\n{}", keys.concat()));
    let accepted = environment.run(&["config", "show", "--env", "dev"]);
    assert_eq!(accepted.code, 0, "{accepted}");
    environment.write("config/dev.yaml", "infrastructure:\n  db_instance_clas: db.t3.large\n");
    let refused = environment.run(&["config", "show", "--env", "dev"]);
    assert_eq!(refused.code, 64, "{refused}");
    assert!(refused.stderr.contains("config/dev.yaml:2:3: unknown field `db_instance_clas`"), "{refused}");
}

#[test]
fn an_environment_in_aws_shows_every_setting_and_where_it_is_from() {
    let environment = TestEnvironment::without_api();
    environment.write(
        "config/dev.yaml",
        "api:\n  currency: EUR\nmonitor:\n  window: 2m\nimage:\n  scan: {fail_on: critical}\ninfrastructure:\n  ecs_cpu: 1024\n",
    );
    let shown = environment.run(&["config", "show", "--env", "dev", "--origin", "--output", "json"]).json();
    let setting = |path: &str| {
        let setting = shown.pointer(path).unwrap_or_else(|| panic!("no {path}: {shown}"));
        (setting["value"].clone(), setting["origin"].as_str().unwrap().split(" /").next().unwrap().to_owned())
    };
    let file = || "project file".to_owned();
    assert_eq!(setting("/api/currency"), ("EUR".into(), file()));
    assert_eq!(setting("/monitor/window"), ("2m".into(), file()));
    assert_eq!(setting("/image/scan/fail_on"), ("critical".into(), file()));
    assert_eq!(setting("/image/repository"), ("ecommerce-analytics-api".into(), "default".into()));
    assert_eq!(setting("/infrastructure/ecs_cpu"), (1024.into(), file()));
    assert_eq!(setting("/infrastructure/ecs_memory"), (512.into(), "default".into()));
    // As the tree has it, whatever the shipped files say nothing about.
    let of_terraform = "default of Terraform".to_owned();
    assert_eq!(setting("/infrastructure/database_engine"), ("mysql".into(), of_terraform.clone()));
    assert_eq!(setting("/infrastructure/lambda_reserve_concurrency"), (false.into(), of_terraform));
}

fn variables_of(text: &str) -> Vec<String> {
    let names = text.lines().filter_map(|line| line.strip_prefix("variable \"")?.split('"').next());
    names.map(ToOwned::to_owned).collect()
}

#[test]
fn the_committed_schema_is_up_to_date_and_knows_the_shipped_files() {
    let printed = TestEnvironment::without_api().run(&["config", "schema"]);
    assert_eq!(printed.code, 0, "{printed}");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config");
    let committed = std::fs::read_to_string(folder.join("schema.json")).unwrap();
    assert!(committed == printed.stdout, "run `eap config schema > config/schema.json`");
    // What an editor would underline: keys that the schema does not have.
    let schema: Value = serde_json::from_str(&committed).unwrap();
    for name in ["local", "dev", "staging", "prod"] {
        let text = std::fs::read_to_string(folder.join(format!("{name}.yaml"))).unwrap();
        assert!(text.starts_with("# yaml-language-server: $schema=schema.json\n"), "{name}");
        for key in text.lines().filter_map(|line| line.split_once(':').map(|(key, _)| key)) {
            let known = |section: &Value| section["properties"].get(key.trim()).is_some();
            let comment = key.trim_start().starts_with('#') || key.contains('#');
            let of_a_section = schema["definitions"].as_object().unwrap().values().any(known);
            assert!(comment || known(&schema) || of_a_section, "{name}: {key}");
        }
    }
}
