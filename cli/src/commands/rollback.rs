//! `eap rollback`: brings an earlier deployment of an environment in AWS back.

use clap::Args;
use jiff::SignedDuration;

use super::{Context, deploy_aws};
use crate::deploy::request::{ApplicationTests, Losses, OnFailure, Request, Version};
use crate::failure::{Failure, Outcome};

/// Arguments of `eap rollback`.
#[derive(Debug, Args)]
#[command(
    about = "Bring an earlier deployment of an environment in AWS back",
    long_about = "\
Bring an earlier deployment of an environment in AWS back: its image and its configuration, by Terraform, so that the \
state agrees with what runs. It is planned, shown, applied, watched and tested as a deploy is, and recorded. Databases \
are not turned back: migrations only add, so that the version before works on.",
    after_long_help = "\
Examples:
  eap rollback --env prod              to the good deployment before the one at work
  eap rollback --env prod --to 41      to that one; `eap history --env prod` lists them

Exit codes: 0 it serves, 1 failed, 4 nothing serves, 6 another command is at work, 7 the version at work serves on, \
8 not healthy in time, 64 wrong call, 130 interrupted"
)]
pub struct RollbackArguments {
    /// Number of the deployment [default: the good one before]
    #[arg(long, value_name = "NUMBER")]
    to: Option<u32>,
    /// How long the rollout may take, such as 90s or 5m [default: 15m]
    #[arg(long, value_name = "DURATION", value_parser = crate::duration::parse)]
    timeout: Option<SignedDuration>,
    /// How long to wait for somebody else's lock of the state [default: not at all]
    #[arg(long, value_name = "DURATION", value_parser = crate::duration::parse)]
    lock_timeout: Option<SignedDuration>,
    /// Agree to plans that destroy a database, a bucket or a key
    #[arg(long)]
    allow_destroy: bool,
}

impl RollbackArguments {
    /// Runs the command.
    pub async fn run(self, context: Context<'_>) -> Result<Outcome, Failure> {
        let config = super::platform_config(context, "rollback")?;
        let request = Request {
            version: Version::Recorded(self.to),
            timeout: deploy_aws::timeout_of(self.timeout)?,
            lock_timeout: deploy_aws::lock_timeout_of(self.lock_timeout)?,
            losses: if self.allow_destroy { Losses::Allowed } else { Losses::Refused },
            on_failure: OnFailure::RollBack,
            tests: ApplicationTests::Skipped,
        };
        deploy_aws::run(context, config.environment, &request, deploy_aws::Wish::Deploy).await
    }
}
