//! Health of the targets behind a load balancer.

use aws_config::SdkConfig;
use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::TargetHealthDescription;

use super::failure_of;
use crate::failure::Failure;

/// A target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Address.
    pub address: String,
    /// Such as `healthy` or `draining`, in the load balancer's words.
    pub state: String,
    /// Why it is not healthy.
    pub why: Option<String>,
}

/// All targets.
pub async fn all(config: &SdkConfig, target_group_arn: &str) -> Result<Vec<Target>, Failure> {
    let found = Client::new(config).describe_target_health().target_group_arn(target_group_arn).send().await;
    let found = found.map_err(|error| failure_of("elasticloadbalancing:DescribeTargetHealth", &error))?;
    let target = |target: &TargetHealthDescription| {
        let health = target.target_health()?;
        Some(Target {
            address: target.target().and_then(|target| target.id()).unwrap_or("?").to_owned(),
            state: health.state()?.as_str().to_owned(),
            why: health.description().map(ToOwned::to_owned),
        })
    };
    Ok(found.target_health_descriptions().iter().filter_map(target).collect())
}
