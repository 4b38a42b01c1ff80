//! `eap history`: the deployments of an environment in AWS.

use clap::Args;
use serde_json::json;

use super::Context;
use crate::arguments::Format;
use crate::aws::records;
use crate::deploy::record::{self, Record};
use crate::deployed;
use crate::failure::{Failure, Outcome};
use crate::output;

/// Arguments of `eap history`.
#[derive(Debug, Args)]
#[command(
    about = "List the deployments of an environment in AWS",
    after_long_help = "\
Examples:
  eap history --env prod
  eap history --env staging --output json | jq -r '.deployments[0].image'"
)]
pub struct HistoryArguments {
    /// How many, the newest first
    #[arg(long, default_value_t = 20, value_name = "NUMBER")]
    limit: usize,
}

impl HistoryArguments {
    /// Runs the command.
    pub async fn run(self, context: Context<'_>) -> Result<Outcome, Failure> {
        let config = super::platform_config(context, "history")?;
        let account = deployed::account(&config).await?;
        let client = records::client(&account.sdk, config.image.endpoint_url.is_some());
        let bucket = &account.bootstrap.state_bucket;
        let records = record::latest_of(&client, bucket, config.environment, self.limit).await?;
        if context.output.format() == Format::Json {
            context.output.result_json(&json!({
                "schema_version": 1,
                "environment": config.environment.name(),
                "deployments": records,
            }))?;
            return Ok(Outcome::Done);
        }
        let rows: Vec<Vec<String>> = records.iter().map(row).collect();
        let header = ["Number", "Command", "Began", "Seconds", "Result", "Changes", "Image", "By"];
        context.output.result(&output::table(&header, &rows))?;
        Ok(Outcome::Done)
    }
}

fn row(record: &Record) -> Vec<String> {
    let image = record.image.as_deref().unwrap_or_default();
    // Enough of a digest to tell one from another.
    let image = image.split_once("@sha256:").map_or(image, |(_, digest)| digest.get(..12).unwrap_or(digest));
    vec![
        record.number.to_string(),
        record.command.clone(),
        record.began_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        record.seconds.to_string(),
        record.result.clone(),
        record.changes.to_string(),
        image.to_owned(),
        record.by.clone(),
    ]
}
