//! Pushes that real servers take: Debian's registry, ministack's ECR, the Docker engine; and the promise that two
//! folders make one image.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::engine::{Engine, checkout, ended_well, json_of};

/// Runs the program of the image `reference`, which has to be in the engine or to be had.
fn assert_runs(engine: &Engine, reference: &str) {
    let version = engine.say(&["run", "--rm", "--read-only", "--cap-drop", "ALL", reference, "--version"]);
    assert_eq!(version, format!("eap-api {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_registry_takes_everything_once() {
    let Some(engine) = Engine::of_this_run() else { return };
    let arguments = ["--registry", &engine.registry, "--repository", "twice", "--output", "json"];
    let first = json_of(&mut engine.build_push(&checkout(), &arguments));
    assert_eq!(first["status"], "pushed");
    let again = json_of(&mut engine.build_push(&checkout(), &arguments));
    assert_eq!((&again["status"], &again["uploaded_bytes"]), (&"present".into(), &0.into()));
    assert_eq!(again["digest"], first["digest"]);

    // The bill of materials is found from the image, as the specification has it for registries without a list.
    let digest = first["digest"].as_str().unwrap();
    let url = format!("http://{}/v2/twice/manifests/{}", engine.registry, digest.replace(':', "-"));
    let accept = "Accept: application/vnd.oci.image.index.v1+json";
    let index = json_of(Command::new("curl").args(["--silent", "--fail", "--header", accept, &url]));
    assert_eq!(index["manifests"][0]["artifactType"], "application/vnd.cyclonedx+json");
    let bill = first["bill_of_materials"].as_str().unwrap();
    let url = format!("http://{}/v2/twice/blobs/{bill}", engine.registry);
    let bill = json_of(Command::new("curl").args(["--silent", "--fail", &url]));
    let components = bill["components"].as_array().unwrap();
    assert!(components.iter().any(|component| component["name"] == "sqlx"), "what is linked in");
    assert!(!components.iter().any(|component| component["name"] == "proptest"), "and not what tests it");
}

#[test]
fn the_engine_takes_an_image_without_a_registry() {
    let Some(engine) = Engine::of_this_run() else { return };
    let loaded =
        ended_well(&mut engine.build_push(&checkout(), &["--load", "--repository", "eap-test-loaded"]));
    let reference = String::from_utf8(loaded.stdout).unwrap();
    assert!(reference.starts_with("eap-test-loaded:"), "{reference}");
    assert_runs(&engine, reference.trim());
    engine.say(&["rmi", "--force", reference.trim()]);
}

#[test]
fn ministack_gives_a_repository_and_a_token_and_keeps_the_image() {
    let Some(engine) = Engine::of_this_run() else { return };
    let Ok(endpoint) = std::env::var("EAP_TEST_MINISTACK_URL") else {
        eprintln!("skipped: EAP_TEST_MINISTACK_URL is not set");
        return;
    };
    let repository = format!("eap-test-{}", std::process::id());
    let in_aws = |more: &[&str]| {
        let arguments = [&["--env", "dev", "--repository", &repository, "--output", "json"], more].concat();
        let mut command = engine.build_push(&checkout(), &arguments);
        command.env("AWS_ENDPOINT_URL", &endpoint).env("AWS_ACCESS_KEY_ID", "test");
        command.env("AWS_SECRET_ACCESS_KEY", "test").env("EAP_ACCOUNT_ID", "000000000000");
        command
    };
    let missing = in_aws(&[]).output().unwrap();
    assert_eq!(missing.status.code(), Some(1));
    let said = String::from_utf8_lossy(&missing.stderr).into_owned();
    assert!(said.contains("hint: add --create-repository"), "{said}");

    let pushed = json_of(&mut in_aws(&["--create-repository"]));
    assert_eq!(pushed["status"], "pushed");
    let again = json_of(&mut in_aws(&["--create-repository"]));
    assert_eq!(again["status"], "present");
    assert_runs(&engine, pushed["reference"].as_str().unwrap());
}

/// `cargo test -p eap --test image -- --ignored`
#[test]
#[ignore = "builds the release twice, which takes ten minutes"]
fn two_folders_make_one_image() {
    let Some(engine) = Engine::of_this_run() else { return };
    let folder = tempfile::tempdir().unwrap();
    let digest = |name: &str| {
        let clone: PathBuf = folder.path().join(name);
        ended_well(Command::new("git").args(["clone", "--quiet"]).arg(checkout()).arg(&clone));
        let built =
            json_of(engine.build_push(&clone, &["--output-oci", "target/oci", "--output", "json"]).env(
                // Else both would build in one.
                "CARGO_TARGET_DIR",
                Path::new(&clone).join("target"),
            ));
        built["digest"].as_str().unwrap().to_owned()
    };
    assert_eq!(digest("one"), digest("a second one"));
}
