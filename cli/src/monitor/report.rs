//! The result of watching: checks, the verdict that follows from them, and its cause.

use jiff::SignedDuration;
use serde::Serialize;

use super::detail::Detail;
use super::inventory::Inventory;
use crate::failure::{Failure, Kind, Outcome};

/// State of a check or of the whole platform, from good to bad; `Unknown` is no better than bad, but says less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Health {
    /// As it should be.
    Healthy,
    /// It works, but not well.
    Degraded,
    /// It does not do its work.
    Unhealthy,
    /// Nobody can tell.
    Unknown,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// How it is.
    pub state: Health,
    /// What was seen, with units.
    pub detail: String,
    /// The number behind the detail, for programs; its unit is in `unit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Unit of `value`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<&'static str>,
    /// What is wrong, each thing by words that stay the same while it lasts; none where the state says it all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub concerns: Vec<String>,
    /// What can be done about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
    /// Why nothing was seen; none where something was.
    #[serde(skip)]
    pub unseen: Option<Kind>,
}

/// Everything that was seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Version of this document.
    pub schema_version: u32,
    /// The environment watched.
    pub environment: &'static str,
    /// One word for everything.
    pub verdict: Health,
    /// The check that decided, and what it saw.
    pub cause: Option<String>,
    /// The checks.
    pub checks: Vec<Check>,
    /// The last lines of the log, when the API crashed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub last_log_lines: Vec<String>,
    /// What the environment consists of, where one is deployed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inventory: Option<Inventory>,
    /// The last hour in figures, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail>,
}

impl Check {
    /// A check without a number.
    pub fn new(name: &'static str, state: Health, detail: impl Into<String>) -> Self {
        Self {
            name,
            state,
            detail: detail.into(),
            value: None,
            unit: None,
            concerns: Vec::new(),
            hints: Vec::new(),
            unseen: None,
        }
    }

    /// A check that saw nothing, and why.
    pub fn unseen(name: &'static str, why: &Failure) -> Self {
        let (hints, unseen) = (why.hints().to_vec(), Some(why.kind()));
        Self { hints, unseen, ..Self::new(name, Health::Unknown, why.to_string()) }
    }

    /// Names what is wrong.
    #[must_use]
    pub fn concerned(mut self, concerns: impl IntoIterator<Item = String>) -> Self {
        self.concerns.extend(concerns);
        self
    }

    /// Adds the number behind the detail.
    #[must_use]
    pub fn measured(mut self, value: f64, unit: &'static str) -> Self {
        self.value = Some(value);
        self.unit = Some(unit);
        self
    }
}

impl Report {
    /// Draws the verdict: unhealthy wins, then unknown of something essential, then degraded. Only checks decide
    /// that looked at something: an unknown rate beside a healthy process is no cause for worry.
    pub fn draw(environment: &'static str, checks: Vec<Check>, last_log_lines: Vec<String>) -> Self {
        let worst = |state: Health| checks.iter().find(|check| check.state == state);
        let essential_unknown = || worst(Health::Unknown).filter(|check| ESSENTIAL.contains(&check.name));
        let cause = worst(Health::Unhealthy).or_else(essential_unknown).or_else(|| worst(Health::Degraded));
        let verdict = cause.map_or(Health::Healthy, |check| check.state);
        let cause = cause.map(|check| format!("{}: {}", check.name, check.detail));
        Self {
            schema_version: 1,
            environment,
            verdict,
            cause,
            checks,
            last_log_lines,
            inventory: None,
            detail: None,
        }
    }

    /// Draws the verdict of an environment in AWS, whose checks are in the order of cause and effect: all that are as
    /// bad as the worst are the cause, and those that explain it, though they are less bad, stand with them. Unhealthy
    /// wins, then unknown of something that serves users, then degraded.
    pub fn draw_all(environment: &'static str, checks: Vec<Check>) -> Self {
        let of = |state: Health| checks.iter().filter(move |check| check.state == state);
        let blind = || of(Health::Unknown).any(|check| SERVING.contains(&check.name));
        let verdict = if of(Health::Unhealthy).next().is_some() {
            Health::Unhealthy
        } else if blind() {
            Health::Unknown
        } else if of(Health::Degraded).next().is_some() {
            Health::Degraded
        } else {
            Health::Healthy
        };
        let explains = |check: &&Check| {
            check.state == verdict
                || (verdict == Health::Unhealthy && check.name == "tasks" && check.state == Health::Degraded)
        };
        // The API is asked without AWS's credentials.
        let of_aws = || checks.iter().filter(|check| check.name != "api");
        let nothing_seen = of_aws().all(|check| check.unseen.is_some());
        let words: Vec<String> = match verdict {
            Health::Healthy => Vec::new(),
            // Every layer would say the same.
            Health::Unknown if nothing_seen && of_aws().count() > 1 => of_aws()
                .take(1)
                .map(|check| format!("nothing in AWS can be seen: {}", check.detail))
                .collect(),
            _ => checks
                .iter()
                .filter(explains)
                .map(|check| format!("{}: {}", check.name, check.detail))
                .collect(),
        };
        let cause = (!words.is_empty()).then(|| words.join("; "));
        Self {
            schema_version: 1,
            environment,
            verdict,
            cause,
            checks,
            last_log_lines: Vec::new(),
            inventory: None,
            detail: None,
        }
    }
}

/// A duration in its largest unit.
pub fn rough(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        7_200..=172_799 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Checks in AWS that must be known for a verdict.
const SERVING: [&str; 3] = ["service", "targets", "api"];

/// Checks that must be known for a verdict.
const ESSENTIAL: [&str; 3] = ["process", "health", "database"];

impl Report {
    /// Whether AWS took no more calls for some check.
    pub fn throttled(&self) -> bool {
        self.is_unseen_for(Kind::Throttled)
    }

    /// Whether some check saw nothing for this reason.
    pub fn is_unseen_for(&self, kind: Kind) -> bool {
        self.checks.iter().any(|check| check.unseen == Some(kind))
    }

    /// What can be done about checks that are not as they should be, each once.
    pub fn hints(&self) -> Vec<&str> {
        let mut hints: Vec<&str> = Vec::new();
        for hint in self.checks.iter().flat_map(|check| &check.hints) {
            if !hints.contains(&hint.as_str()) {
                hints.push(hint);
            }
        }
        hints
    }
}

impl Health {
    /// The outcome for `--exit-code`.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Healthy => Outcome::Done,
            Self::Degraded => Outcome::Degraded,
            Self::Unhealthy => Outcome::Unhealthy,
            Self::Unknown => Outcome::Unknown,
        }
    }
}

impl std::fmt::Display for Health {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Healthy => "Healthy",
            Self::Degraded => "Degraded",
            Self::Unhealthy => "Unhealthy",
            Self::Unknown => "Unknown",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(checks: &[(&'static str, Health)]) -> (Health, Option<String>) {
        let checks = checks.iter().map(|&(name, state)| Check::new(name, state, "seen")).collect();
        let report = Report::draw("local", checks, Vec::new());
        (report.verdict, report.cause)
    }

    #[test]
    fn the_worst_check_decides_and_is_named() {
        use Health::{Degraded, Healthy, Unhealthy, Unknown};
        assert_eq!(verdict(&[("process", Healthy), ("error rate", Unknown)]), (Healthy, None));
        assert_eq!(
            verdict(&[("latency", Degraded), ("database", Unhealthy), ("process", Unknown)]),
            (Unhealthy, Some("database: seen".into()))
        );
        assert_eq!(verdict(&[("process", Unknown)]), (Unknown, Some("process: seen".into())));
        assert_eq!(
            verdict(&[("process", Healthy), ("latency", Degraded)]),
            (Degraded, Some("latency: seen".into()))
        );
    }
}
