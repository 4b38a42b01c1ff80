//! The Docker builder with a real engine: what it builds is taken out, pushed by us, pulled back and run.

use std::path::Path;
use std::process::Command;

use crate::engine::{Engine, checkout, ended_well, json_of};

/// No base image can be counted on here, so the program is built beforehand, and the Dockerfile only packs it.
const DOCKERFILE: &str = "\
ARG RUNTIME_IMAGE=scratch
FROM ${RUNTIME_IMAGE}
COPY eap-api /usr/local/bin/eap-api
COPY Cargo.toml /Cargo.toml
USER 65532:65532
ENTRYPOINT [\"/usr/local/bin/eap-api\"]
";

#[test]
fn what_docker_builds_is_pushed_pulled_and_run() {
    let Some(engine) = Engine::of_this_run() else { return };
    let folder = tempfile::tempdir().unwrap();
    make_checkout(&engine, folder.path());
    let arguments =
        ["--builder", "docker", "--registry", &engine.registry, "--repository", "docker", "--output", "json"];
    let pushed = json_of(&mut engine.build_push(folder.path(), &arguments));
    assert_eq!((&pushed["status"], &pushed["platform"]), (&"pushed".into(), &"linux/amd64".into()));
    assert_eq!(pushed["layers"].as_array().unwrap().len(), 2);

    // The engine's cache makes the same image, and compressing it makes the same bytes.
    let again = json_of(&mut engine.build_push(folder.path(), &arguments));
    assert_eq!((&again["status"], &again["uploaded_bytes"]), (&"present".into(), &0.into()));

    let reference = pushed["reference"].as_str().unwrap();
    let version = engine.say(&["run", "--rm", "--read-only", "--cap-drop", "ALL", reference, "--version"]);
    assert_eq!(version, format!("eap-api {}", env!("CARGO_PKG_VERSION")));
    let label = "{{index .Config.Labels \"org.opencontainers.image.revision\"}}";
    let revision = engine.say(&["inspect", "--format", label, reference]);
    assert_eq!(pushed["tag"], revision);
}

/// A clone with a Dockerfile, and the program of the checkout under test.
fn make_checkout(engine: &Engine, folder: &Path) {
    let layout = tempfile::tempdir().unwrap();
    let output = layout.path().to_str().unwrap();
    let image = json_of(&mut engine.build_push(&checkout(), &["--output-oci", output, "--output", "json"]));
    let layer = image["layers"][1]["digest"].as_str().unwrap().trim_start_matches("sha256:").to_owned();
    let layer = layout.path().join("blobs/sha256").join(layer);
    let unpacked = layout.path().join("unpacked");
    std::fs::create_dir_all(&unpacked).unwrap();
    ended_well(
        Command::new("tar").arg("--extract").arg("--file").arg(layer).arg("--directory").arg(&unpacked),
    );
    std::fs::copy(unpacked.join("usr/local/bin/eap-api"), folder.join("eap-api")).unwrap();
    std::fs::create_dir(folder.join("api")).unwrap();
    std::fs::write(folder.join("Cargo.toml"), "[workspace]\n").unwrap();
    std::fs::write(folder.join("api/Cargo.toml"), "name = \"eap-api\"\n").unwrap();
    std::fs::write(folder.join("api/Dockerfile"), DOCKERFILE).unwrap();
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=n", "-c", "user.email=e@example.com"]).args(arguments).current_dir(folder);
        ended_well(&mut git);
    };
    git(&["init", "--quiet"]);
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--message=x"]);
}
