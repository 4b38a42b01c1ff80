//! Records of deployments in the state's bucket, `<env>/deployments/<n>.json`: who, when, what, how it ended.

use futures_util::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::platform::Platform;
use crate::arguments::Environment;
use crate::aws::bootstrap::Bootstrap;
use crate::aws::records;
use crate::failure::{Doing, Failure};

/// Records read at the same time.
const READS_AT_ONCE: usize = 8;

/// One deployment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// Version of this shape.
    pub schema_version: u32,
    /// Counted from 1.
    pub number: u32,
    /// Environment.
    pub environment: String,
    /// What was done: `deploy`, `rollback` or `destroy`.
    pub command: String,
    /// When it began.
    pub began_at: Timestamp,
    /// How long it took, in seconds.
    pub seconds: u64,
    /// ARN of who did it.
    pub by: String,
    /// Git commit of what was built, with `-dirty` where files differed; none where an image was named.
    #[serde(default)]
    pub commit: Option<String>,
    /// Image by digest.
    pub image: Option<String>,
    /// Variables of Terraform, the image aside: what a rollback brings back.
    #[serde(default)]
    pub variables: Option<Map<String, Value>>,
    /// SHA-256 of the plan that was applied.
    pub plan_sha256: Option<String>,
    /// How many resources the plan changes.
    pub changes: usize,
    /// Whether the plan was carried out, as far as that went; what ended before left everything as it was.
    #[serde(default = "in_older_records")]
    pub applied: bool,
    /// `succeeded`, `failed`, `rolled back`, or `interrupted`.
    pub result: String,
    /// Why it failed.
    pub error: Option<String>,
}

/// Nothing else was recorded.
fn in_older_records() -> bool {
    true
}

impl Record {
    /// Whether what was wanted is there.
    pub fn succeeded(&self) -> bool {
        self.result == "succeeded"
    }
}

/// Writes `record` under the next free number, and answers it with that number.
pub async fn write(
    platform: &Platform<'_>,
    bootstrap: &Bootstrap,
    mut record: Record,
) -> Result<Record, Failure> {
    let client = platform.bucket_client();
    let prefix = prefix(platform);
    let mut number = numbers(&records::list(&client, &bootstrap.state_bucket, &prefix).await?, &prefix);
    record.number = number.pop().unwrap_or(0) + 1;
    loop {
        let content = serde_json::to_vec_pretty(&record).doing(|| "write the record".to_owned())?;
        let name = format!("{prefix}{}.json", record.number);
        if records::put_new(&client, &bootstrap.state_bucket, &name, content.clone()).await? {
            return Ok(record);
        }
        // It may be this very record: written, and the answer lost, so that it was sent again.
        if records::find(&client, &bootstrap.state_bucket, &name).await? == Some(content) {
            return Ok(record);
        }
        // Somebody else was first with this number.
        record.number += 1;
    }
}

/// The latest `limit` records of the platform's environment, the newest first.
pub async fn latest(
    platform: &Platform<'_>,
    bootstrap: &Bootstrap,
    limit: usize,
) -> Result<Vec<Record>, Failure> {
    let prefix = prefix(platform);
    read(&platform.bucket_client(), &bootstrap.state_bucket, &prefix, limit).await
}

/// The latest `limit` records of any `environment`, the newest first. `client` is of the bucket.
pub async fn latest_of(
    client: &aws_sdk_s3::Client,
    bucket: &str,
    environment: Environment,
    limit: usize,
) -> Result<Vec<Record>, Failure> {
    read(client, bucket, &format!("{}/deployments/", environment.name()), limit).await
}

async fn read(
    client: &aws_sdk_s3::Client,
    bucket: &str,
    prefix: &str,
    limit: usize,
) -> Result<Vec<Record>, Failure> {
    let numbers = numbers(&records::list(client, bucket, prefix).await?, prefix);
    let names = numbers.into_iter().rev().take(limit).map(|number| format!("{prefix}{number}.json"));
    let record = async |name: String| {
        let content = records::get(client, bucket, &name).await?;
        serde_json::from_slice(&content).doing(|| format!("read the record {name}"))
    };
    futures_util::stream::iter(names.map(record)).buffered(READS_AT_ONCE).try_collect().await
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
