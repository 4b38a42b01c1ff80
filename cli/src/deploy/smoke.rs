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
const PATIENCE: Duration = Duration::from_secs(90);
const INTERVAL: Duration = Duration::from_secs(3);

/// Calls every route through the gateway, with the first key of the environment.
pub async fn test(platform: &Platform<'_>, outputs: &StackOutputs) -> Result<Vec<Passed>, Failure> {
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
    let deadline = Instant::now() + PATIENCE;
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
