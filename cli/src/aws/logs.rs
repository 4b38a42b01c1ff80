//! The last words of a container, from its log; and which log groups there are.

use aws_config::SdkConfig;
use aws_sdk_cloudwatchlogs::Client;
use futures_util::future::try_join_all;

use super::failure_of;
use crate::failure::Failure;

/// The last `lines` lines of `stream`, the oldest first; none when there is no such stream.
pub async fn tail(config: &SdkConfig, group: &str, stream: &str, lines: i32) -> Result<Vec<String>, Failure> {
    let events = Client::new(config).get_log_events().log_group_name(group).log_stream_name(stream);
    match events.limit(lines).start_from_head(false).send().await {
        Ok(found) => {
            Ok(found.events().iter().filter_map(|event| event.message().map(ToOwned::to_owned)).collect())
        }
        Err(error) => match error.as_service_error() {
            Some(service) if service.is_resource_not_found_exception() => Ok(Vec::new()),
            _ => Err(failure_of("logs:GetLogEvents", &error)),
        },
    }
}

/// Those of `groups` that are not there.
pub async fn missing_groups<'a>(config: &SdkConfig, groups: &[&'a str]) -> Result<Vec<&'a str>, Failure> {
    let client = Client::new(config);
    let is_there = async |group: &'a str| {
        let mut pages =
            client.describe_log_groups().log_group_name_prefix(group).into_paginator().items().send();
        while let Some(found) = pages.next().await {
            let found = found.map_err(|error| failure_of("logs:DescribeLogGroups", &error))?;
            if found.log_group_name() == Some(group) {
                return Ok(None);
            }
        }
        Ok::<_, Failure>(Some(group))
    };
    let found = try_join_all(groups.iter().map(|group| is_there(group))).await?;
    Ok(found.into_iter().flatten().collect())
}
