//! What Terraform says while it works, one JSON object a line (its machine-readable UI, version 1).

use std::time::Duration;

use serde::Deserialize;

use super::causes;
use crate::failure::Failure;
use crate::process::indented;

/// One line that somebody may want to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Work on a resource began.
    Started {
        /// Address of the resource.
        address: String,
        /// What is done with it, such as `create`.
        action: String,
    },
    /// Work on a resource ended well.
    Done {
        /// Address of the resource.
        address: String,
        /// What was done with it.
        action: String,
        /// How long it took.
        seconds: u64,
    },
    /// An error or a warning.
    Problem(Problem),
    /// Terraform was interrupted this long ago, and puts everything in order.
    Awaited(Duration),
}

/// An error or a warning of Terraform.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Problem {
    severity: String,
    summary: String,
    #[serde(default)]
    detail: String,
    address: Option<String>,
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: String,
    hook: Option<Hook>,
    diagnostic: Option<Problem>,
}

#[derive(Deserialize)]
struct Hook {
    resource: Resource,
    #[serde(default)]
    action: String,
    #[serde(default)]
    elapsed_seconds: u64,
}

#[derive(Deserialize)]
struct Resource {
    addr: String,
}

impl Event {
    /// In words, when it is that Terraform is waited for.
    pub fn awaited(&self) -> Option<String> {
        match self {
            Self::Awaited(Duration::ZERO) => Some(
                "Interrupted: waiting for Terraform, which ends what it began, writes its state and frees its lock"
                    .to_owned(),
            ),
            Self::Awaited(since) => Some(format!(
                "Still waiting for Terraform, for {} s now: ending it by force would leave its lock, and resources that \
                 nobody knows of",
                since.as_secs()
            )),
            _ => None,
        }
    }

    /// Reads a line; nothing for what nobody wants to see.
    pub fn parse(line: &str) -> Option<Self> {
        let line: Line = serde_json::from_str(line).ok()?;
        match (line.kind.as_str(), line.hook, line.diagnostic) {
            ("apply_start", Some(hook), _) => {
                Some(Self::Started { address: hook.resource.addr, action: hook.action })
            }
            ("apply_complete", Some(hook), _) => Some(Self::Done {
                address: hook.resource.addr,
                action: hook.action,
                seconds: hook.elapsed_seconds,
            }),
            ("diagnostic", _, Some(problem)) => Some(Self::Problem(problem)),
            _ => None,
        }
    }
}

impl Problem {
    /// Whether it ended the run.
    pub fn is_error(&self) -> bool {
        self.severity == "error"
    }

    /// What it says in one line: of a refused value the sentence that its rule has for it.
    pub fn sentence(&self) -> String {
        match self.detail.lines().next().filter(|line| !line.is_empty()) {
            Some(why) => why.trim_end().to_owned(),
            None => self.summary.clone(),
        }
    }

    /// As evidence below an error: where, what, and the first lines of why.
    fn lines(&self) -> Vec<String> {
        let place = self.address.as_ref().map_or_else(String::new, |address| format!("{address}: "));
        let first = format!("{place}{}", self.summary);
        let why = self.detail.lines().map(str::trim_end).filter(|line| !line.is_empty());
        std::iter::once(first).chain(why.take(8).map(|line| format!("  {line}"))).collect()
    }

    /// The failure that a run with these errors is; `doing` is what Terraform was run for.
    pub fn failure(problems: &[Self], doing: &str, environment: &str) -> Failure {
        let errors: Vec<&Self> = problems.iter().filter(|problem| problem.is_error()).collect();
        if let Some(lock) = errors.iter().find_map(|error| Lock::of(error)) {
            return lock.failure(environment);
        }
        let count = match errors.len() {
            1 => "an error".to_owned(),
            count => format!("{count} errors"),
        };
        let evidence: Vec<String> = errors.iter().flat_map(|error| error.lines()).collect();
        let failure = Failure::failed(format!("Terraform ended with {count} while it was to {doing}"))
            .detail(indented(&evidence));
        causes::explained(failure, &evidence.join("\n"), environment)
    }
}

/// Who holds the lock of a state, as Terraform tells it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Lock {
    id: String,
    who: String,
    operation: String,
    created: String,
}

impl Lock {
    fn of(problem: &Problem) -> Option<Self> {
        if !problem.summary.contains("acquiring the state lock") {
            return None;
        }
        let mut lock = Self::default();
        for line in problem.detail.lines() {
            let Some((name, value)) = line.trim().split_once(':') else { continue };
            let value = value.trim().to_owned();
            match name {
                "ID" => lock.id = value,
                "Who" => lock.who = value,
                "Operation" => lock.operation = value,
                "Created" => lock.created = value,
                _ => {}
            }
        }
        Some(lock)
    }

    fn failure(&self, environment: &str) -> Failure {
        let operation = self.operation.trim_start_matches("OperationType");
        let message = format!(
            "{} holds the lock of {environment} since {} ({})",
            self.who,
            self.created,
            operation.to_lowercase()
        );
        Failure::locked(message).hint("wait for it and try again").hint(format!(
            "when it is sure to be dead: `eap unlock --env {environment} --id {} --yes`",
            self.id
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_followed_from_start_to_end() {
        let started = r#"{"@level":"info","type":"apply_start","hook":{"resource":{"addr":"module.network.aws_vpc.this"},"action":"create"}}"#;
        let (address, action) = ("module.network.aws_vpc.this".to_owned(), "create".to_owned());
        assert_eq!(
            Event::parse(started),
            Some(Event::Started { address: address.clone(), action: action.clone() })
        );
        let done = r#"{"type":"apply_complete","hook":{"resource":{"addr":"module.network.aws_vpc.this"},"action":"create","id_key":"id","elapsed_seconds":11}}"#;
        assert_eq!(Event::parse(done), Some(Event::Done { address, action, seconds: 11 }));
        assert_eq!(Event::parse(r#"{"type":"version","terraform":"1.11.4"}"#), None);
        assert_eq!(Event::parse("not JSON"), None);
    }

    #[test]
    fn a_held_lock_says_who_and_since_when() {
        let detail = "Error message: operation error S3: PutObject, PreconditionFailed\nLock Info:\n  ID:        1f2e\n  \
            Path:      b/staging/terraform.tfstate\n  Operation: OperationTypeApply\n  Who:       ann@ci-7\n  Version:   1.11.4\n  \
            Created:   2026-11-23 10:00:00 UTC\n  Info:\n";
        let problem = Problem {
            severity: "error".to_owned(),
            summary: "Error acquiring the state lock".to_owned(),
            detail: detail.to_owned(),
            address: None,
        };
        let failure = Problem::failure(&[problem], "plan", "staging");
        assert_eq!(
            failure.to_string(),
            "ann@ci-7 holds the lock of staging since 2026-11-23 10:00:00 UTC (apply)"
        );
        assert!(failure.hints()[1].contains("eap unlock --env staging --id 1f2e"));
    }
}
