//! The only module that spawns and signals processes. A child's failure carries program, arguments, exit code
//! and the tail of its standard error, with secrets removed.

mod interruption;
mod left;

pub use interruption::{Attended, Interruptions, interruption, unattended_interruption};
pub use left::{Detached, Ending, end_process};
use left::{Gentle, GroupGuard};

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use crate::config::Secret;
use crate::failure::{Doing, Failure};

/// Lines of a child's standard error that a failure shows.
const TAIL_LINES: usize = 12;
/// Time between two looks at a child that is watched.
const WATCH_INTERVAL: Duration = Duration::from_millis(50);

/// A program to run: built first, run later.
#[derive(Debug)]
pub struct Invocation {
    program: PathBuf,
    arguments: Vec<OsString>,
    variables: Variables,
    more_variables: Vec<(OsString, OsString)>,
    working_folder: Option<PathBuf>,
    secrets: Vec<Secret>,
}

#[derive(Debug)]
enum Variables {
    Inherited,
    Exactly(Vec<(OsString, OsString)>),
}

/// What is heard of a child that is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard<'a> {
    /// A line of its standard output.
    Line(&'a str),
    /// It was interrupted this long ago, and puts everything in order.
    Awaited(Duration),
}

/// Where a child's standard error goes while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChildTalk {
    /// Kept for a failure.
    Kept,
    /// To our own standard error, for progress.
    Shown,
}

impl Invocation {
    /// `program` with our own variables.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            variables: Variables::Inherited,
            more_variables: Vec::new(),
            working_folder: None,
            secrets: Vec::new(),
        }
    }

    /// Adds arguments.
    #[must_use]
    pub fn arguments<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Gives the child these variables and no others.
    #[must_use]
    pub fn exactly(mut self, variables: Vec<(OsString, OsString)>) -> Self {
        self.variables = Variables::Exactly(variables);
        self
    }

    /// Gives the child this variable besides the others.
    #[must_use]
    pub fn variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.more_variables.push((name.into(), value.into()));
        self
    }

    /// Runs it in `folder`.
    #[must_use]
    pub fn within(mut self, folder: &Path) -> Self {
        self.working_folder = Some(folder.to_owned());
        self
    }

    /// Keeps `secret` out of every failure.
    #[must_use]
    pub fn hiding(mut self, secret: Secret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// The command line as a person would type it, without secrets.
    pub fn display(&self) -> String {
        let mut line = self.program.display().to_string();
        for argument in &self.arguments {
            let argument = argument.to_string_lossy();
            let plain = !argument.is_empty() && !argument.contains(|c: char| c.is_whitespace() || c == '\'');
            if plain {
                let _ = write!(line, " {argument}");
            } else {
                let _ = write!(line, " '{}'", argument.replace('\'', r"'\''"));
            }
        }
        self.redact(line)
    }

    /// Runs it to its end and answers with its standard output; anything but exit code 0 is a failure.
    /// Dropping the future ends the child.
    pub async fn run(&self, talk: ChildTalk) -> Result<Vec<u8>, Failure> {
        let ended = self.run_to_end(talk).await?;
        if ended.status.success() { Ok(ended.stdout) } else { Err(self.failure_of(&ended)) }
    }

    /// Runs it with `input` on its standard input, for what it does and not for what it says; at most for `patience`.
    /// Anything but exit code 0 is a failure.
    pub async fn run_with_input(&self, input: Vec<u8>, patience: Duration) -> Result<(), Failure> {
        let mut command = tokio::process::Command::from(self.command());
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn().map_err(|error| self.not_started(&error))?;
        let guard = GroupGuard::new(child.id());
        let stream = child.stdin.take();
        let write = async {
            if let Some(mut stream) = stream {
                // A command need not read what it is given.
                let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, &input).await;
            }
        };
        let whole = async { tokio::join!(write, child.wait_with_output()).1 };
        let ended = tokio::time::timeout(patience, whole).await;
        let ended =
            ended.map_err(|_| Failure::timed_out(format!("it did not end in {} s", patience.as_secs())))?;
        guard.disarm();
        let ended = ended.doing(|| format!("wait for {}", self.program.display()))?;
        if ended.status.success() { Ok(()) } else { Err(self.failure_of(&ended)) }
    }

    /// Runs it to its end, whatever that is. Dropping the future ends the child.
    pub async fn run_to_end(&self, talk: ChildTalk) -> Result<Output, Failure> {
        let mut command = tokio::process::Command::from(self.command());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).process_group(0);
        command.stderr(if talk == ChildTalk::Kept { Stdio::piped() } else { Stdio::inherit() });
        let child = command.spawn().map_err(|error| self.not_started(&error))?;
        let guard = GroupGuard::new(child.id());
        let output =
            child.wait_with_output().await.doing(|| format!("wait for {}", self.program.display()))?;
        guard.disarm();
        interruption::leads(output.status).await;
        Ok(output)
    }

    /// Runs it to its end and tells `on_heard` each line of its standard output as it comes; both of its streams go
    /// to files in `folder`, so that it lives on unharmed when this program is killed. Interrupting this program
    /// sends it one SIGINT, however often that is done, and waits until it has put everything in order.
    pub async fn run_watched(
        &self,
        folder: &Path,
        on_heard: impl FnMut(Heard<'_>),
    ) -> Result<Output, Failure> {
        let (said, errors) = (folder.join("terraform.out"), folder.join("terraform.err"));
        let create = |path: &Path| File::create(path).doing(|| format!("write {}", path.display()));
        let mut command = self.command();
        command.stdin(Stdio::null()).stdout(create(&said)?).stderr(create(&errors)?).process_group(0);
        let child = command.spawn().map_err(|error| self.not_started(&error))?;
        let mut gentle = Gentle { child, on_heard };
        let mut lines =
            Lines { file: File::open(&said).doing(|| format!("read {}", said.display()))?, rest: Vec::new() };
        let status = loop {
            let ended = gentle.child.try_wait().doing(|| format!("wait for {}", self.program.display()))?;
            let mut on_line = |line: &str| (gentle.on_heard)(Heard::Line(line));
            lines.show(&mut on_line).doing(|| format!("read {}", said.display()))?;
            match ended {
                Some(status) => break status,
                None => tokio::time::sleep(WATCH_INTERVAL).await,
            }
        };
        interruption::leads(status).await;
        let read = |path: &Path| std::fs::read(path).doing(|| format!("read {}", path.display()));
        Ok(Output { status, stdout: read(&said)?, stderr: read(&errors)? })
    }

    /// Starts it in a process group of its own, so that it outlives this program and its terminal, and lets it
    /// write to `log`. It ends when the answer is dropped before `Detached::release`.
    pub fn start(&self, log: &File) -> Result<Detached, Failure> {
        let mut command = self.command();
        let streams = || log.try_clone().doing(|| "share the log".to_owned());
        command.stdin(Stdio::null()).stdout(streams()?).stderr(streams()?).process_group(0);
        let child = command.spawn().map_err(|error| self.not_started(&error))?;
        Ok(Detached::new(child))
    }

    #[expect(clippy::disallowed_methods, reason = "the one door to child processes")]
    fn command(&self) -> std::process::Command {
        let mut command = std::process::Command::new(&self.program);
        command.args(&self.arguments);
        if let Variables::Exactly(variables) = &self.variables {
            command.env_clear().envs(variables.iter().map(|(name, value)| (name, value)));
        }
        command.envs(self.more_variables.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = &self.working_folder {
            command.current_dir(folder);
        }
        command
    }

    fn not_started(&self, error: &std::io::Error) -> Failure {
        Failure::failed(format!("cannot start {}: {error}", self.program.display()))
    }

    /// The failure that an end other than exit code 0 is.
    pub fn failure_of(&self, ended: &Output) -> Failure {
        let end = describe_end(ended.status);
        let failure = Failure::failed(format!("`{}` ended with {end}", self.display()));
        let text = String::from_utf8_lossy(&ended.stderr);
        let lines: Vec<&str> = text.lines().collect();
        if lines.is_empty() {
            return failure;
        }
        let tail = &lines[lines.len().saturating_sub(TAIL_LINES)..];
        failure.detail(self.redact(indented(tail)))
    }

    fn redact(&self, text: String) -> String {
        self.secrets.iter().fold(text, |text, secret| secret.redact(&text))
    }
}

/// Standard output of a short system command, when it ends well.
#[cfg(not(target_os = "linux"))]
#[expect(clippy::disallowed_methods, reason = "the one door to child processes")]
pub fn answer_of(program: &str, arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// How a process ended, in words.
pub fn describe_end(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "an unknown state".to_owned(),
    }
}

/// Lines as evidence below an error.
pub fn indented<S: AsRef<str>>(lines: &[S]) -> String {
    lines.iter().map(|line| format!("  | {}", line.as_ref())).collect::<Vec<_>>().join("\n")
}

/// The lines of a file that grows.
struct Lines {
    file: File,
    rest: Vec<u8>,
}

impl Lines {
    fn show(&mut self, on_line: &mut impl FnMut(&str)) -> std::io::Result<()> {
        self.file.read_to_end(&mut self.rest)?;
        let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') else { return Ok(()) };
        let whole: Vec<u8> = self.rest.drain(..=end).collect();
        String::from_utf8_lossy(&whole).lines().for_each(on_line);
        Ok(())
    }
}
