//! Whose credentials these are.

use aws_config::SdkConfig;

use super::failure_of;
use crate::failure::Failure;

/// The caller, as AWS knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Twelve digits.
    pub account_id: String,
    /// Name of the user or role.
    pub arn: String,
}

/// Asks AWS who calls.
pub async fn caller(config: &SdkConfig) -> Result<Identity, Failure> {
    let answer = aws_sdk_sts::Client::new(config).get_caller_identity().send().await;
    let answer = answer.map_err(|error| failure_of("sts:GetCallerIdentity", &error))?;
    let account_id =
        answer.account.ok_or_else(|| Failure::failed("AWS does not say whose account this is"))?;
    Ok(Identity { account_id, arn: answer.arn.unwrap_or_default() })
}
