//! Alarms of CloudWatch.

use aws_config::SdkConfig;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::AlarmType;

use super::failure_of;
use crate::failure::Failure;

/// As many names fit one call.
const NAMES_AT_ONCE: usize = 100;

/// An alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`, in CloudWatch's words.
    pub state: String,
    /// Why, in CloudWatch's words.
    pub reason: String,
    /// Since when, in seconds since 1970.
    pub since: Option<i64>,
}

impl Alarm {
    /// Whether it rings.
    pub fn rings(&self) -> bool {
        self.state == "ALARM"
    }
}

/// What became of the alarms that should be there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alarms {
    /// Those that are there, in the order of CloudWatch.
    pub found: Vec<Alarm>,
    /// Names of those that are not.
    pub missing: Vec<String>,
}

/// Looks at the alarms of these names.
pub async fn all(config: &SdkConfig, names: &[String]) -> Result<Alarms, Failure> {
    let client = Client::new(config);
    let calls = names.chunks(NAMES_AT_ONCE).map(|names| {
        let call = client.describe_alarms().set_alarm_names(Some(names.to_vec()));
        call.alarm_types(AlarmType::MetricAlarm)
            .alarm_types(AlarmType::CompositeAlarm)
            .max_records(100)
            .send()
    });
    let mut alarms: Vec<Alarm> = Vec::with_capacity(names.len());
    for found in futures_util::future::join_all(calls).await {
        let found = found.map_err(|error| failure_of("cloudwatch:DescribeAlarms", &error))?;
        let metric = found.metric_alarms().iter().map(|alarm| {
            (alarm.alarm_name(), alarm.state_value(), alarm.state_reason(), alarm.state_updated_timestamp())
        });
        let composite = found.composite_alarms().iter().map(|alarm| {
            (alarm.alarm_name(), alarm.state_value(), alarm.state_reason(), alarm.state_updated_timestamp())
        });
        alarms.extend(metric.chain(composite).map(|(name, state, reason, since)| Alarm {
            name: name.unwrap_or_default().to_owned(),
            state: state.map_or("INSUFFICIENT_DATA", |state| state.as_str()).to_owned(),
            reason: reason.unwrap_or("no reason given").to_owned(),
            since: since.map(aws_sdk_cloudwatch::primitives::DateTime::secs),
        }));
    }
    let is_there = |name: &String| alarms.iter().any(|alarm| alarm.name == *name);
    let missing = names.iter().filter(|name| !is_there(name)).cloned().collect();
    Ok(Alarms { found: alarms, missing })
}
