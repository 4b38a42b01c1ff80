//! How much of what an account may have in a region is taken: the quotas that a new environment meets first, each seen
//! in a call or two. Asked once, without retries: whoever may not see them is not kept waiting.

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_elasticloadbalancingv2::types::LoadBalancerTypeEnum;

use super::failure_of;
use crate::failure::Failure;

/// A quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// What it is of, in the words of Service Quotas.
    pub name: &'static str,
    /// How many there are.
    pub used: usize,
    /// How many there may be.
    pub most: usize,
}

/// Instances of RDS, those of Aurora clusters among them. None where RDS does not tell.
pub async fn db_instances(config: &SdkConfig) -> Result<Option<Quota>, Failure> {
    let client = aws_sdk_rds::Client::new(&without_retries(config));
    let found = client.describe_account_attributes().send().await;
    let found = found.map_err(|error| failure_of("rds:DescribeAccountAttributes", &error))?;
    let quotas = found.account_quotas().iter();
    let quota = quotas.into_iter().find(|quota| quota.account_quota_name() == Some("DBInstances"));
    Ok(quota.and_then(|quota| {
        let number = |number: Option<i64>| usize::try_from(number?).ok();
        Some(Quota { name: "DB instances", used: number(quota.used())?, most: number(quota.max())? })
    }))
}

/// Application load balancers. None where the service does not tell.
pub async fn load_balancers(config: &SdkConfig) -> Result<Option<Quota>, Failure> {
    let client = aws_sdk_elasticloadbalancingv2::Client::new(&without_retries(config));
    let limits = client.describe_account_limits().send();
    let balancers = client.describe_load_balancers().into_paginator().items().send().try_collect();
    let (limits, balancers) = tokio::join!(limits, balancers);
    let limits = limits.map_err(|error| failure_of("elasticloadbalancing:DescribeAccountLimits", &error))?;
    let balancers =
        balancers.map_err(|error| failure_of("elasticloadbalancing:DescribeLoadBalancers", &error))?;
    let is_application =
        |kind: Option<&LoadBalancerTypeEnum>| kind == Some(&LoadBalancerTypeEnum::Application);
    let used = balancers.iter().filter(|balancer| is_application(balancer.r#type())).count();
    let limit = limits.limits().iter().find(|limit| limit.name() == Some("application-load-balancers"));
    let most = limit.and_then(|limit| limit.max()).and_then(|most| most.parse().ok());
    Ok(most.map(|most| Quota { name: "application load balancers", used, most }))
}

fn without_retries(config: &SdkConfig) -> SdkConfig {
    config.to_builder().retry_config(RetryConfig::disabled()).build()
}
