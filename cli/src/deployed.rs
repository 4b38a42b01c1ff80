//! A deployed environment, as commands that watch it find it: through the bootstrap stack to Terraform's state in its
//! bucket. Needs no Terraform and changes nothing.

use aws_config::SdkConfig;

use crate::aws::bootstrap::{self, Bootstrap};
use crate::aws::{self, Place, identity, records};
use crate::config::PlatformConfig;
use crate::deploy::preflight;
use crate::failure::Failure;
use crate::terraform::args::Backend;
use crate::terraform::outputs::StackOutputs;

/// An environment that was deployed.
#[derive(Debug)]
pub struct Deployed {
    /// How AWS is called.
    pub sdk: SdkConfig,
    /// The stack below it.
    pub bootstrap: Bootstrap,
    /// The names of its resources.
    pub outputs: StackOutputs,
}

/// An account that something was deployed in.
#[derive(Debug)]
pub struct Account {
    /// How AWS is called.
    pub sdk: SdkConfig,
    /// The stack below everything.
    pub bootstrap: Bootstrap,
}

/// Finds the stack below everything, in the account that the configuration names.
pub async fn account(config: &PlatformConfig) -> Result<Account, Failure> {
    let sdk = aws::sdk_config(Place::of(&config.image)).await;
    let account = async {
        let identity = identity::caller(&sdk).await?;
        preflight::check_account(config, &identity)
    };
    let client = bootstrap::client(&sdk);
    let stack = format!("{}-bootstrap", config.image.project_name.value);
    let ((), bootstrap) = tokio::try_join!(account, bootstrap::find(&client, &stack))?;
    let bootstrap = bootstrap.ok_or_else(|| nothing(config, &format!("the stack {stack} is missing")))?;
    Ok(Account { sdk, bootstrap })
}

/// Finds what the last deploy left, in the account that the configuration names.
pub async fn find(config: &PlatformConfig) -> Result<Deployed, Failure> {
    let Account { sdk, bootstrap } = account(config).await?;
    let bucket = records::client(&sdk, config.image.endpoint_url.is_some());
    let state = records::find(&bucket, &bootstrap.state_bucket, &state_key(config)).await?;
    let state = state.ok_or_else(|| nothing(config, "Terraform has no state of it"))?;
    let outputs = StackOutputs::of_state(&state)?;
    let outputs = outputs.ok_or_else(|| nothing(config, "Terraform's state of it is empty"))?;
    Ok(Deployed { sdk, bootstrap, outputs })
}

/// Where Terraform keeps the state of an environment.
pub fn backend(config: &PlatformConfig, bootstrap: &Bootstrap) -> Backend {
    Backend::Bucket {
        bucket: bootstrap.state_bucket.clone(),
        key: state_key(config),
        region: config.image.region.value.clone(),
        kms_key_arn: bootstrap.key_arn.clone(),
        emulated: config.image.endpoint_url.is_some(),
    }
}

/// Name of the state in its bucket.
pub fn state_key(config: &PlatformConfig) -> String {
    format!("{}/terraform.tfstate", config.environment.name())
}

fn nothing(config: &PlatformConfig, why: &str) -> Failure {
    let name = config.environment.name();
    Failure::failed(format!("nothing is deployed in `{name}`: {why}"))
        .hint(format!("`eap deploy --env {name}` deploys"))
}
