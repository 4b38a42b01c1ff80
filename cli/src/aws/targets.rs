//! Health of the targets behind a load balancer.

use aws_config::SdkConfig;
use aws_sdk_elasticloadbalancingv2::Client;

use super::failure_of;
use crate::failure::Failure;

/// Targets that are not healthy, in words: address, state, and why.
pub async fn unhealthy(config: &SdkConfig, target_group_arn: &str) -> Result<Vec<String>, Failure> {
    let found = Client::new(config).describe_target_health().target_group_arn(target_group_arn).send().await;
    let found = found.map_err(|error| failure_of("elasticloadbalancing:DescribeTargetHealth", &error))?;
    let words = found.target_health_descriptions().iter().filter_map(|target| {
        let health = target.target_health()?;
        let state = health.state()?.as_str();
        if state == "healthy" {
            return None;
        }
        let address = target.target().and_then(|target| target.id()).unwrap_or("?");
        let why = health.description().map_or_else(String::new, |why| format!(": {why}"));
        Some(format!("target {address} is {state}{why}"))
    });
    Ok(words.collect())
}
