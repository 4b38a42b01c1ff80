//! A clone with a program in it that images are made of, and the command that does it.

use std::path::PathBuf;
use std::process::Command;

use crate::environment::{TestEnvironment, Transcript};
use crate::fake_program;
use crate::registry::TestRegistry;

/// Bytes of the program that was built last.
const PROGRAM_BYTES: usize = 900_000;

/// The clone. Its program is a static one for x86-64, as far as its headers tell.
pub struct ImageSource {
    /// The machine that it is on.
    pub environment: TestEnvironment,
}

impl ImageSource {
    /// One commit, nothing changed since.
    pub fn new() -> Self {
        let mut environment = TestEnvironment::without_api();
        let program = environment.path("eap-api");
        write_program(&program, 62, 7);
        environment.set("EAP_API_BIN", program);
        let source = Self { environment };
        source.environment.write("README", "sources\n");
        source.environment.write(".gitignore", "/image\n");
        source.git(&["init", "--quiet"]);
        source.commit();
        source
    }

    /// Commits whatever there is.
    pub fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message=x"]);
    }

    /// The commit, forty digits.
    pub fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// Makes it another program, or one for another processor.
    pub fn build(&self, machine: u16, seed: u64) {
        write_program(&self.environment.path("eap-api"), machine, seed);
    }

    /// `eap build-push` with these arguments.
    pub fn run(&self, arguments: &[&str]) -> Transcript {
        self.environment.run(&[&["build-push"], arguments].concat())
    }

    /// Pushes to `registry`, with further arguments; the test fails when that does.
    pub fn push(&self, registry: &TestRegistry, more: &[&str]) -> Transcript {
        let transcript = self.run(&[&["--registry", &registry.address], more].concat());
        assert_eq!(transcript.code, 0, "{transcript}");
        transcript
    }

    /// Puts a program into the folder of programs, which is on the PATH from then on.
    pub fn fake(&mut self, name: &str, script: &str) -> PathBuf {
        let folder = self.environment.path("programs");
        let path = fake_program::write(&folder, name, script);
        self.environment.set("PATH", format!("{}:/usr/bin:/bin", folder.display()));
        path
    }

    fn git(&self, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args(arguments)
            .current_dir(self.environment.path("work"))
            .env("HOME", self.environment.path("home"));
        for who in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{who}_NAME"), "n").env(format!("GIT_{who}_EMAIL"), "e@example.com");
            git.env(format!("GIT_{who}_DATE"), "2026-11-23T08:00:00Z");
        }
        let output = git.output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// An ELF header without program headers, and noise that does not compress.
fn write_program(path: &std::path::Path, machine: u16, seed: u64) {
    let mut bytes = vec![0; 64];
    bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
    bytes[18..20].copy_from_slice(&machine.to_le_bytes());
    let mut state = seed;
    while bytes.len() < PROGRAM_BYTES {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        bytes.push(state.to_le_bytes()[7]);
    }
    let folder = path.parent().unwrap();
    fake_program::write(folder, path.file_name().unwrap().to_str().unwrap(), "");
    std::fs::write(path, bytes).unwrap();
}
