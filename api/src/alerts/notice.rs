//! What arrives at the topic, as one kind of notice: CloudWatch's alarms, findings and task events through
//! `EventBridge`, and whatever else somebody publishes. Shapes: the CloudWatch, `EventBridge` and Lambda user guides.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

/// Something that people should read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// One line.
    pub title: String,
    /// The rest; may be empty.
    pub text: String,
    /// How bad it is.
    pub mood: Mood,
    /// Where it happened: account and region, as far as they are told.
    pub place: String,
}

/// How bad a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Somebody has to look.
    Bad,
    /// It is over.
    Good,
    /// Nobody knows, or it is no alarm.
    Unclear,
}

/// The notices of an event that SNS gave to Lambda.
pub fn notices(event: Value) -> Result<Vec<Notice>> {
    let event: Event = serde_json::from_value(event).context("read the event of SNS")?;
    Ok(event.records.into_iter().map(|record| notice(record.sns)).collect())
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    #[serde(rename = "Sns")]
    sns: Published,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Published {
    subject: Option<String>,
    message: String,
}

/// What `CloudWatch` writes of an alarm that changed.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AlarmChange {
    alarm_name: String,
    alarm_description: Option<String>,
    new_state_value: String,
    new_state_reason: String,
    #[serde(rename = "AWSAccountId")]
    account: Option<String>,
    region: Option<String>,
}

/// What `EventBridge` writes of anything.
#[derive(Deserialize)]
struct BusEvent {
    #[serde(rename = "detail-type")]
    kind: String,
    account: Option<String>,
    region: Option<String>,
    detail: Value,
}

fn notice(published: Published) -> Notice {
    if let Ok(change) = serde_json::from_str::<AlarmChange>(&published.message) {
        return of_alarm(change);
    }
    if let Ok(event) = serde_json::from_str::<BusEvent>(&published.message) {
        return of_bus(&event);
    }
    Notice {
        title: published.subject.unwrap_or_else(|| "Notification".to_owned()),
        text: published.message,
        mood: Mood::Unclear,
        place: String::new(),
    }
}

fn of_alarm(change: AlarmChange) -> Notice {
    let (word, mood) = match change.new_state_value.as_str() {
        "ALARM" => ("ALARM", Mood::Bad),
        "OK" => ("OK", Mood::Good),
        _ => ("NO DATA", Mood::Unclear),
    };
    let description = change.alarm_description.filter(|text| !text.is_empty());
    let text = [description, Some(change.new_state_reason)].into_iter().flatten().collect::<Vec<_>>();
    Notice {
        title: format!("{word}: {}", change.alarm_name),
        text: text.join("\n"),
        mood,
        place: place(change.account, change.region),
    }
}

fn of_bus(event: &BusEvent) -> Notice {
    let detail = |name: &str| event.detail[name].as_str().map(str::to_owned);
    let title = detail("title").or_else(|| detail("eventName")).or_else(|| detail("stopCode"));
    let text = ["description", "reason", "stoppedReason"].iter().find_map(|name| detail(name));
    Notice {
        title: title.map_or_else(|| event.kind.clone(), |title| format!("{}: {title}", event.kind)),
        text: text.unwrap_or_default(),
        mood: Mood::Bad,
        place: place(event.account.clone(), event.region.clone()),
    }
}

fn place(account: Option<String>, region: Option<String>) -> String {
    [account, region].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn only(subject: Option<&str>, message: &str) -> Notice {
        let event =
            json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Subject": subject, "Message": message}}]});
        notices(event).unwrap().remove(0)
    }

    #[test]
    fn an_alarm_says_what_and_why() {
        let message = json!({
            "AlarmName": "shop-staging-errors", "AlarmDescription": "More than 5 % of answers are 5xx.",
            "AWSAccountId": "123456789012", "NewStateValue": "ALARM", "OldStateValue": "OK",
            "NewStateReason": "Threshold Crossed: 7.5 > 5", "Region": "US East (N. Virginia)",
        });
        let notice = only(Some("ALARM: \"shop-staging-errors\" in US East"), &message.to_string());
        assert_eq!(notice.title, "ALARM: shop-staging-errors");
        assert_eq!(notice.text, "More than 5 % of answers are 5xx.\nThreshold Crossed: 7.5 > 5");
        assert_eq!((notice.mood, notice.place.as_str()), (Mood::Bad, "123456789012, US East (N. Virginia)"));
        let mut over = message;
        over["NewStateValue"] = "OK".into();
        assert_eq!(only(None, &over.to_string()).mood, Mood::Good);
        over["NewStateValue"] = "INSUFFICIENT_DATA".into();
        assert_eq!(only(None, &over.to_string()).title, "NO DATA: shop-staging-errors");
    }

    #[test]
    fn a_stopped_task_says_its_reason() {
        let message = json!({
            "detail-type": "ECS Task State Change", "account": "123456789012", "region": "eu-central-1",
            "detail": {"stopCode": "EssentialContainerExited", "stoppedReason": "OutOfMemoryError"},
        });
        let notice = only(None, &message.to_string());
        assert_eq!(notice.title, "ECS Task State Change: EssentialContainerExited");
        assert_eq!((notice.text.as_str(), notice.mood), ("OutOfMemoryError", Mood::Bad));
    }

    #[test]
    fn anything_else_passes_as_it_is() {
        let notice = only(Some("AWS Budgets"), "You spent {{ a lot");
        assert_eq!((notice.title.as_str(), notice.text.as_str()), ("AWS Budgets", "You spent {{ a lot"));
        assert_eq!(notice.mood, Mood::Unclear);
        assert!(notices(json!({"records": []})).is_err());
    }
}
