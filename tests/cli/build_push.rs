//! `eap build-push` to any registry, to a folder and to Docker: what is uploaded, in which order, and what is said.

use std::path::Path;

use serde_json::{Value, json};

use crate::environment::assert_transcript;
use crate::image_source::ImageSource;
use crate::registry::{TestRegistry, digest_of};

const NAME: &str = "ecommerce-analytics-api";

fn manifest(registry: &TestRegistry, reference: &str) -> Value {
    serde_json::from_slice(&registry.manifest(&format!("{NAME}/{reference}")).expect(reference)).unwrap()
}

#[test]
fn only_the_digest_is_on_standard_output_and_the_tag_comes_last() {
    let (source, registry) = (ImageSource::new(), TestRegistry::start());
    let transcript = source.push(&registry, &[]);
    let tag = source.head();
    let digest = digest_of(&registry.manifest(&format!("{NAME}/{tag}")).unwrap());
    assert_eq!(transcript.stdout, format!("{}/{NAME}@{digest}\n", registry.address));

    let puts = registry.lines("PUT /v2/ecommerce-analytics-api/manifests/");
    let name = |reference: &str| format!("PUT /v2/{NAME}/manifests/{reference}");
    assert_eq!(puts, [name(&digest), name(&tag)]);
    assert_eq!(registry.requests().last().unwrap().line, name(&tag), "the tag is the last word");
}

#[test]
fn what_is_there_is_not_sent_again() {
    let (source, registry) = (ImageSource::new(), TestRegistry::start());
    let first = source.push(&registry, &["--output", "json"]).json();
    assert_eq!(first["status"], "pushed");
    assert_eq!(first["uploaded_bytes"], registry.uploaded_bytes());
    assert!(registry.uploaded_bytes() > 900_000);
    let requests = registry.requests().len();

    let again = source.push(&registry, &["--output", "json"]).json();
    assert_eq!((&again["status"], &again["uploaded_bytes"]), (&json!("present"), &json!(0)));
    assert_eq!(again["digest"], first["digest"]);
    let asked: Vec<String> = registry.requests()[requests..].iter().map(|r| r.line.clone()).collect();
    assert_eq!(asked, [format!("GET /v2/{NAME}/manifests/{}", source.head())]);
}

#[test]
fn a_new_program_moves_its_own_layer_only() {
    let (source, registry) = (ImageSource::new(), TestRegistry::start());
    let first = source.push(&registry, &["--output", "json"]).json();
    source.build(62, 8);
    source.commit();
    let before = registry.uploaded_bytes() as u64;
    let second = source.push(&registry, &["--output", "json"]).json();
    assert_eq!(second["layers"][0], first["layers"][0], "the base stays");
    assert_ne!(second["layers"][1], first["layers"][1]);
    let manifest = manifest(&registry, &source.head());
    let moved =
        manifest["layers"][1]["size"].as_u64().unwrap() + manifest["config"]["size"].as_u64().unwrap();
    assert_eq!(second["uploaded_bytes"], moved);
    assert_eq!(registry.uploaded_bytes() as u64 - before, moved);
}

#[test]
fn json_tells_what_was_published() {
    let (source, registry) = (ImageSource::new(), TestRegistry::start());
    let said =
        source.push(&registry, &["--output", "json", "--repository", "shop/api", "--tag", "v1"]).json();
    let stored = registry.manifest("shop/api/v1").unwrap();
    let manifest: Value = serde_json::from_slice(&stored).unwrap();
    let sizes = |descriptors: &Value| -> u64 {
        descriptors.as_array().unwrap().iter().map(|layer| layer["size"].as_u64().unwrap()).sum()
    };
    let size =
        sizes(&manifest["layers"]) + manifest["config"]["size"].as_u64().unwrap() + stored.len() as u64;
    let expected = [
        ("repository", json!(format!("{}/shop/api", registry.address))),
        ("tag", json!("v1")),
        ("digest", json!(digest_of(&stored))),
        ("platform", json!("linux/amd64")),
        ("size_bytes", json!(size)),
        ("status", json!("pushed")),
    ];
    for (key, value) in expected {
        assert_eq!(said[key], value, "{key}");
    }
    assert_eq!(said["layers"][1]["digest"], manifest["layers"][1]["digest"]);
    assert!(said["seconds"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_tag_that_stands_for_another_image_is_left_alone() {
    let (source, registry) = (ImageSource::new(), TestRegistry::start());
    source.push(&registry, &[]);
    let before = registry.manifest(&format!("{NAME}/{}", source.head())).unwrap();
    let requests = registry.requests().len();
    source.build(62, 9); // the program is outside the clone: the commit is the same
    let transcript = source.run(&["--registry", &registry.address]);
    assert_eq!(transcript.code, 1, "{transcript}");
    let stands =
        format!("error: the tag {} of {}/{NAME} stands for another image", source.head(), registry.address);
    assert!(transcript.stderr.contains(&stands), "{transcript}");
    assert!(transcript.stderr.contains(&digest_of(&before)), "{transcript}");
    assert!(transcript.stderr.contains("hint: tags never move"), "{transcript}");
    assert_eq!(transcript.stdout, "");
    assert_eq!(registry.requests().len() - requests, 1, "one question, nothing sent");
    assert_eq!(registry.manifest(&format!("{NAME}/{}", source.head())).unwrap(), before);
}

#[test]
fn changed_files_are_in_the_tag_and_refused_for_releases() {
    let (source, registry) = (ImageSource::new(), TestRegistry::start());
    source.environment.write("README", "changed\n");
    let said = source.push(&registry, &["--output", "json"]).json();
    let digits = &said["digest"].as_str().unwrap()["sha256:".len()..][..12];
    assert_eq!(said["tag"], format!("{}-dirty-{digits}", source.head()));

    let requests = registry.requests().len();
    for environment in ["staging", "prod"] {
        let transcript = source.run(&["--env", environment, "--registry", &registry.address]);
        assert_eq!(transcript.code, 64, "{transcript}");
        assert!(transcript.stderr.contains("--allow-dirty"), "{transcript}");
    }
    assert_eq!(registry.requests().len(), requests, "nothing was sent");
    source.push(&registry, &["--env", "prod", "--allow-dirty"]);
}

#[test]
fn wrong_calls_of_build_push_end_with_64() {
    let source = ImageSource::new();
    let calls: [(&str, &[&str]); 7] = [
        ("build_push_no_environment", &[]),
        ("build_push_local", &["--env", "local"]),
        ("build_push_latest", &["--env", "dev", "--tag", "latest"]),
        ("build_push_bad_registry", &["--registry", "user:secret@host"]),
        ("build_push_bad_name", &["--registry", "localhost:1", "--repository", "Shop"]),
        ("build_push_create_elsewhere", &["--registry", "localhost:1", "--create-repository"]),
        ("build_push_other_processor", &["--output-oci", "image", "--platform", "linux/arm64"]),
    ];
    for (name, arguments) in calls {
        let transcript = source.run(arguments);
        assert_eq!(transcript.code, 64, "{transcript}");
        assert!(!transcript.stderr.contains("secret"), "{transcript}");
        assert_transcript(name, &transcript);
    }
}

#[test]
fn a_folder_takes_the_image_without_any_registry() {
    let source = ImageSource::new();
    let first = source.run(&["--output-oci", "image"]);
    assert_eq!(first.code, 0, "{first}");
    let folder = source.environment.path("work/image");
    assert_eq!(std::fs::read(folder.join("oci-layout")).unwrap(), br#"{"imageLayoutVersion":"1.0.0"}"#);
    let index: Value = serde_json::from_slice(&std::fs::read(folder.join("index.json")).unwrap()).unwrap();
    let digest = index["manifests"][0]["digest"].as_str().unwrap();
    assert_eq!(first.stdout, format!("image@{digest}\n"));
    assert_every_blob_is_what_its_name_says(&folder);

    // The same again, over the earlier image and beside it.
    for name in ["image", "image/other"] {
        let again = source.run(&["--output-oci", name]);
        assert_eq!(
            (again.code, again.stdout.as_str()),
            (0, format!("{name}@{digest}\n").as_str()),
            "{again}"
        );
    }

    source.environment.write("mine/file", "x");
    let refused = source.run(&["--output-oci", "mine"]);
    assert_eq!(refused.code, 64, "{refused}");
    assert_eq!(std::fs::read_dir(source.environment.path("work/mine")).unwrap().count(), 1);
}

fn assert_every_blob_is_what_its_name_says(folder: &Path) {
    let mut count = 0;
    for file in std::fs::read_dir(folder.join("blobs/sha256")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(digest_of(&std::fs::read(&path).unwrap()), format!("sha256:{name}"));
        count += 1;
    }
    assert_eq!(count, 4, "manifest, configuration, two layers");
}

#[test]
fn a_program_that_would_not_start_is_refused() {
    let source = ImageSource::new();
    std::fs::copy("/bin/sh", source.environment.path("eap-api")).unwrap();
    let transcript = source.run(&["--output-oci", "image"]);
    assert_eq!(transcript.code, 64, "{transcript}");
    assert!(transcript.stderr.contains("needs shared libraries, and the image has none"), "{transcript}");
    assert!(!source.environment.path("work/image").exists());
}
