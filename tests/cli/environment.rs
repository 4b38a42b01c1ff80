//! A user's machine in a temporary folder: a home, a state folder, and no other variables.

use std::ffi::OsString;
use std::fmt;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::ports::free_port;

/// The machine. Dropping it stops the API that a test left running.
pub struct TestEnvironment {
    root: tempfile::TempDir,
    variables: Vec<(OsString, OsString)>,
    /// A port that was free a moment ago.
    pub port: u16,
}

/// What a run showed, with paths, ports, ids and times replaced by names.
pub struct Transcript {
    /// Exit code; -1 for a signal.
    pub code: i32,
    /// Standard output as it was.
    pub stdout: String,
    /// Standard error as it was.
    pub stderr: String,
    shown: String,
}

impl TestEnvironment {
    /// A machine with the real API.
    pub fn new() -> Self {
        Self::with_api(api_binary())
    }

    /// A machine whose `EAP_API_BIN` is `program`.
    pub fn with_api(program: &Path) -> Self {
        let mut environment = Self::without_api();
        environment.set("EAP_API_BIN", program);
        environment
    }

    /// A machine without any API.
    pub fn without_api() -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["home", "work"] {
            std::fs::create_dir(root.path().join(folder)).unwrap();
        }
        let mut environment = Self { variables: Vec::new(), port: free_port(), root };
        let (home, state) = (environment.path("home"), environment.path("state"));
        environment.set("HOME", home);
        environment.set("EAP_STATE_DIR", state);
        environment.set("PATH", "/usr/bin:/bin");
        if let Some(profile) = std::env::var_os("LLVM_PROFILE_FILE") {
            environment.set("LLVM_PROFILE_FILE", profile);
        }
        environment
    }

    /// Sets a variable for the runs to come.
    pub fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.into(), value.into()));
    }

    /// A path in the machine; relative ones are in its root.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Writes a file into the working folder of the runs.
    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path("work").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The command `eap` on this machine.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_eap"));
        command.args(arguments).env_clear().envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.path("work")).stdin(Stdio::null());
        command
    }

    /// Runs `eap` to its end.
    pub fn run(&self, arguments: &[&str]) -> Transcript {
        self.transcript(&self.command(arguments).output().unwrap())
    }

    /// Deploys on the machine's port; the test fails when the deploy does.
    pub fn deploy(&self, more: &[&str]) -> Transcript {
        let port = self.port.to_string();
        let transcript = self.run(&[&["deploy", "--env", "local", "--port", &port], more].concat());
        assert_eq!(transcript.code, 0, "{transcript}");
        transcript
    }

    /// What `output` shows.
    pub fn transcript(&self, output: &Output) -> Transcript {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        let code = output.status.code().unwrap_or(-1);
        let shown = self.redact(&format!("exit code: {code}\n--- stdout\n{stdout}--- stderr\n{stderr}"));
        Transcript { code, stdout, stderr, shown }
    }

    /// What `eap` remembers of the local platform.
    pub fn state(&self) -> serde_json::Value {
        let text = std::fs::read_to_string(self.path("state/local/state.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// The process id of the API, from the state.
    pub fn api_pid(&self) -> u32 {
        self.state()["api"]["pid"].as_u64().unwrap().try_into().unwrap()
    }

    /// The API's answer, head and body, to a GET with this header line.
    pub fn get(&self, path: &str, header: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(format!("GET {path} HTTP/1.0\r\nhost: x\r\n{header}\r\n\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn redact(&self, text: &str) -> String {
        let root = std::fs::canonicalize(self.root.path()).unwrap();
        let mut text = text.replace(root.to_str().unwrap(), "[ROOT]");
        text = text.replace(self.root.path().to_str().unwrap(), "[ROOT]");
        text = text.replace(&self.port.to_string(), "[PORT]");
        text.replace(env!("CARGO_PKG_VERSION"), "[VERSION]")
    }
}

impl Drop for TestEnvironment {
    fn drop(&mut self) {
        let _ = self.command(&["destroy", "--env", "local"]).output();
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Transcript {
    /// Standard output as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }
}

/// Compares a transcript with its snapshot, process ids, instants and durations left out.
pub fn assert_transcript(name: &str, transcript: &Transcript) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (pattern, name) in [
        (r"process \d+", "process [PID]"),
        (r"Process:( +)\d+", "Process:$1[PID]"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[INSTANT]"),
        (r"start_date=\d{4}-\d\d-\d\d&end_date=\d{4}-\d\d-\d\d", "start_date=[DATE]&end_date=[DATE]"),
        (r"\b\d+\.\d m?s\b", "[DURATION]"),
        (r"\(\d+ s\)", "([DURATION])"),
    ] {
        settings.add_filter(pattern, name);
    }
    settings.bind(|| insta::assert_snapshot!(name, transcript));
}

/// Waits until `condition` holds, at most ten seconds.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < deadline, "{what} did not come about in ten seconds");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a process exists and is no zombie.
pub fn is_alive(pid: u32) -> bool {
    if cfg!(target_os = "linux") {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
        return stat.is_ok_and(|stat| !stat.rsplit_once(')').unwrap().1.trim_start().starts_with('Z'));
    }
    let answer = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().unwrap();
    let state = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
    !state.is_empty() && !state.starts_with('Z')
}

/// Sends a signal, such as `-INT`.
pub fn signal(pid: u32, name: &str) {
    // The shell's own `kill`: the program of this name is not installed everywhere.
    assert!(Command::new("sh").args(["-c", &format!("kill {name} {pid}")]).status().unwrap().success());
}

/// What a child has written so far to its standard output, collected by a thread.
pub fn collect(child: &mut Child) -> std::sync::Arc<std::sync::Mutex<Vec<u8>>> {
    let collected = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let (mut stream, sink) = (child.stdout.take().unwrap(), std::sync::Arc::clone(&collected));
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            sink.lock().unwrap().extend_from_slice(&buffer[..count]);
        }
    });
    collected
}

/// The `eap-api` under test: `EAP_TEST_API_BIN`, else the one of this workspace, built in the profile of `eap`.
pub fn api_binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| std::env::var_os("EAP_TEST_API_BIN").map_or_else(build_api, PathBuf::from))
}

fn build_api() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--workspace", "--bin", "eap-api", "--message-format=json-render-diagnostics"]);
    if env!("CARGO_BIN_EXE_eap").contains("/release/") {
        command.arg("--release");
    }
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "eap-api does not build");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .unwrap()
}
