//! Secrets that a deployment reads and writes. What they hold is never shown.

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;

use super::failure_of;
use crate::config::Secret;
use crate::failure::Failure;

/// The text of a secret; nothing when it has no value yet.
pub async fn read(config: &SdkConfig, arn: &str) -> Result<Option<Secret>, Failure> {
    match Client::new(config).get_secret_value().secret_id(arn).send().await {
        Ok(found) => Ok(found.secret_string.filter(|text| !text.is_empty()).map(Secret::new)),
        Err(error) => match error.as_service_error() {
            Some(service) if service.is_resource_not_found_exception() => Ok(None),
            _ => Err(failure_of("secretsmanager:GetSecretValue", &error)),
        },
    }
}

/// Gives a secret a new value, unless it has it.
pub async fn write(config: &SdkConfig, arn: &str, value: &Secret) -> Result<(), Failure> {
    if read(config, arn).await?.as_ref() == Some(value) {
        return Ok(());
    }
    let written =
        Client::new(config).put_secret_value().secret_id(arn).secret_string(value.expose()).send().await;
    written.map(drop).map_err(|error| failure_of("secretsmanager:PutSecretValue", &error))
}
