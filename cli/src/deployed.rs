//! A deployed environment, as commands that watch or call it find it: through the bootstrap stack to Terraform's state
//! in its bucket. Needs no Terraform and changes nothing.

use aws_config::SdkConfig;
use reqwest::Url;
use reqwest::header::{HOST, HeaderMap, HeaderValue};

use crate::aws::bootstrap::{self, Bootstrap};
use crate::aws::{self, Place, identity, records};
use crate::config::PlatformConfig;
use crate::deploy::preflight;
use crate::failure::{Doing, Failure};
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
    let name = config.environment.name();
    let nothing = |why: String| {
        Failure::failed(format!("nothing is deployed in `{name}`: {why}"))
            .hint(format!("`eap deploy --env {name}` deploys"))
    };
    let bootstrap = bootstrap.ok_or_else(|| nothing(format!("the stack {stack} is missing")))?;
    let bucket = records::client(&sdk, config.image.endpoint_url.is_some());
    let key = format!("{name}/terraform.tfstate");
    let state = records::find(&bucket, &bootstrap.state_bucket, &key).await?;
    let state = state.ok_or_else(|| nothing("Terraform has no state of it".to_owned()))?;
    let outputs = StackOutputs::of_state(&state)?;
    let outputs = outputs.ok_or_else(|| nothing("Terraform's state of it is empty".to_owned()))?;
    Ok(Deployed { sdk, bootstrap, outputs })
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
