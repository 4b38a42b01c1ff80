//! `eap-api alert-relay`: alarms from SNS into a Slack channel, as a Lambda function or by hand.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::{
    alerts::{notice, slack},
    aws,
    config::{Environment, Secret},
    lambda::{self, LambdaOptions},
};

/// Where alarms go.
#[derive(Debug, Args)]
pub(super) struct AlertRelayArguments {
    /// Environment that the alarms are of
    #[arg(long, env = "ENVIRONMENT", default_value = "development", value_enum)]
    environment: Environment,

    /// Slack's incoming webhook; give it as a variable, arguments show in process lists
    #[arg(long, env = "SLACK_WEBHOOK_URL", hide_env_values = true, hide = true)]
    slack_webhook_url: Option<Secret>,

    /// Secret of AWS Secrets Manager that holds the webhook's URL, when it is not given
    #[arg(long, env = "SLACK_WEBHOOK_SECRET_ARN", value_name = "ARN")]
    slack_webhook_secret_arn: Option<String>,

    #[command(flatten)]
    lambda: LambdaOptions,
}

pub(super) async fn run(arguments: &AlertRelayArguments) -> Result<ExitCode> {
    // Read once in the life of a function, and again where that failed.
    let webhook = OnceCell::new();
    let relay = |event: Value| relay(arguments, &webhook, event);
    if arguments.lambda.is_lambda() {
        lambda::serve(relay).await?;
    } else {
        relay(event_of_standard_input()?).await?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn relay(arguments: &AlertRelayArguments, webhook: &OnceCell<Secret>, event: Value) -> Result<Value> {
    let notices = notice::notices(event)?;
    let webhook = webhook.get_or_try_init(|| arguments.webhook()).await?;
    for notice in &notices {
        slack::post(webhook, notice, arguments.environment).await?;
        tracing::info!(title = notice.title, "told Slack");
    }
    Ok(json!({"posted": notices.len()}))
}

impl AlertRelayArguments {
    async fn webhook(&self) -> Result<Secret> {
        if let Some(url) = self.slack_webhook_url.as_ref().filter(|url| !url.expose().is_empty()) {
            return Ok(url.clone());
        }
        match self.slack_webhook_secret_arn.as_deref() {
            Some(arn) if !arn.is_empty() => aws::secret(arn).await,
            _ => bail!("no Slack webhook\nhint: set SLACK_WEBHOOK_URL or SLACK_WEBHOOK_SECRET_ARN"),
        }
    }
}

fn event_of_standard_input() -> Result<Value> {
    serde_json::from_reader(std::io::stdin().lock())
        .context("standard input is no JSON; it takes an event of SNS")
}
