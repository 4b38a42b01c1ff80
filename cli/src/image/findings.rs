//! Asks the scanners that there are about an image, and tells what they found.

use std::time::Duration;

use jiff::Zoned;
use serde_json::{Value, json};

use super::destination::Destination;
use super::scan::{self, FailOn, Verdict};
use super::source::Product;
use crate::aws::ecr::{self, Finding, Scan};
use crate::commands::Context;
use crate::config::ImageConfig;
use crate::failure::{Doing, Failure};
use crate::local::binary::executable;
use crate::output;

/// How long ECR may take.
const PATIENCE: Duration = Duration::from_mins(10);
/// Findings that people are shown; programs get all.
const SHOWN: usize = 20;

/// What scanners found, and who they were.
#[derive(Debug)]
pub struct Scanned {
    verdict: Verdict,
    scanners: Vec<&'static str>,
}

impl Scanned {
    /// As JSON.
    pub fn as_json(&self) -> Value {
        let finding =
            |finding: &Finding| json!({"id": finding.id, "package": finding.package, "url": finding.url});
        let counts = self.verdict.counts();
        json!({
            "scanners": self.scanners,
            "counts": counts.iter().map(|(severity, count)| (severity.name(), *count)).collect::<std::collections::BTreeMap<_, _>>(),
            "findings": self.verdict.counted.iter().map(|(severity, found)| {
                let mut found = finding(found);
                found["severity"] = severity.name().into();
                found
            }).collect::<Vec<_>>(),
            "ignored": self.verdict.ignored.iter().map(finding).collect::<Vec<_>>(),
        })
    }
}

/// Asks ECR where the image is there, and Trivy where it is installed.
pub async fn scan(
    context: Context<'_>,
    config: &ImageConfig,
    destination: Option<&Destination>,
    product: &Product,
) -> Result<Scanned, Failure> {
    let mut findings = Vec::new();
    let mut scanners = Vec::new();
    let mut why_not = Vec::new();
    if let Some((destination, client)) = destination.and_then(|d| Some((d, d.ecr.as_ref()?))) {
        let step = context.output.step("Waiting for the scan of ECR");
        let name = destination.registry.repository().name();
        let waiting = |state: &str| step.update(format!("Waiting for the scan of ECR: {state}"));
        match ecr::scan_findings(client, name, product.image.digest(), PATIENCE, waiting).await? {
            Scan::Complete(found) => {
                findings.extend(found);
                scanners.push("ecr");
            }
            Scan::Unsupported(why) => why_not.push(format!("ECR does not scan it: {why}")),
        }
        step.done();
    }
    let search_path = context.variables.search_path();
    let trivy = search_path.iter().find_map(|folder| executable(&folder.join("trivy")));
    match (trivy, &product.bill) {
        (Some(trivy), Some(bill)) => {
            let file = tempfile::Builder::new().suffix(".cdx.json").tempfile();
            let file = file.doing(|| "make a temporary file".to_owned())?;
            std::fs::write(file.path(), &bill.bytes).doing(|| "write the bill of materials".to_owned())?;
            let _step = context.output.step("Asking Trivy about the bill of materials");
            findings.extend(scan::trivy(&trivy, file.path()).await?);
            scanners.push("trivy");
        }
        (Some(_), None) => why_not.push("there is no bill of materials for Trivy".to_owned()),
        (None, _) => why_not.push("Trivy is not installed".to_owned()),
    }
    if scanners.is_empty() {
        let message = format!("nobody could scan the image: {}", why_not.join("; "));
        return Err(Failure::failed(message)
            .hint("install trivy, which reads the bill of materials; what was published stays published"));
    }
    let today = Zoned::now().date();
    Ok(Scanned { verdict: Verdict::of(findings, &config.ignore, today), scanners })
}

/// Tells what was found; whether it is too bad.
pub fn tell(context: Context<'_>, scanned: &Scanned, fail_on: FailOn) -> bool {
    let output = context.output;
    let verdict = &scanned.verdict;
    for entry in &verdict.expired {
        output.warning(&format!(
            "{} counts again since {}: its entry in image.scan.ignore has expired ({})",
            entry.id, entry.until, entry.reason
        ));
    }
    let counts = verdict.counts();
    let rows: Vec<Vec<String>> = counts
        .iter()
        .rev()
        .map(|(severity, count)| vec![severity.name().to_owned(), count.to_string()])
        .collect();
    let shown = scanned.scanners.join(", ");
    if rows.is_empty() {
        output.say(&format!("No findings ({shown}; {} ignored)", verdict.ignored.len()));
        return false;
    }
    output.say(output::table(&["Severity", "Findings"], &rows).trim_end());
    let worst: Vec<Vec<String>> = verdict
        .counted
        .iter()
        .take(SHOWN)
        .map(|(severity, found)| {
            vec![severity.name().to_owned(), found.id.clone(), found.package.clone(), found.url.clone()]
        })
        .collect();
    output.say(output::table(&["Severity", "Finding", "Package", "More"], &worst).trim_end());
    let fails = verdict.fails(fail_on);
    if fails {
        output.warning("the image is published, but must not be deployed: see --fail-on");
        output.hint(
            "image.scan.ignore in the configuration lists findings that do not count, each until a day",
        );
    }
    fails
}
