//! The last words of a container, from its log; and which log groups there are.

use aws_config::SdkConfig;
use aws_sdk_cloudwatchlogs::Client;
use futures_util::future::try_join_all;

use super::failure_of;
use crate::failure::Failure;

/// Whoever reads as many pages has long lines, and waits long enough.
const PAGES: usize = 5;

/// The last lines of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Last {
    /// The oldest first.
    pub lines: Vec<String>,
    /// Whether there are older ones.
    pub has_older: bool,
}

/// The last `lines` lines of `stream`, the oldest first; none when there is no such stream.
pub async fn tail(config: &SdkConfig, group: &str, stream: &str, lines: i32) -> Result<Vec<String>, Failure> {
    let page = page(&Client::new(config), group, stream, lines, None).await?;
    Ok(page.map_or_else(Vec::new, |page| page.lines))
}

/// The same with whether there are older ones. A page ends at its number of lines or at a megabyte, so that a short one
/// says nothing: there are none where the token of older lines is the one that was asked with.
pub async fn last(config: &SdkConfig, group: &str, stream: &str, lines: usize) -> Result<Last, Failure> {
    let client = Client::new(config);
    let (mut found, mut token): (Vec<String>, Option<String>) = (Vec::new(), None);
    let one_more = lines + 1;
    for _ in 0..PAGES {
        let limit = i32::try_from(one_more - found.len()).unwrap_or(i32::MAX);
        let Some(page) = page(&client, group, stream, limit, token.clone()).await? else { break };
        found.splice(0..0, page.lines);
        if found.len() >= one_more {
            found.drain(..=found.len() - one_more);
            return Ok(Last { lines: found, has_older: true });
        }
        if page.older.is_none() || page.older == token {
            return Ok(Last { lines: found, has_older: false });
        }
        token = page.older;
    }
    Ok(Last { has_older: token.is_some(), lines: found })
}

struct Page {
    lines: Vec<String>,
    older: Option<String>,
}

/// None when there is no such stream.
async fn page(
    client: &Client,
    group: &str,
    stream: &str,
    limit: i32,
    token: Option<String>,
) -> Result<Option<Page>, Failure> {
    let asked = client.get_log_events().log_group_name(group).log_stream_name(stream);
    match asked.limit(limit).start_from_head(false).set_next_token(token).send().await {
        Ok(found) => {
            let lines = found.events().iter().filter_map(|it| it.message().map(ToOwned::to_owned)).collect();
            Ok(Some(Page { lines, older: found.next_backward_token }))
        }
        Err(error) => match error.as_service_error() {
            Some(service) if service.is_resource_not_found_exception() => Ok(None),
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
