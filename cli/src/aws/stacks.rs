//! Stacks of `CloudFormation`: how they are, and whether somebody changed what is in them by hand.

use aws_config::SdkConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{StackDriftStatus, StackStatus, StackSummary};

use super::failure_of;
use crate::failure::Failure;

/// A stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// Its name.
    pub name: String,
    /// Such as `CREATE_COMPLETE`, in AWS's words.
    pub status: String,
    /// Whether its resources differ from its template, as the latest detection of drift found; nobody here starts one.
    pub drifted: bool,
}

/// Stacks whose names begin with `prefix`, by name.
pub async fn beginning_with(config: &SdkConfig, prefix: &str) -> Result<Vec<Stack>, Failure> {
    let there = StackStatus::values().iter().filter(|status| **status != "DELETE_COMPLETE");
    let there: Vec<StackStatus> = there.map(|status| StackStatus::from(*status)).collect();
    let asked = Client::new(config).list_stacks().set_stack_status_filter(Some(there));
    let mut pages = asked.into_paginator().send();
    let mut stacks = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| failure_of("cloudformation:ListStacks", &error))?;
        let ours = |stack: &&StackSummary| stack.stack_name().is_some_and(|name| name.starts_with(prefix));
        stacks.extend(page.stack_summaries().iter().filter(ours).map(stack));
    }
    stacks.sort_by(|one: &Stack, other| one.name.cmp(&other.name));
    Ok(stacks)
}

fn stack(summary: &StackSummary) -> Stack {
    let drift = summary.drift_information().and_then(|drift| drift.stack_drift_status());
    Stack {
        name: summary.stack_name().unwrap_or_default().to_owned(),
        status: summary.stack_status().map_or("in an unknown state", StackStatus::as_str).to_owned(),
        drifted: drift == Some(&StackDriftStatus::Drifted),
    }
}
