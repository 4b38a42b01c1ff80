//! How a command ends: an outcome, or a failure with a kind (its exit code), causes and hints.
//! Owns the table of exit codes. Never prints.

use std::fmt;
use std::process::ExitCode;

/// How a command that did its work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The work is done.
    Done,
    /// The work is done, but part of what was asked did not land; the command said what.
    Incomplete,
    /// The image is published, but a scan found in it what must not be.
    Findings,
    /// A plan has something to do.
    Changes,
    /// The platform answers, but not well.
    Degraded,
    /// The platform does not do its work.
    Unhealthy,
    /// The state of the platform could not be found out.
    Unknown,
}

impl Outcome {
    /// The exit code of the process.
    pub fn exit_code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Done => 0,
            Self::Incomplete => 1,
            Self::Changes => 2,
            Self::Degraded => 3,
            Self::Unhealthy => 4,
            Self::Unknown => 5,
            Self::Findings => 9,
        })
    }
}

/// Why a command failed, as far as scripts care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something went wrong.
    Failed,
    /// AWS takes no more calls for now.
    Throttled,
    /// AWS does not take these credentials, or takes them no longer.
    Credentials,
    /// A call did not reach AWS, or its answer did not reach us.
    Unreached,
    /// Another command holds the lock.
    Locked,
    /// A new version failed, and the former one serves again.
    RolledBack,
    /// A new version failed, and nothing serves.
    Unhealthy,
    /// A wait reached its deadline.
    TimedOut,
    /// The command was called wrongly, or its configuration is wrong.
    Usage,
    /// The user or the system interrupted it.
    Interrupted,
    /// Whoever read the output went away; nothing to report.
    OutputClosed,
}

/// A failure: what happened, why, and what to do about it.
#[derive(Debug)]
pub struct Failure {
    kind: Kind,
    message: String,
    details: Vec<String>,
    hints: Vec<String>,
}

impl Failure {
    /// A failure without a kind of its own (exit code 1).
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, message)
    }

    /// A wrong call or wrong configuration (exit code 64).
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// A lock held by someone else (exit code 6).
    pub fn locked(message: impl Into<String>) -> Self {
        Self::new(Kind::Locked, message)
    }

    /// A new version that failed and was taken back (exit code 7).
    pub fn rolled_back(message: impl Into<String>) -> Self {
        Self::new(Kind::RolledBack, message)
    }

    /// A deadline that passed (exit code 8).
    pub fn timed_out(message: impl Into<String>) -> Self {
        Self::new(Kind::TimedOut, message)
    }

    /// An interruption by the user or the system (exit code 130).
    pub fn interrupted() -> Self {
        Self::new(Kind::Interrupted, "interrupted")
    }

    /// The reader of standard output went away (exit code 0, silent).
    pub fn output_closed() -> Self {
        Self::new(Kind::OutputClosed, "the reader of the output went away")
    }

    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), details: Vec::new(), hints: Vec::new() }
    }

    /// The same failure as one of another kind: what was done about it decides.
    #[must_use]
    pub fn becoming(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// Adds a hint: what the user can do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds a block of evidence, such as the last lines of a log; printed as it is.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.details.push(detail.into());
        self
    }

    /// Why it failed, as far as scripts care.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Evidence, in the order it was added.
    pub fn details(&self) -> &[String] {
        &self.details
    }

    /// Hints, in the order they were added.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// The exit code of the process.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self.kind {
            Kind::OutputClosed => 0,
            Kind::Failed | Kind::Throttled | Kind::Credentials | Kind::Unreached => 1,
            Kind::Unhealthy => 4,
            Kind::Locked => 6,
            Kind::RolledBack => 7,
            Kind::TimedOut => 8,
            Kind::Usage => USAGE_EXIT_CODE,
            Kind::Interrupted => 130,
        })
    }
}

/// Exit code of a wrong call (`EX_USAGE` of sysexits); clap's own would be 2, which means "changes present" here.
pub const USAGE_EXIT_CODE: u8 = 64;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::failed(error.to_string())
    }
}

/// Turns an error of the standard library or a crate into a failure that says what was being done.
pub trait Doing<T> {
    /// Prefixes the error with what was being done: `cannot <doing>: <error>`.
    fn doing(self, doing: impl FnOnce() -> String) -> Result<T, Failure>;
}

impl<T, E: fmt::Display> Doing<T> for Result<T, E> {
    fn doing(self, doing: impl FnOnce() -> String) -> Result<T, Failure> {
        self.map_err(|error| Failure::failed(format!("cannot {}: {error}", doing())))
    }
}
