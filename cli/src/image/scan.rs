//! What scanners found: counted by severity, without what the configuration ignores, and a verdict.

use std::collections::BTreeMap;
use std::path::Path;

use clap::ValueEnum;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::ecr::Finding;
use crate::config::IgnoredFinding;
use crate::failure::{Doing, Failure};
use crate::process::{ChildTalk, Invocation};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nobody has said yet.
    Unknown,
    /// Hardly a finding.
    Informational,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

/// From which severity a scan fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Critical findings only
    Critical,
    /// High and worse
    High,
    /// Medium and worse
    Medium,
    /// Low and worse
    Low,
    /// Never
    Never,
}

/// What became of the findings.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Those that count, the worst first.
    pub counted: Vec<(Severity, Finding)>,
    /// Those that the configuration ignores.
    pub ignored: Vec<Finding>,
    /// Entries of the ignore list whose day has come.
    pub expired: Vec<IgnoredFinding>,
}

impl Severity {
    /// As scanners write it, in any case.
    fn read(text: &str) -> Self {
        match text.to_ascii_uppercase().as_str() {
            "CRITICAL" => Self::Critical,
            "HIGH" => Self::High,
            "MEDIUM" => Self::Medium,
            "LOW" => Self::Low,
            "INFORMATIONAL" | "NEGLIGIBLE" => Self::Informational,
            _ => Self::Unknown,
        }
    }

    /// In lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl FailOn {
    fn fails(self, severity: Severity) -> bool {
        match self {
            Self::Critical => severity >= Severity::Critical,
            Self::High => severity >= Severity::High,
            Self::Medium => severity >= Severity::Medium,
            Self::Low => severity >= Severity::Low,
            Self::Never => false,
        }
    }
}

impl Verdict {
    /// Judges `findings` on the day `today`. An entry of `ignore` holds through its last day.
    pub fn of(findings: Vec<Finding>, ignore: &[IgnoredFinding], today: Date) -> Self {
        let (expired, valid): (Vec<_>, Vec<_>) =
            ignore.iter().cloned().partition(|entry| entry.until < today);
        let mut counted = Vec::new();
        let mut ignored = Vec::new();
        for finding in findings {
            if valid.iter().any(|entry| entry.id == finding.id) {
                ignored.push(finding);
            } else {
                counted.push((Severity::read(&finding.severity), finding));
            }
        }
        counted.sort_by(|(one, a), (other, b)| other.cmp(one).then_with(|| a.id.cmp(&b.id)));
        // Several scanners may find the same.
        counted.dedup_by(|(_, a), (_, b)| a.id == b.id && a.package == b.package);
        Self { counted, ignored, expired }
    }

    /// Whether a finding is as bad as `fail_on`.
    pub fn fails(&self, fail_on: FailOn) -> bool {
        self.counted.iter().any(|(severity, _)| fail_on.fails(*severity))
    }

    /// How many findings there are of each severity.
    pub fn counts(&self) -> BTreeMap<Severity, usize> {
        self.counted.iter().fold(BTreeMap::new(), |mut counts, (severity, _)| {
            *counts.entry(*severity).or_default() += 1;
            counts
        })
    }
}

/// Lets Trivy read a bill of materials.
pub async fn trivy(program: &Path, bill: &Path) -> Result<Vec<Finding>, Failure> {
    let invocation =
        Invocation::new(program).arguments(["sbom", "--quiet", "--format", "json"]).arguments([bill]);
    let said = invocation.run(ChildTalk::Kept).await?;
    findings_of_trivy(&said)
}

fn findings_of_trivy(report: &[u8]) -> Result<Vec<Finding>, Failure> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Report {
        #[serde(default)]
        results: Vec<Part>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Part {
        #[serde(default)]
        vulnerabilities: Vec<Vulnerability>,
    }
    #[derive(Deserialize)]
    struct Vulnerability {
        #[serde(rename = "VulnerabilityID")]
        id: String,
        #[serde(rename = "PkgName", default)]
        package: String,
        #[serde(rename = "InstalledVersion", default)]
        version: String,
        #[serde(rename = "Severity", default)]
        severity: String,
        #[serde(rename = "PrimaryURL", default)]
        url: String,
    }
    let report: Report = serde_json::from_slice(report).doing(|| "read what trivy says".to_owned())?;
    let found = report.results.into_iter().flat_map(|part| part.vulnerabilities);
    let finding = |found: Vulnerability| Finding {
        package: format!("{} {}", found.package, found.version).trim().to_owned(),
        id: found.id,
        severity: found.severity,
        url: found.url,
    };
    Ok(found.map(finding).collect())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn finding(id: &str, severity: &str) -> Finding {
        Finding { id: id.into(), severity: severity.into(), package: "zlib 1".into(), url: String::new() }
    }

    fn ignored(id: &str, until: Date) -> IgnoredFinding {
        IgnoredFinding { id: id.into(), until, reason: "not reached".into() }
    }

    #[test]
    fn a_list_of_ignored_findings_ends_with_its_day() {
        let findings = || vec![finding("CVE-1", "HIGH"), finding("CVE-2", "low"), finding("CVE-1", "HIGH")];
        let ignore = [ignored("CVE-1", date(2026, 11, 23))];
        let on = |day| Verdict::of(findings(), &ignore, day);
        let before = on(date(2026, 11, 23));
        assert_eq!((before.counted.len(), before.ignored.len(), before.expired.len()), (1, 2, 0));
        assert!(!before.fails(FailOn::High));
        let after = on(date(2026, 11, 24));
        assert_eq!((after.counted.len(), after.ignored.len(), after.expired.len()), (2, 0, 1));
        assert!(after.fails(FailOn::High));
        assert_eq!(after.counted[0].0, Severity::High, "the worst first");
    }

    #[test]
    fn each_threshold_takes_its_severity_and_worse() {
        let fails = |severity, fail_on| {
            Verdict::of(vec![finding("CVE-1", severity)], &[], date(2026, 1, 1)).fails(fail_on)
        };
        let thresholds = [FailOn::Critical, FailOn::High, FailOn::Medium, FailOn::Low, FailOn::Never];
        let of = |severity| thresholds.map(|fail_on| fails(severity, fail_on));
        assert_eq!(of("CRITICAL"), [true, true, true, true, false]);
        assert_eq!(of("HIGH"), [false, true, true, true, false]);
        assert_eq!(of("MEDIUM"), [false, false, true, true, false]);
        assert_eq!(of("LOW"), [false, false, false, true, false]);
        assert_eq!(of("UNDEFINED"), [false; 5]);
    }

    #[test]
    fn the_report_of_trivy_is_read() {
        let report = br#"{"SchemaVersion":2,"Results":[{"Target":"Rust","Vulnerabilities":[{"VulnerabilityID":"RUSTSEC-1","PkgName":"time","InstalledVersion":"0.1","Severity":"CRITICAL","PrimaryURL":"https://x"}]},{"Target":"none"}]}"#;
        let findings = findings_of_trivy(report).expect("findings");
        assert_eq!(findings.len(), 1);
        assert_eq!((findings[0].id.as_str(), findings[0].package.as_str()), ("RUSTSEC-1", "time 0.1"));
    }
}
