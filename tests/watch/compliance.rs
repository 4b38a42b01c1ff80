//! What rules of AWS Config say, as `eap monitor` tells it.

use serde_json::{Value, json};

use crate::aws::{Answer, Call, StandIn, state};
use crate::environment::Transcript;

const STATE: &str = "GET /states/staging/terraform.tfstate?x-id=GetObject";

/// The rules of `staging`: more than fit one call.
fn names() -> Vec<String> {
    (1..=26).map(|number| format!("ecommerce-analytics-staging-rule-{number:02}")).collect()
}

fn with_rules() -> Answer {
    let mut state = state();
    state["outputs"]["config_rule_names"] = json!({"value": names(), "type": ["list", "string"]});
    (200, state.to_string())
}

fn rule(name: &str) -> Value {
    let compliance = match name.get(name.len() - 2..) {
        Some("03") => {
            json!({"ComplianceType": "NON_COMPLIANT", "ComplianceContributorCount": {"CappedCount": 4, "CapExceeded": false}})
        }
        Some("26") => json!({"ComplianceType": "INSUFFICIENT_DATA"}),
        _ => json!({"ComplianceType": "COMPLIANT"}),
    };
    json!({"ConfigRuleName": name, "Compliance": compliance})
}

/// Rules by name, twenty on a page; an unknown name spoils its call.
fn rules(call: &Call, there: &[String]) -> Answer {
    let asked: Vec<String> = match call.body["ConfigRuleNames"].as_array() {
        Some(names) => names.iter().map(|name| name.as_str().unwrap().to_owned()).collect(),
        // Those of somebody else come too.
        None => std::iter::once("another-03".to_owned()).chain(there.iter().cloned()).collect(),
    };
    assert!(call.body["ConfigRuleNames"].is_null() || asked.len() <= 25, "AWS takes 25 names");
    if asked.iter().any(|name| name != "another-03" && !there.contains(name)) {
        return (400, json!({"__type": "NoSuchConfigRuleException", "message": "no such rule"}).to_string());
    }
    let from = call.body["NextToken"].as_str().map_or(0, |token| token.parse::<usize>().unwrap());
    let page: Vec<Value> = asked.iter().skip(from).take(20).map(|name| rule(name)).collect();
    let next = (asked.len() > from + 20).then(|| (from + 20).to_string());
    (200, json!({"ComplianceByConfigRules": page, "NextToken": next}).to_string())
}

/// One look at an account with these rules; whether its recorder records, none where it has none.
fn look(there: Vec<String>, recording: Option<bool>) -> (Transcript, StandIn) {
    let account = StandIn::start(move |call| match call.action.as_str() {
        STATE => Some(with_rules()),
        "DescribeConfigurationRecorderStatus" => {
            let recorders: Vec<Value> =
                recording.iter().map(|it| json!({"name": "default", "recording": it})).collect();
            Some((200, json!({"ConfigurationRecordersStatus": recorders}).to_string()))
        }
        "DescribeComplianceByConfigRule" => Some(rules(call, &there)),
        _ => None,
    });
    let seen = account.machine().run(&["monitor", "--env", "staging", "--exit-code", "--output", "json"]);
    (seen, account)
}

fn compliance(seen: &Transcript) -> Value {
    let report = seen.json();
    let found = report["checks"].as_array().unwrap().iter().find(|check| check["name"] == "compliance");
    found.unwrap_or_else(|| panic!("{seen}")).clone()
}

#[test]
fn a_broken_rule_degrades_and_is_the_cause() {
    let (seen, account) = look(names(), Some(true));
    assert_eq!(seen.code, 3, "{seen}");
    let words = "1 of 26 rules are broken: ecommerce-analytics-staging-rule-03 (4); not judged yet: 1";
    assert_eq!(seen.json()["cause"], format!("compliance: {words}"));
    let check = compliance(&seen);
    assert_eq!(check["concerns"], json!(["ecommerce-analytics-staging-rule-03"]));
    assert_eq!((&check["value"], &check["unit"]), (&json!(1.0), &json!("rules")));
    // Two pages of the first 25 names, and one of the last.
    assert_eq!(account.calls("DescribeComplianceByConfigRule").len(), 3);
}

#[test]
fn a_deleted_rule_is_named_and_the_others_are_still_judged() {
    let there: Vec<String> = names().into_iter().filter(|name| !name.ends_with("-07")).collect();
    let (seen, _account) = look(there, Some(true));
    assert_eq!(seen.code, 3, "{seen}");
    let words = "1 of 26 rules are broken: ecommerce-analytics-staging-rule-03 (4); deleted: \
                 ecommerce-analytics-staging-rule-07; not judged yet: 1";
    assert_eq!(compliance(&seen)["detail"], words);
}

#[test]
fn without_a_recorder_or_rules_nothing_is_set_up_and_nobody_is_ill() {
    for (there, recording, words) in [
        (names(), Some(false), "not set up: the account's recorder is off, so that rules judge what was"),
        (names(), None, "not set up: the account's recorder is off, so that rules judge what was"),
        (Vec::new(), Some(true), "not set up: none of 26 rules is there"),
    ] {
        let (seen, _account) = look(there, recording);
        assert_eq!((seen.code, &seen.json()["verdict"]), (0, &json!("Healthy")), "{seen}");
        let check = compliance(&seen);
        assert_eq!((&check["state"], &check["detail"]), (&json!("Unknown"), &json!(words)));
    }
}

#[test]
fn an_environment_without_rules_asks_nothing() {
    let account = StandIn::start(|_| None);
    let seen = account.machine().run(&["monitor", "--env", "staging", "--output", "json"]);
    assert!(!seen.stdout.contains("compliance"), "{seen}");
    assert!(account.calls("DescribeConfigurationRecorderStatus").is_empty());
}
