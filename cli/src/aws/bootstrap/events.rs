//! What happens to the resources of a stack, in words. Reads no further back than the operation under way.

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{ResourceStatus, StackEvent};

use super::super::failure_of;
use crate::failure::Failure;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// Resource, state and reason.
    pub words: String,
}

/// The id of the newest event.
pub async fn newest(client: &Client, stack: &str) -> Result<Option<String>, Failure> {
    let page = client.describe_stack_events().stack_name(stack).send().await;
    let page = page.map_err(|error| failure_of("cloudformation:DescribeStackEvents", &error))?;
    Ok(page.stack_events().first().and_then(StackEvent::event_id).map(ToOwned::to_owned))
}

/// What happened in the operation under way, or the last one, after the event `told`; the oldest first.
pub async fn since(client: &Client, stack: &str, told: Option<&str>) -> Result<Vec<Event>, Failure> {
    let mut pages = client.describe_stack_events().stack_name(stack).into_paginator().send();
    let mut news = Vec::new();
    // The newest are on the first page.
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| failure_of("cloudformation:DescribeStackEvents", &error))?;
        if !take(page.stack_events(), stack, told, &mut news) {
            break;
        }
    }
    news.reverse();
    Ok(news)
}

/// Adds the news of a page, the newest first. False when what comes after is old.
fn take(page: &[StackEvent], stack: &str, told: Option<&str>, news: &mut Vec<Event>) -> bool {
    for event in page {
        let id = event.event_id().unwrap_or_default();
        if told == Some(id) {
            return false;
        }
        news.push(Event { id: id.to_owned(), words: words(event) });
        if begins_operation(event, stack) {
            return false;
        }
    }
    true
}

/// Each operation begins with an event of the stack itself; rolling back is part of the one that failed.
fn begins_operation(event: &StackEvent, stack: &str) -> bool {
    event.logical_resource_id() == Some(stack)
        && matches!(
            event.resource_status(),
            Some(
                ResourceStatus::CreateInProgress
                    | ResourceStatus::UpdateInProgress
                    | ResourceStatus::DeleteInProgress
            )
        )
}

fn words(event: &StackEvent) -> String {
    let reason = event.resource_status_reason().map_or_else(String::new, |reason| format!(": {reason}"));
    let status = event.resource_status().map_or("unknown", ResourceStatus::as_str);
    format!("{} {status}{reason}", event.logical_resource_id().unwrap_or("?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, resource: &str, status: ResourceStatus) -> StackEvent {
        StackEvent::builder().event_id(id).logical_resource_id(resource).resource_status(status).build()
    }

    #[test]
    fn only_the_news_of_the_operation_under_way_are_told() {
        let page = [
            event("5", "Repository", ResourceStatus::UpdateInProgress),
            event("4", "Key", ResourceStatus::UpdateComplete),
            event("3", "eap-bootstrap", ResourceStatus::UpdateInProgress),
            event("2", "eap-bootstrap", ResourceStatus::CreateComplete),
            event("1", "eap-bootstrap", ResourceStatus::CreateInProgress),
        ];
        let told = |told| {
            let mut news = Vec::new();
            let more = take(&page, "eap-bootstrap", told, &mut news);
            (news.into_iter().map(|event| event.id).collect::<Vec<_>>(), more)
        };
        assert_eq!(told(None), (vec!["5".to_owned(), "4".to_owned(), "3".to_owned()], false));
        assert_eq!(told(Some("4")), (vec!["5".to_owned()], false));
        // CloudFormation has not begun yet, so the newest is the one that was there before.
        assert_eq!(told(Some("5")), (Vec::new(), false));
        let mut news = Vec::new();
        assert!(take(&page[..2], "eap-bootstrap", None, &mut news), "the next page has more of it");
    }
}
