//! `eap unlock`: takes the lock of a state away from somebody who died with it.

use clap::Args;
use serde_json::json;

use super::Context;
use crate::arguments::Format;
use crate::deploy::platform::Platform;
use crate::deploy::preflight::Depth;
use crate::failure::{Failure, Outcome};

/// Arguments of `eap unlock`.
#[derive(Debug, Args)]
#[command(
    about = "Take the lock of an environment's state away from somebody who died with it",
    after_long_help = "\
Examples:
  eap unlock --env staging --id 1f2e3d4c-… --yes

The id is in the refusal of `eap deploy`. Two deploys at once would spoil the state: be sure that the other one is dead."
)]
pub struct UnlockArguments {
    /// Id of the lock
    #[arg(long, value_name = "ID")]
    id: String,
}

impl UnlockArguments {
    /// Runs the command.
    pub async fn run(self, context: Context<'_>) -> Result<Outcome, Failure> {
        let config = super::platform_config(context, "unlock")?;
        let platform = Platform::open(context, &config, "eap unlock", Depth::Account).await?;
        let bootstrap = platform.bootstrap().await?;
        super::agree(context, config.environment, "unlock")?;
        platform.init(Some(&bootstrap)).await?;
        platform.terraform.force_unlock(&self.id).await?;
        match context.output.format() {
            Format::Json => context.output.result_json(&json!({"schema_version": 1, "unlocked": self.id}))?,
            Format::Table => context.output.result("The state is unlocked.\n")?,
        }
        Ok(Outcome::Done)
    }
}
