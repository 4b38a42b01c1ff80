//! What a plan changes of a task definition, as far as people ask about it. Pure. Environment variables are shown, as no
//! secret is among them; of secrets only the names.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What differs, such as `cpu` or `api environment STORE_CURRENCY`.
    pub what: String,
    /// How it is; none where it is not there.
    pub before: Option<String>,
    /// How it would be; none where it would not be there.
    pub after: Option<String>,
}

/// What differs between two task definitions, as Terraform has them in a plan.
pub fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let (old, new) = (of_task(before), of_task(after));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let difference = |what: &String| {
        let (before, after) = (old.get(what).cloned(), new.get(what).cloned());
        (before != after).then(|| Difference { what: what.clone(), before, after })
    };
    // What is known only afterwards differs in nothing that could be shown.
    if containers(after).is_none() {
        return names
            .into_iter()
            .filter(|what| !what.contains(' '))
            .filter_map(difference)
            .chain([Difference {
                what: "containers".to_owned(),
                before: None,
                after: Some("known after apply".to_owned()),
            }])
            .collect();
    }
    names.into_iter().filter_map(difference).collect()
}

/// What people ask about, by its name; settings of a container have a space in theirs.
fn of_task(task: &Value) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    let architecture = &task["runtime_platform"][0]["cpu_architecture"];
    for (name, value) in [("cpu", &task["cpu"]), ("memory", &task["memory"]), ("processor", architecture)] {
        insert(&mut settings, name.to_owned(), value);
    }
    for container in containers(task).iter().flatten() {
        let name = container["name"].as_str().unwrap_or("?");
        for key in ["image", "command", "cpu", "memory"] {
            insert(&mut settings, format!("{name} {key}"), &container[key]);
        }
        for variable in container["environment"].as_array().into_iter().flatten() {
            let variable_name = variable["name"].as_str().unwrap_or("?");
            insert(&mut settings, format!("{name} environment {variable_name}"), &variable["value"]);
        }
        for secret in container["secrets"].as_array().into_iter().flatten() {
            let secret_name = secret["name"].as_str().unwrap_or("?");
            settings.insert(format!("{name} secret {secret_name}"), "set".to_owned());
        }
    }
    settings
}

fn containers(task: &Value) -> Option<Vec<Value>> {
    serde_json::from_str(task["container_definitions"].as_str()?).ok()
}

/// ECS fills in zeros and empty lists for what is not given.
fn insert(settings: &mut BTreeMap<String, String>, name: String, value: &Value) {
    let text = match value {
        Value::Null => return,
        Value::String(text) => text.clone(),
        Value::Array(words) => {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            words.join(" ")
        }
        other => other.to_string(),
    };
    if (value.is_string() || !text.is_empty()) && text != "0" {
        settings.insert(name, text);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn task(cpu: &str, containers: &Value) -> Value {
        json!({"cpu": cpu, "memory": "512", "container_definitions": containers.to_string()})
    }

    #[test]
    fn what_people_ask_about_is_compared_and_no_secret_is_shown() {
        let secret =
            |name: &str| json!({"name": name, "valueFrom": "arn:aws:secretsmanager:eu:1:secret:hush"});
        let before = task(
            "256",
            &json!([{"name": "api", "image": "r@sha256:1", "cpu": 0, "command": ["serve"], "secrets": [secret("OLD")],
                "environment": [{"name": "PORT", "value": "8000"}, {"name": "GONE", "value": "1"}]}]),
        );
        let after = task(
            "512",
            &json!([{"name": "api", "image": "r@sha256:2", "command": ["serve"], "secrets": [secret("NEW")],
                "environment": [{"name": "PORT", "value": "9000"}]}]),
        );
        let found = differences(&before, &after);
        let shown: Vec<(&str, Option<&str>, Option<&str>)> =
            found.iter().map(|it| (&*it.what, it.before.as_deref(), it.after.as_deref())).collect();
        assert_eq!(
            shown,
            [
                ("api environment GONE", Some("1"), None),
                ("api environment PORT", Some("8000"), Some("9000")),
                ("api image", Some("r@sha256:1"), Some("r@sha256:2")),
                ("api secret NEW", None, Some("set")),
                ("api secret OLD", Some("set"), None),
                ("cpu", Some("256"), Some("512")),
            ]
        );
        assert!(!format!("{found:?}").contains("hush"));
        assert_eq!(differences(&before, &before), []);
    }

    #[test]
    fn containers_that_are_not_known_yet_are_said_to_be() {
        let before = task("256", &json!([{"name": "api", "image": "r@sha256:1"}]));
        let found = differences(&before, &json!({"cpu": "512", "memory": "512"}));
        let names: Vec<&str> = found.iter().map(|it| &*it.what).collect();
        assert_eq!(names, ["cpu", "containers"]);
    }
}
