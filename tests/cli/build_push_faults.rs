//! Registries that drop, refuse, throttle and forget: what passes is tried again, what lasts has a hint, and no tag
//! ever stands for half an image.

use std::process::Stdio;
use std::time::Instant;

use crate::environment::{Transcript, signal, wait_until};
use crate::image_source::ImageSource;
use crate::registry::{Fault, TestRegistry, digest_of};

const NAME: &str = "ecommerce-analytics-api";
/// Without it the command would wait for seconds.
const AT_ONCE: &str = "retry-after: 0\r\n";

fn tag_of(source: &ImageSource) -> String {
    format!("{NAME}/{}", source.head())
}

fn assert_refused(transcript: &Transcript, registry: &TestRegistry, source: &ImageSource, says: &[&str]) {
    assert_eq!((transcript.code, transcript.stdout.as_str()), (1, ""), "{transcript}");
    for part in says {
        assert!(transcript.stderr.contains(part), "{part} is not in {transcript}");
    }
    assert_eq!(registry.manifest(&tag_of(source)), None, "no tag");
}

#[test]
fn trouble_that_passes_is_no_failure() {
    let uploads = format!("POST /v2/{NAME}/blobs/uploads/");
    let content = format!("PATCH /v2/{NAME}/blobs/uploads/");
    let finish = format!("PUT /v2/{NAME}/blobs/uploads/");
    let manifests = format!("PUT /v2/{NAME}/manifests/");
    let questions = format!("GET /v2/{NAME}/manifests/");
    let cases: [(&str, &str, Fault); 9] = [
        ("too many requests", &uploads, Fault::Say(429, AT_ONCE, "")),
        ("an error of the server", &uploads, Fault::Say(500, AT_ONCE, "oops")),
        ("a connection that breaks midway", &content, Fault::HangUpAfter(100_000)),
        ("a connection that breaks at the start", &content, Fault::HangUpAfter(0)),
        ("a gateway in between", &content, Fault::Say(502, AT_ONCE, "<html>")),
        (
            "a registry that restarts",
            &finish,
            Fault::Say(404, "", r#"{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}"#),
        ),
        ("an answer that is lost", &finish, Fault::HangUpAfter(0)),
        ("a manifest that is not taken at once", &manifests, Fault::Say(503, AT_ONCE, "")),
        ("a question that is not answered at once", &questions, Fault::Say(503, AT_ONCE, "")),
    ];
    for (name, line, fault) in cases {
        let (source, registry) = (ImageSource::new(), TestRegistry::start());
        registry.fail(line, fault);
        let transcript = source.push(&registry, &["--output", "json"]);
        assert!(
            transcript.stderr.contains("trying again") || !line.contains("uploads"),
            "{name}: {transcript}"
        );
        let stored = registry.manifest(&tag_of(&source)).expect(name);
        assert_eq!(transcript.json()["digest"], digest_of(&stored), "{name}");
        let last = registry.requests().pop().unwrap().line;
        assert_eq!(last, format!("PUT /v2/{NAME}/manifests/{}", source.head()), "{name}");
    }
}

#[test]
fn a_registry_without_room_is_told_as_such() {
    let (source, registry) = (ImageSource::new(), TestRegistry::start());
    let full = r#"{"errors":[{"code":"UNKNOWN","message":"unknown error","detail":{"Err":28,"Path":"no space left on device"}}]}"#;
    for _ in 0..24 {
        registry.fail(&format!("PATCH /v2/{NAME}/"), Fault::Say(500, AT_ONCE, full));
    }
    let transcript = source.run(&["--registry", &registry.address]);
    assert_refused(
        &transcript,
        &registry,
        &source,
        &[
            "in 6 attempts: the registry answered 500 UNKNOWN",
            "no space left on device",
            "hint: the registry has no room",
            "hint: the same command goes on where this one stopped",
        ],
    );
}

#[test]
fn refusals_that_last_have_hints() {
    let manifests = format!("PUT /v2/{NAME}/manifests/");
    let uploads = format!("POST /v2/{NAME}/blobs/uploads/");
    let immutable = r#"{"errors":[{"code":"TAG_INVALID","message":"The image tag 'x' already exists and cannot be overwritten because the tag is immutable."}]}"#;
    let unknown = r#"{"errors":[{"code":"NAME_UNKNOWN","message":"The repository does not exist"}]}"#;
    let denied = r#"{"errors":[{"code":"DENIED","message":"requested access is denied"}]}"#;
    let cases: [(&str, Fault, &[&str]); 5] = [
        (&manifests, Fault::Say(400, "", immutable), &["the tag is immutable", "hint: commit first"]),
        (&uploads, Fault::Say(404, "", unknown), &["NAME_UNKNOWN", "hint: there is no repository ecommerce"]),
        (
            &uploads,
            Fault::Say(403, "", denied),
            &["access is denied", "hint: these credentials may not write to"],
        ),
        (&uploads, Fault::Say(507, "", ""), &["507", "hint: the registry has no room"]),
        (
            &uploads,
            Fault::Say(202, "", ""),
            &["does not say where to upload to", "hint: is this a registry?"],
        ),
    ];
    for (line, fault, says) in cases {
        let (source, registry) = (ImageSource::new(), TestRegistry::start());
        for _ in 0..8 {
            registry.fail(line, fault.clone());
        }
        let transcript = source.run(&["--registry", &registry.address]);
        assert_refused(&transcript, &registry, &source, says);
        assert!(!transcript.stderr.contains("trying again"), "{transcript}");
    }
}

#[test]
fn a_registry_that_is_not_there_is_told_as_such() {
    let source = ImageSource::new();
    let address = format!("127.0.0.1:{}", source.environment.port);
    let started = Instant::now();
    let transcript = source.run(&["--registry", &address]);
    assert_eq!(transcript.code, 1, "{transcript}");
    assert!(transcript.stderr.contains("connection refused"), "{transcript}");
    assert!(
        transcript.stderr.contains("hint: is the registry running, and its address right?"),
        "{transcript}"
    );
    assert!(started.elapsed().as_secs() < 40, "patience is bounded");
}

#[test]
fn user_and_password_open_a_registry_and_show_nowhere() {
    let (mut source, registry) = (ImageSource::new(), TestRegistry::start());
    registry.want(&["authorization: Basic YWxpY2U6d29uZGVy"], "Basic realm=\"r\"");
    let refused = source.run(&["--registry", &registry.address]);
    assert_refused(&refused, &registry, &source, &["401", "hint: the registry wants other credentials"]);

    source.environment.set("EAP_REGISTRY_USER", "alice");
    let half = source.run(&["--registry", &registry.address]);
    assert_eq!(half.code, 64, "{half}");
    source.environment.set("EAP_REGISTRY_PASSWORD", "wonder");
    let pushed = source.push(&registry, &["--verbose"]);
    assert!(!pushed.stderr.contains("wonder") && !pushed.stderr.contains("YWxpY2U6d29uZGVy"), "{pushed}");
}

#[cfg(target_os = "linux")]
/// While it pushes: what anyone on the machine can read of it, and what it leaves behind.
#[test]
fn no_secret_is_in_arguments_or_files() {
    let (mut source, registry) = (ImageSource::new(), TestRegistry::start());
    registry.want(&["authorization: Basic YWxpY2U6d29uZGVyLTcxMA=="], "Basic realm=\"r\"");
    source.environment.set("EAP_REGISTRY_USER", "alice");
    source.environment.set("EAP_REGISTRY_PASSWORD", "wonder-710");
    let content = format!("PATCH /v2/{NAME}/");
    registry.fail(&content, Fault::Stall);
    let mut command =
        source.environment.command(&["build-push", "--verbose", "--registry", &registry.address]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("an upload that hangs", || !registry.lines(&content).is_empty());
    let secrets = ["wonder-710", "YWxpY2U6d29uZGVyLTcxMA=="].map(str::as_bytes);
    let has_secret =
        |bytes: &[u8]| secrets.iter().any(|secret| bytes.windows(secret.len()).any(|w| w == *secret));
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let lines: Vec<Vec<u8>> =
        processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok()).collect();
    assert!(lines.iter().any(|line| line.windows(10).any(|part| part == b"build-push")), "it was looked at");
    assert!(!lines.iter().any(|line| has_secret(line)), "in the arguments of a process");
    signal(child.id(), "-INT");
    let output = child.wait_with_output().unwrap();
    assert!(!has_secret(&[output.stdout, output.stderr].concat()), "in what it says");
    let mut folders = vec![source.environment.path("")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert!(!has_secret(&std::fs::read(&path).unwrap()), "in {}", path.display());
            }
        }
    }
}

#[test]
fn a_token_server_is_asked_for_reading_and_writing() {
    let (mut source, registry) = (ImageSource::new(), TestRegistry::start());
    source.environment.set("EAP_REGISTRY_USER", "alice");
    source.environment.set("EAP_REGISTRY_PASSWORD", "wonder");
    let challenge = format!(
        "Bearer realm=\"http://{}/token\",service=\"s\",scope=\"repository:x:pull\"",
        registry.address
    );
    registry.want(&["authorization: Bearer bearer-token"], &challenge);
    source.push(&registry, &[]);
    let asked: Vec<_> =
        registry.requests().into_iter().filter(|r| r.line.starts_with("GET /token")).collect();
    assert_eq!(asked.len(), 1, "one token serves the whole push: {asked:?}");
    assert_eq!(asked[0].line, format!("GET /token?service=s&scope=repository%3A{NAME}%3Apull%2Cpush"));
    assert!(asked[0].headers.contains(&"authorization: Basic YWxpY2U6d29uZGVy".to_owned()), "{asked:?}");
}

#[test]
fn an_interrupted_push_leaves_no_tag_and_goes_on_later() {
    let (source, registry) = (ImageSource::new(), TestRegistry::start());
    let content = format!("PATCH /v2/{NAME}/");
    registry.fail(&content, Fault::Stall);
    let mut command = source.environment.command(&["build-push", "--registry", &registry.address]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    wait_until("an upload that hangs", || registry.lines(&content).len() >= 3);
    let started = Instant::now();
    signal(child.id(), "-INT");
    let transcript = source.environment.transcript(&child.wait_with_output().unwrap());
    assert_eq!((transcript.code, transcript.stdout.as_str()), (130, ""), "{transcript}");
    assert!(started.elapsed().as_secs() < 5, "it ends at once");
    assert!(registry.lines(&format!("PUT /v2/{NAME}/manifests/")).is_empty(), "no manifest at all");

    let before = registry.uploaded_bytes();
    source.push(&registry, &[]);
    let sent = registry.uploaded_bytes() - before;
    assert!(registry.manifest(&tag_of(&source)).is_some());
    assert!(sent > 0, "the part that hung is sent again");
}
