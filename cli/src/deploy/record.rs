//! Records of deployments in the state's bucket, `<env>/deployments/<n>.json`: who, when, what, how it ended.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::platform::Platform;
use crate::aws::bootstrap::Bootstrap;
use crate::aws::records;
use crate::failure::{Doing, Failure};

/// One deployment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// Version of this shape.
    pub schema_version: u32,
    /// Counted from 1.
    pub number: u32,
    /// Environment.
    pub environment: String,
    /// What was done: `deploy` or `destroy`.
    pub command: String,
    /// When it began.
    pub began_at: Timestamp,
    /// How long it took, in seconds.
    pub seconds: u64,
    /// ARN of who did it.
    pub by: String,
    /// Image by digest.
    pub image: Option<String>,
    /// SHA-256 of the plan that was applied.
    pub plan_sha256: Option<String>,
    /// How many resources were touched.
    pub changes: usize,
    /// `succeeded`, or `failed`.
    pub result: String,
    /// Why it failed.
    pub error: Option<String>,
}

/// Writes `record` under the next free number, and answers the number.
pub async fn write(
    platform: &Platform<'_>,
    bootstrap: &Bootstrap,
    mut record: Record,
) -> Result<u32, Failure> {
    let client = platform.bucket_client();
    let prefix = prefix(platform);
    let mut number = numbers(&records::list(&client, &bootstrap.state_bucket, &prefix).await?, &prefix);
    record.number = number.pop().unwrap_or(0) + 1;
    loop {
        let content = serde_json::to_vec_pretty(&record).doing(|| "write the record".to_owned())?;
        let name = format!("{prefix}{}.json", record.number);
        if records::put_new(&client, &bootstrap.state_bucket, &name, content).await? {
            return Ok(record.number);
        }
        // Somebody else was first with this number.
        record.number += 1;
    }
}

/// The latest `limit` records, the newest first.
pub async fn latest(
    platform: &Platform<'_>,
    bootstrap: &Bootstrap,
    limit: usize,
) -> Result<Vec<Record>, Failure> {
    let client = platform.bucket_client();
    let prefix = prefix(platform);
    let numbers = numbers(&records::list(&client, &bootstrap.state_bucket, &prefix).await?, &prefix);
    let mut found = Vec::new();
    for number in numbers.into_iter().rev().take(limit) {
        let name = format!("{prefix}{number}.json");
        let content = records::get(&client, &bootstrap.state_bucket, &name).await?;
        found.push(serde_json::from_slice(&content).doing(|| format!("read the record {name}"))?);
    }
    Ok(found)
}

fn prefix(platform: &Platform<'_>) -> String {
    format!("{}/deployments/", platform.config.environment.name())
}

/// The numbers in the names of records, ascending.
fn numbers(names: &[String], prefix: &str) -> Vec<u32> {
    let number = |name: &String| name.strip_prefix(prefix)?.strip_suffix(".json")?.parse().ok();
    let mut numbers: Vec<u32> = names.iter().filter_map(number).collect();
    numbers.sort_unstable();
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_counted_and_not_spelled() {
        let names = ["dev/deployments/9.json", "dev/deployments/10.json", "dev/deployments/x.json"];
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        assert_eq!(numbers(&names, "dev/deployments/"), [9, 10]);
    }
}
