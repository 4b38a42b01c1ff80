//! A deployed environment, as commands that watch it find it: through the bootstrap stack to Terraform's state in its
//! bucket. Needs no Terraform and changes nothing.

use aws_config::SdkConfig;

use crate::aws::bootstrap::{self, Bootstrap};
use crate::aws::records::{self, Version};
use crate::aws::{self, Place, identity};
use crate::config::PlatformConfig;
use crate::deploy::preflight;
use crate::failure::Failure;
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
    /// Which version of Terraform's state they are of, where the bucket tells.
    state_tag: Option<String>,
}

/// What became of the names since they were found.
#[derive(Debug)]
pub enum Newer {
    /// They are the same.
    Same,
    /// A deploy gave these.
    Names(Box<Deployed>),
    /// Nothing is deployed any more, and why that is known.
    Gone(Failure),
}

/// Finds what the last deploy left, in the account that the configuration names.
pub async fn find(config: &PlatformConfig) -> Result<Deployed, Failure> {
    let sdk = aws::sdk_config(Place::of(&config.image)).await;
    let account = async {
        let identity = identity::caller(&sdk).await?;
        preflight::check_account(config, &identity)
    };
    let client = bootstrap::client(&sdk);
    let stack = format!("{}-bootstrap", config.image.project_name.value);
    let ((), bootstrap) = tokio::try_join!(account, bootstrap::find(&client, &stack))?;
    let bootstrap = bootstrap.ok_or_else(|| nothing(config, &format!("the stack {stack} is missing")))?;
    match state_of(config, &sdk, &bootstrap, None).await? {
        Version::Found(state, state_tag) => {
            let outputs = StackOutputs::of_state(&state)?.ok_or_else(|| nothing(config, EMPTY))?;
            Ok(Deployed { sdk, bootstrap, outputs, state_tag })
        }
        Version::Same | Version::Missing => Err(nothing(config, MISSING)),
    }
}

const MISSING: &str = "Terraform has no state of it";
const EMPTY: &str = "Terraform's state of it is empty";

impl Deployed {
    /// Reads the state again, where it is another one than before.
    pub async fn newer(&self, config: &PlatformConfig) -> Result<Newer, Failure> {
        let known = self.state_tag.as_deref();
        let (state, state_tag) = match state_of(config, &self.sdk, &self.bootstrap, known).await? {
            Version::Same => return Ok(Newer::Same),
            Version::Missing => return Ok(Newer::Gone(nothing(config, MISSING))),
            Version::Found(state, tag) => (state, tag),
        };
        let Some(outputs) = StackOutputs::of_state(&state)? else {
            return Ok(Newer::Gone(nothing(config, EMPTY)));
        };
        if outputs == self.outputs {
            return Ok(Newer::Same);
        }
        let (sdk, bootstrap) = (self.sdk.clone(), self.bootstrap.clone());
        Ok(Newer::Names(Box::new(Self { sdk, bootstrap, outputs, state_tag })))
    }
}

async fn state_of(
    config: &PlatformConfig,
    sdk: &SdkConfig,
    bootstrap: &Bootstrap,
    known: Option<&str>,
) -> Result<Version, Failure> {
    let bucket = records::client(sdk, config.image.endpoint_url.is_some());
    let key = format!("{}/terraform.tfstate", config.environment.name());
    records::find_other(&bucket, &bootstrap.state_bucket, &key, known).await
}

fn nothing(config: &PlatformConfig, why: &str) -> Failure {
    let name = config.environment.name();
    Failure::failed(format!("nothing is deployed in `{name}`: {why}"))
        .hint(format!("`eap deploy --env {name}` deploys"))
}
