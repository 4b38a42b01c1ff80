//! Who builds: a toolchain without the target, Docker that is absent, stopped or hanging, and what they are told.

use std::time::Instant;

use crate::image_source::ImageSource;
use crate::registry::TestRegistry;

/// A clone that looks like a checkout of the project, so that something is to be built.
fn checkout() -> ImageSource {
    let mut source = ImageSource::new();
    source.environment.set("EAP_API_BIN", "");
    source.environment.write("Cargo.toml", "[workspace]\n");
    source.environment.write("api/Cargo.toml", "name = \"eap-api\"\n");
    source.commit();
    source
}

/// A compiler that knows no target but has a standard library for what is named.
fn rustc_with(source: &mut ImageSource, triple: &str) {
    let folder = source.environment.path(triple);
    std::fs::create_dir_all(&folder).unwrap();
    let script = format!("[ \"$4\" = {triple} ] && echo {} || echo /nowhere", folder.display());
    source.fake("rustc", &script);
}

#[test]
fn a_missing_target_is_told_with_what_to_install() {
    let mut source = checkout();
    source.fake("cargo", "exit 1");
    rustc_with(&mut source, "none");
    let arguments = ["--output-oci", "image", "--builder", "native", "--platform", "linux/arm64"];
    let transcript = source.run(&arguments);
    assert_eq!(transcript.code, 1, "{transcript}");
    for line in [
        "error: this machine cannot build programs for linux/arm64",
        "hint: `rustup target add aarch64-unknown-linux-musl` brings the target",
        "hint: or build with Docker: --builder docker",
    ] {
        assert!(transcript.stderr.contains(line), "{line} is not in {transcript}");
    }

    rustc_with(&mut source, "aarch64-unknown-linux-musl");
    let transcript = source.run(&arguments);
    assert!(transcript.stderr.contains("needs a linker too: aarch64-linux-musl-gcc"), "{transcript}");
}

#[test]
fn the_toolchain_gets_a_static_target_and_no_path_of_this_machine() {
    let mut source = checkout();
    rustc_with(&mut source, "aarch64-unknown-linux-gnu");
    source.fake("aarch64-linux-gnu-gcc", "exit 0");
    source.build(183, 7);
    let program = source.environment.path("eap-api");
    let log = source.environment.path("cargo.log");
    let message = format!(
        r#"{{"reason":"compiler-artifact","target":{{"name":"eap-api"}},"executable":"{}"}}"#,
        program.display()
    );
    let script = format!(
        "[ \"$1\" = build ] || exit 1\necho \"$@\" >{log}\nenv | grep -a -E '^(CARGO_|CC_|CFLAGS|SOURCE)' >>{log}\necho '{message}'",
        log = log.display()
    );
    source.fake("cargo", &script);
    let transcript = source.run(&["--output-oci", "image", "--platform", "linux/arm64", "--output", "json"]);
    assert_eq!(transcript.code, 0, "{transcript}");
    assert_eq!(transcript.json()["platform"], "linux/arm64");
    assert!(transcript.stderr.contains("warning: no bill of materials"), "{transcript}");
    let said = std::fs::read_to_string(&log).unwrap().replace('\u{1f}', " ");
    let linker = source.environment.path("programs/aarch64-linux-gnu-gcc");
    for part in [
        "--profile dist --locked --package eap-api --bin eap-api --target aarch64-unknown-linux-gnu --target-dir"
            .to_owned(),
        "CARGO_ENCODED_RUSTFLAGS=-Ctarget-feature=+crt-static --remap-path-prefix=".to_owned(),
        format!("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER={}", linker.display()),
        format!("CC_aarch64_unknown_linux_gnu={}", linker.display()),
        "SOURCE_DATE_EPOCH=0".to_owned(),
    ] {
        assert!(said.contains(&part), "{part} is not in {said}");
    }
}

#[test]
fn docker_that_is_absent_or_stopped_is_told_as_such() {
    let mut source = checkout();
    source.environment.set("PATH", source.environment.path("programs"));
    let git = std::path::Path::new("/usr/bin/git");
    std::fs::create_dir_all(source.environment.path("programs")).unwrap();
    std::os::unix::fs::symlink(git, source.environment.path("programs/git")).unwrap();
    let absent = source.run(&["--output-oci", "image", "--builder", "docker"]);
    assert_eq!(absent.code, 1, "{absent}");
    assert!(absent.stderr.contains("error: there is no docker on the PATH"), "{absent}");
    assert!(
        absent.stderr.contains("hint: install Docker, or build without it: --builder native"),
        "{absent}"
    );

    let neither = source.run(&["--output-oci", "image"]);
    assert_eq!(neither.code, 1, "{neither}");
    assert!(
        neither.stderr.contains("no cargo here to build eap-api with, and there is no docker"),
        "{neither}"
    );

    source.fake("docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1");
    let stopped = source.run(&["--output-oci", "image", "--builder", "docker"]);
    assert_eq!(stopped.code, 1, "{stopped}");
    assert!(stopped.stderr.contains("| Cannot connect to the Docker daemon"), "{stopped}");
    assert!(stopped.stderr.contains("hint: start the Docker engine"), "{stopped}");
}

#[test]
fn docker_that_hangs_is_given_up_and_ended() {
    let mut source = checkout();
    let pid_file = source.environment.path("pid");
    source.fake("docker", &format!("echo $$ >{}; exec sleep 60", pid_file.display()));
    let started = Instant::now();
    let transcript = source.run(&["--output-oci", "image", "--builder", "docker"]);
    assert_eq!(transcript.code, 8, "{transcript}");
    assert!(transcript.stderr.contains("the Docker engine does not answer within"), "{transcript}");
    assert!(started.elapsed().as_secs() < 30, "{transcript}");
    let pid = std::fs::read_to_string(pid_file).unwrap().trim().parse().unwrap();
    assert!(!crate::environment::is_alive(pid), "the child went with the command");
}

const METADATA: &str = r#"{"packages":[{"id":"a","name":"eap-api","version":"0.1.0"},{"id":"t","name":"time","version":"0.1.0","license":"MIT"}],"resolve":{"nodes":[{"id":"a","deps":[{"pkg":"t","dep_kinds":[{"kind":null}]}]},{"id":"t","deps":[]}]}}"#;

/// A clone with a program and a lock file.
fn with_lock_file() -> ImageSource {
    let source = ImageSource::new();
    source.environment.write("Cargo.toml", "[workspace]\n");
    source.environment.write("api/Cargo.toml", "name = \"eap-api\"\n");
    let lock = "[[package]]\nname = \"time\"\nversion = \"0.1.0\"\nchecksum = \"ab\"\n";
    source.environment.write("Cargo.lock", lock);
    source.commit();
    source
}

#[test]
fn a_bill_of_materials_that_was_missing_is_added_without_touching_the_tag() {
    let (mut source, registry) = (with_lock_file(), TestRegistry::start());
    source.fake("cargo", "exit 1");
    let without = source.push(&registry, &["--output", "json"]);
    assert!(without.stderr.contains("warning: no bill of materials"), "{without}");
    let requests = registry.requests().len();

    source.fake("cargo", &format!("[ \"$1\" = metadata ] && echo '{METADATA}'"));
    let with = source.push(&registry, &["--output", "json"]).json();
    assert_eq!((&with["status"], &with["digest"]), (&"pushed".into(), &without.json()["digest"]));
    let index = with["digest"].as_str().unwrap().replace(':', "-");
    let puts: Vec<String> = registry.requests()[requests..]
        .iter()
        .filter(|request| request.line.starts_with("PUT") && request.line.contains("/manifests/"))
        .map(|request| request.line.rsplit_once('/').unwrap().1.to_owned())
        .collect();
    assert_eq!(puts.len(), 2, "the bill, and the list of what refers to the image: {puts:?}");
    assert_eq!(puts[1], index);
    let again = source.push(&registry, &["--output", "json"]).json();
    assert_eq!(again["status"], "present");
}

#[test]
fn trivy_reads_the_bill_of_materials() {
    let mut source = with_lock_file();
    source.fake("cargo", &format!("[ \"$1\" = metadata ] && echo '{METADATA}'"));
    let seen = source.environment.path("bill.json");
    let report = r#"{"Results":[{"Vulnerabilities":[{"VulnerabilityID":"RUSTSEC-2026-1","PkgName":"time","InstalledVersion":"0.1.0","Severity":"CRITICAL","PrimaryURL":"https://x"}]}]}"#;
    source.fake("trivy", &format!("for last; do :; done; cp \"$last\" {}; echo '{report}'", seen.display()));
    let transcript = source.run(&["--output-oci", "image", "--scan", "--output", "json"]);
    assert_eq!(transcript.code, 9, "{transcript}");
    let said = transcript.json();
    assert_eq!(said["scan"]["findings"][0]["id"], "RUSTSEC-2026-1");
    assert_eq!(said["scan"]["findings"][0]["severity"], "critical");
    let bill: serde_json::Value = serde_json::from_slice(&std::fs::read(seen).unwrap()).unwrap();
    assert_eq!(bill["bomFormat"], "CycloneDX");
    assert_eq!(bill["components"][0]["purl"], "pkg:cargo/time@0.1.0");
    assert_eq!(bill["components"][0]["hashes"][0]["content"], "ab");

    // The layout lists the bill as what refers to the image.
    let index = std::fs::read(source.environment.path("work/image/index.json")).unwrap();
    let index: serde_json::Value = serde_json::from_slice(&index).unwrap();
    let referrer = index["manifests"][1]["digest"].as_str().unwrap().trim_start_matches("sha256:").to_owned();
    let referrer = std::fs::read(source.environment.path("work/image/blobs/sha256").join(referrer)).unwrap();
    let referrer: serde_json::Value = serde_json::from_slice(&referrer).unwrap();
    assert_eq!(referrer["subject"]["digest"], index["manifests"][0]["digest"]);
    assert_eq!(referrer["artifactType"], "application/vnd.cyclonedx+json");
}
