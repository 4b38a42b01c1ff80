//! The last words of a container, from its log.

use aws_config::SdkConfig;
use aws_sdk_cloudwatchlogs::Client;

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
