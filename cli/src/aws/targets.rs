//! Health of the targets behind a load balancer.

use aws_config::SdkConfig;
use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::{LoadBalancer, TargetGroup, TargetHealthDescription};

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

/// A load balancer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balancer {
    /// Its name.
    pub name: String,
    /// Such as `active` or `provisioning`, in AWS's words.
    pub state: String,
    /// Why it is not active.
    pub why: Option<String>,
}

/// The load balancers in front of a target group.
pub async fn balancers(config: &SdkConfig, target_group_arn: &str) -> Result<Vec<Balancer>, Failure> {
    let client = Client::new(config);
    let group = client.describe_target_groups().target_group_arns(target_group_arn).send().await;
    let group = group.map_err(|error| failure_of("elasticloadbalancing:DescribeTargetGroups", &error))?;
    let arns: Vec<String> =
        group.target_groups().iter().flat_map(TargetGroup::load_balancer_arns).cloned().collect();
    if arns.is_empty() {
        return Ok(Vec::new());
    }
    let found = client.describe_load_balancers().set_load_balancer_arns(Some(arns)).send().await;
    let found = found.map_err(|error| failure_of("elasticloadbalancing:DescribeLoadBalancers", &error))?;
    let balancer = |balancer: &LoadBalancer| Balancer {
        name: balancer.load_balancer_name().unwrap_or("?").to_owned(),
        state: balancer
            .state()
            .and_then(|state| state.code())
            .map_or("in an unknown state", |code| code.as_str())
            .to_owned(),
        why: balancer.state().and_then(|state| state.reason()).map(ToOwned::to_owned),
    };
    Ok(found.load_balancers().iter().map(balancer).collect())
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
