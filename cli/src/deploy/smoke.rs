//! Calls the deployed API the way its users do.

use std::time::{Duration, Instant};

use reqwest::header::{AUTHORIZATION, HeaderValue};

use super::platform::Platform;
use crate::aws::secrets;
use crate::deployed::Gateway;
use crate::failure::Failure;
use crate::http;
use crate::local::smoke_test::{self, Passed};
use crate::terraform::outputs::StackOutputs;

/// A new gateway takes a while until it knows its routes everywhere.
const PATIENCE_WITH_A_NEW_ONE: Duration = Duration::from_secs(90);
/// What does not answer behind one that did is not going to, and the version before is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
const INTERVAL: Duration = Duration::from_secs(3);

/// The gateway that is called through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gateway {
    /// It was made by this deploy.
    New,
    /// It was there.
    Known,
}

/// Calls every route through the gateway, with the first key of the environment.
pub async fn test(
    platform: &Platform<'_>,
    outputs: &StackOutputs,
    gateway: Gateway,
) -> Result<Vec<Passed>, Failure> {
    let step = platform.context.output.step(format!("Smoke test: {}", outputs.api_url));
    let key = secrets::read(&platform.sdk, &outputs.api_key_secret_arn).await?;
    let Gateway { base_url, mut headers } = Gateway::of(platform.config, &outputs.api_url)?;
    if let Some(key) = key {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose()))
            .map_err(|_| Failure::failed("the API key in Secrets Manager is no key"))?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    let client = http::client_with(headers)?;
    let patience = match gateway {
        Gateway::New => PATIENCE_WITH_A_NEW_ONE,
        Gateway::Known => PATIENCE,
    };
    let deadline = Instant::now() + patience;
    loop {
        match smoke_test::run(&client, &base_url).await {
            Ok(passed) => {
                step.done();
                return Ok(passed);
            }
            Err(failure) if Instant::now() >= deadline => return Err(failure),
            Err(failure) => step.update(format!("Smoke test: {failure}; trying again")),
        }
        tokio::time::sleep(INTERVAL).await;
    }
}
