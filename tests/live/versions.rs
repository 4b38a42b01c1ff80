//! Images that are not built by `eap`, good and bad, in a real registry.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::account::Account;

const REPOSITORY: &str = "ecommerce-analytics-api";

/// An image with another label: as good, and not the same.
pub fn changed(account: &Account, image: &str) -> String {
    let container = account.say(&["create", image]);
    let name = format!("{}/{REPOSITORY}:changed-{}", registry(), std::process::id());
    account.say(&["commit", "--change", "LABEL changed=yes", &container, &name]);
    account.say(&["rm", &container]);
    push(account, &name)
}

/// A version with this fault.
pub fn faulty(account: &Account, fault: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("eap-api");
    let mut compiler = Command::new("rustc");
    compiler.args([
        "--edition",
        "2024",
        "-O",
        "-C",
        "target-feature=+crt-static",
        "-C",
        "strip=symbols",
        "-o",
    ]);
    compiler.arg(&program).arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/live/faulty.rs"));
    assert!(compiler.status().unwrap().success());
    let archive = Command::new("tar").arg("-C").arg(folder.path()).args(["-c", "eap-api"]).output().unwrap();

    let name = format!("{}/{REPOSITORY}:{fault}-{}", registry(), std::process::id());
    let fault = format!("ENV FAULT={fault}");
    let import = ["import", "--change", "ENTRYPOINT [\"/eap-api\"]", "--change", &fault, "-", &name];
    let mut docker = account.docker(&import);
    let mut child = docker.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&archive.stdout).unwrap();
    assert!(child.wait().unwrap().success());
    push(account, &name)
}

/// A digest that is nowhere.
pub fn missing() -> String {
    format!("{}/{REPOSITORY}@sha256:{}", registry(), "4".repeat(64))
}

fn push(account: &Account, name: &str) -> String {
    let said = account.say(&["push", name]);
    let digest = said.split_whitespace().find(|word| word.starts_with("sha256:")).unwrap();
    format!("{}/{REPOSITORY}@{digest}", registry())
}

fn registry() -> String {
    std::env::var("EAP_TEST_REGISTRY").unwrap()
}
