//! A deployed environment, as commands that watch or call it find it: through the bootstrap stack to Terraform's state
//! in its bucket. Needs no Terraform and changes nothing.

use aws_config::SdkConfig;
use reqwest::Url;
use reqwest::header::{HOST, HeaderMap, HeaderValue};

use crate::aws::bootstrap::{self, Bootstrap};
use crate::aws::records::{self, Version};
use crate::aws::{self, Place, identity};
use crate::config::PlatformConfig;
use crate::deploy::cost::Costs;
use crate::deploy::preflight;
use crate::failure::{Doing, Failure};
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
    /// What its resources cost in a month.
    pub costs: Costs,
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
    match state_of(config, &sdk, &bootstrap, None).await? {
        Version::Found(state, state_tag) => {
            let outputs = StackOutputs::of_state(&state)?.ok_or_else(|| nothing(config, EMPTY))?;
            let costs = Costs::of_state(&state)?;
            Ok(Deployed { sdk, bootstrap, outputs, costs, state_tag })
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
        let costs = Costs::of_state(&state)?;
        if outputs == self.outputs && costs == self.costs {
            return Ok(Newer::Same);
        }
        let (sdk, bootstrap) = (self.sdk.clone(), self.bootstrap.clone());
        Ok(Newer::Names(Box::new(Self { sdk, bootstrap, outputs, costs, state_tag })))
    }
}

/// Terraform's state of an environment, unless it is the version that is `known`.
pub async fn state_of(
    config: &PlatformConfig,
    sdk: &SdkConfig,
    bootstrap: &Bootstrap,
    known: Option<&str>,
) -> Result<Version, Failure> {
    let bucket = records::client(sdk, config.image.endpoint_url.is_some());
    records::find_other(&bucket, &bootstrap.state_bucket, &state_key(config), known).await
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

/// How its API is called: through its gateway, or through an emulator's.
#[derive(Debug)]
pub struct Gateway {
    /// Base URL without a slash at its end.
    pub base_url: String,
    /// Headers that each request needs; no key is among them.
    pub headers: HeaderMap,
}

impl Gateway {
    /// The way to the API at this address.
    pub fn of(config: &PlatformConfig, api_url: &str) -> Result<Self, Failure> {
        let base_url = |url: &str| url.trim_end_matches('/').to_owned();
        let Some(endpoint) = &config.image.endpoint_url else {
            return Ok(Self { base_url: base_url(api_url), headers: HeaderMap::new() });
        };
        // An emulator answers for every host at its own address.
        let headers = HeaderMap::from_iter([(HOST, host_of(api_url)?)]);
        Ok(Self { base_url: base_url(&endpoint.value), headers })
    }
}

/// The host of an address, for a request that goes to an emulator instead.
fn host_of(url: &str) -> Result<HeaderValue, Failure> {
    let parsed = Url::parse(url).doing(|| format!("read the address {url}"))?;
    HeaderValue::from_str(parsed.host_str().unwrap_or_default()).doing(|| format!("read the address {url}"))
}
