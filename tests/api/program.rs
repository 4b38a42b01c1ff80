//! The program `eap-api` as an operator runs it: arguments in, output and exit code out, a server that can be killed.
//! Its variables are those given here and no others.

use std::{
    env,
    io::{BufRead as _, BufReader, Read as _},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, mpsc},
    time::{Duration, Instant},
};

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Exit code; -1 for a signal.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The program on the database at `url`, not started yet. Passwords stay out of its arguments.
pub(crate) fn command(url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eap-api"));
    prepare(&mut command, url);
    command.args(arguments);
    command
}

/// Runs the program to its end.
pub(crate) fn run(url: &str, arguments: &[&str]) -> Ended {
    ended(command(url, arguments))
}

/// Runs `command` to its end.
pub(crate) fn ended(mut command: Command) -> Ended {
    let output = command.output().expect("start the program");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// Gives any command the variables that the program gets.
pub(crate) fn prepare(command: &mut Command, url: &str) {
    command.env_clear().env("ENVIRONMENT", "local").env("DATABASE_URL", url).stdin(Stdio::null());
    // As in the image, and as `eap` starts it.
    command.env("MALLOC_ARENA_MAX", "1").env("MALLOC_MMAP_THRESHOLD_", "262144");
    if let Some(profile) = env::var_os("LLVM_PROFILE_FILE") {
        command.env("LLVM_PROFILE_FILE", profile);
    }
}

/// A running `eap-api serve`; dropping it kills it.
pub(crate) struct Server {
    child: Child,
    /// Where it listens, on loopback.
    pub(crate) address: SocketAddr,
    log: Arc<Mutex<String>>,
}

impl Server {
    /// Starts a server on a free port, and waits until it listens.
    pub(crate) fn start(url: &str, arguments: &[&str]) -> Self {
        Self::spawn(command(url, &[&["serve", "--port", "0"], arguments].concat()))
    }

    /// Starts a server by a command that ends up as one.
    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("start the server");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let log = Arc::new(Mutex::new(String::new()));
        let (sender, listens) = mpsc::channel();
        let kept = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if let Some(address) = listening(&line) {
                    // The test may have given up waiting; it has said so.
                    let _ = sender.send(address);
                }
                let mut log = kept.lock().expect("the log");
                log.push_str(&line);
                log.push('\n');
            }
        });
        let Ok(address) = listens.recv_timeout(Duration::from_mins(1)) else {
            let _ = child.kill();
            panic!("the server does not listen: {}", log.lock().expect("the log"));
        };
        Self { child, address, log }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as the system does when memory runs out.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("kill the server");
        self.child.wait().expect("wait for the server");
    }

    /// Waits until it has ended, and answers its exit code; none for a signal.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        self.child.wait().expect("wait for the server").code()
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().expect("the log").clone()
    }

    /// Waits until it has logged `text`.
    pub(crate) fn wait_for_log(&self, text: &str) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while !self.log().contains(text) {
            assert!(Instant::now() < deadline, "{text:?} is not in the log: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The most memory that it ever had resident, in bytes; `None` where the system does not tell.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        let mut status = String::new();
        let path = format!("/proc/{}/status", self.child.id());
        std::fs::File::open(path).ok()?.read_to_string(&mut status).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kibibytes * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address in the log line that says where the server listens.
fn listening(line: &str) -> Option<SocketAddr> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    if line["message"] != "listening" {
        return None;
    }
    line["address"].as_str()?.parse().ok()
}
