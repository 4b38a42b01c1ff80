//! What the test run provides: a registry, a container engine, an AWS; and `eap` with only that around it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A container engine and a registry next to it.
pub struct Engine {
    host: String,
    programs: PathBuf,
    /// Host and port of the registry.
    pub registry: String,
    folder: tempfile::TempDir,
}

impl Engine {
    /// The engine of this run; `None`, and a word about it, when there is none.
    #[expect(clippy::print_stderr, reason = "a run says what it skips")]
    pub fn of_this_run() -> Option<Self> {
        let variable = |name: &str| {
            let value = std::env::var(name).ok();
            if value.is_none() {
                eprintln!("skipped: {name} is not set");
            }
            value
        };
        Some(Self {
            host: variable("EAP_TEST_DOCKER_HOST")?,
            programs: variable("EAP_TEST_DOCKER_PATH")?.into(),
            registry: variable("EAP_TEST_REGISTRY")?,
            folder: tempfile::tempdir().unwrap(),
        })
    }

    /// `docker` with these arguments.
    pub fn docker(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.programs.join("docker"));
        command.args(arguments).env("DOCKER_HOST", &self.host).env("DOCKER_CONFIG", self.folder.path());
        command
    }

    /// Runs `docker` to its end, which has to be a good one, and answers with what it said.
    pub fn say(&self, arguments: &[&str]) -> String {
        let output = self.docker(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        assert!(output.status.success(), "docker {arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// `eap build-push` in `folder`, with this engine and nothing of the user's AWS.
    pub fn build_push(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_eap"));
        command.arg("build-push").args(arguments).current_dir(folder);
        for (name, _) in std::env::vars_os() {
            let name = name.into_string().unwrap_or_default();
            if name.starts_with("AWS_") || (name.starts_with("EAP_") && !name.starts_with("EAP_TEST_")) {
                command.env_remove(name);
            }
        }
        let path = std::env::var_os("PATH").unwrap();
        let programs = std::iter::once(self.programs.clone()).chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(programs).unwrap());
        command.env("DOCKER_HOST", &self.host).env("DOCKER_CONFIG", self.folder.path());
        command
    }
}

/// The checkout under test.
pub fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// Standard output as JSON; the run has to have ended well.
pub fn json_of(command: &mut Command) -> Value {
    let output = ended_well(command);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The output of a run that ended well.
pub fn ended_well(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}
