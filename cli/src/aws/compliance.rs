//! What the rules of AWS Config say, and whether anything is recorded that they could judge.

use aws_config::SdkConfig;
use aws_sdk_config::Client;
use aws_sdk_config::types::{
    ComplianceByConfigRule, ComplianceContributorCount, ComplianceType, ConfigurationRecorderStatus,
};
use futures_util::future::try_join_all;

use super::failure_of;
use crate::failure::Failure;

/// As many names fit one call.
const NAMES_AT_ONCE: usize = 25;

/// What is known of a set of rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compliance {
    /// Whether the account's recorder records.
    pub recording: bool,
    /// The rules that are there.
    pub rules: Vec<Rule>,
    /// Names of those that are not.
    pub missing: Vec<String>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// What it says.
    pub verdict: Verdict,
}

/// What a rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every resource keeps it, or there is none that it is about.
    Kept,
    /// So many resources do not; there may be more where AWS stops counting.
    Broken(i32),
    /// It has judged nothing yet.
    Undecided,
}

/// Asks about the rules of these names.
pub async fn describe(config: &SdkConfig, names: &[String]) -> Result<Compliance, Failure> {
    let client = Client::new(config);
    let (recording, rules) = tokio::try_join!(recording(&client), rules(&client, names))?;
    let is_there = |name: &String| rules.iter().any(|rule| rule.name == *name);
    let missing = names.iter().filter(|name| !is_there(name)).cloned().collect();
    Ok(Compliance { recording, rules, missing })
}

async fn recording(client: &Client) -> Result<bool, Failure> {
    let found = client.describe_configuration_recorder_status().send().await;
    let found = found.map_err(|error| failure_of("config:DescribeConfigurationRecorderStatus", &error))?;
    Ok(found.configuration_recorders_status().iter().any(ConfigurationRecorderStatus::recording))
}

/// A name that AWS does not know fails its whole call: then all rules of the account are read for those that are there.
async fn rules(client: &Client, names: &[String]) -> Result<Vec<Rule>, Failure> {
    let calls = names.chunks(NAMES_AT_ONCE).map(|names| read(client, Some(names.to_vec())));
    let found: Vec<Rule> = try_join_all(calls).await?.into_iter().flatten().flatten().collect();
    if found.len() == names.len() {
        return Ok(found);
    }
    let all = read(client, None).await?.unwrap_or_default();
    Ok(all.into_iter().filter(|rule| names.contains(&rule.name)).collect())
}

/// None where one of the names is of no rule.
async fn read(client: &Client, names: Option<Vec<String>>) -> Result<Option<Vec<Rule>>, Failure> {
    let asked = client.describe_compliance_by_config_rule().set_config_rule_names(names);
    let mut pages = asked.into_paginator().send();
    let mut rules = Vec::new();
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => rules.extend(page.compliance_by_config_rules().iter().map(rule)),
            Err(error) => match error.as_service_error() {
                Some(service) if service.is_no_such_config_rule_exception() => return Ok(None),
                _ => return Err(failure_of("config:DescribeComplianceByConfigRule", &error)),
            },
        }
    }
    Ok(Some(rules))
}

fn rule(found: &ComplianceByConfigRule) -> Rule {
    let compliance = found.compliance();
    let count = compliance.and_then(|it| it.compliance_contributor_count());
    let verdict = match compliance.and_then(|it| it.compliance_type()) {
        Some(ComplianceType::Compliant | ComplianceType::NotApplicable) => Verdict::Kept,
        Some(ComplianceType::NonCompliant) => {
            Verdict::Broken(count.map_or(1, ComplianceContributorCount::capped_count))
        }
        _ => Verdict::Undecided,
    };
    Rule { name: found.config_rule_name().unwrap_or_default().to_owned(), verdict }
}
