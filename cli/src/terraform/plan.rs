//! What a plan would do, from `terraform show -json`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::task_definition::{self, Difference};
use crate::failure::{Doing, Failure};

/// What happens to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It is made.
    Create,
    /// It is changed where it is.
    Update,
    /// It is destroyed and made anew.
    Replace,
    /// It is destroyed.
    Destroy,
}

/// A resource that a plan would touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its address.
    pub address: String,
    /// Its type, such as `aws_vpc`.
    pub kind: String,
    /// What happens to it.
    pub action: Action,
    /// Whether it is replaced because its making never ended well.
    pub unfinished: bool,
    /// Its attributes as they are; null where it is made.
    pub before: Value,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What it would touch, as Terraform lists it.
    pub changes: Vec<Change>,
    /// The image that the state runs, when there is one.
    pub image_before: Option<String>,
    /// The image that it was planned for.
    pub image_wanted: Option<String>,
    /// Variables that it was planned with, defaults too; secrets are in no plan.
    pub variables: Map<String, Value>,
    /// What it changes of a task definition that is there.
    pub task_definition: Vec<Difference>,
    /// Resources that are there.
    pub before: Vec<Resource>,
    /// Resources that would be there.
    pub after: Vec<Resource>,
}

/// A resource, with what is known of it before it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its type.
    pub kind: String,
    /// Its attributes.
    pub values: Value,
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    variables: BTreeMap<String, Variable>,
    #[serde(default)]
    prior_state: PriorState,
    #[serde(default)]
    planned_values: Values,
    #[serde(default)]
    resource_changes: Vec<ResourceChange>,
}

#[derive(Default, Deserialize)]
struct PriorState {
    #[serde(default)]
    values: Values,
}

#[derive(Default, Deserialize)]
struct Values {
    #[serde(default)]
    root_module: Module,
}

#[derive(Default, Deserialize)]
struct Module {
    #[serde(default)]
    resources: Vec<Listed>,
    #[serde(default)]
    child_modules: Vec<Module>,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(rename = "type")]
    kind: String,
    mode: String,
    #[serde(default)]
    values: Value,
}

#[derive(Deserialize)]
struct Variable {
    #[serde(default)]
    value: Value,
}

#[derive(Deserialize)]
struct ResourceChange {
    address: String,
    #[serde(rename = "type")]
    kind: String,
    mode: String,
    action_reason: Option<String>,
    change: Detail,
}

#[derive(Deserialize)]
struct Detail {
    actions: Vec<String>,
    #[serde(default)]
    before: Value,
    #[serde(default)]
    after: Value,
}

/// Types that hold what cannot be made again.
const PRECIOUS: [&str; 4] = ["aws_db_instance", "aws_rds_cluster", "aws_s3_bucket", "aws_kms_key"];

/// Where the resources of `changes` are.
pub fn addresses<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Vec<&'a str> {
    changes.into_iter().map(|change| change.address.as_str()).collect()
}

impl Plan {
    /// Reads what `terraform show -json` prints.
    pub fn parse(text: &[u8]) -> Result<Self, Failure> {
        let document: Document = serde_json::from_slice(text).doing(|| "read the plan".to_owned())?;
        let variables: Map<String, Value> =
            document.variables.into_iter().map(|(name, set)| (name, set.value)).collect();
        let image_wanted = variables.get("container_image").and_then(Value::as_str).map(ToOwned::to_owned);
        let (mut image_before, mut task_definition): (_, Vec<Difference>) = (None, Vec::new());
        let mut changes = Vec::new();
        for change in document.resource_changes.into_iter().filter(|change| change.mode == "managed") {
            if change.kind == "aws_ecs_task_definition" {
                image_before = image_before.or_else(|| image_of(&change.change.before));
                if action_of(&change.change.actions) == Some(Action::Replace) {
                    let differences =
                        task_definition::differences(&change.change.before, &change.change.after);
                    // The API and its tasks for once share settings, and their image has a line of its own.
                    for difference in differences {
                        let new_image =
                            difference.what.ends_with(" image") && difference.after == image_wanted;
                        if !new_image && !task_definition.contains(&difference) {
                            task_definition.push(difference);
                        }
                    }
                }
            }
            if let Some(action) = action_of(&change.change.actions) {
                let unfinished = change.action_reason.as_deref() == Some("replace_because_tainted");
                let ResourceChange { address, kind, change: Detail { before, .. }, .. } = change;
                changes.push(Change { address, kind, action, unfinished, before });
            }
        }
        let before = document.prior_state.values.root_module.into_resources();
        let after = document.planned_values.root_module.into_resources();
        Ok(Self { changes, image_before, image_wanted, variables, task_definition, before, after })
    }

    /// How many changes of this kind.
    pub fn count(&self, action: Action) -> usize {
        self.changes.iter().filter(|change| change.action == action).count()
    }

    /// What would be lost for good.
    pub fn losses(&self) -> Vec<&Change> {
        let lost = |change: &&Change| matches!(change.action, Action::Replace | Action::Destroy);
        self.changes.iter().filter(lost).filter(|change| PRECIOUS.contains(&change.kind.as_str())).collect()
    }

    /// Changes by module; what is in none is under `root`.
    pub fn by_module(&self) -> BTreeMap<&str, BTreeMap<Action, usize>> {
        let mut modules: BTreeMap<&str, BTreeMap<Action, usize>> = BTreeMap::new();
        for change in &self.changes {
            *modules.entry(change.module()).or_default().entry(change.action).or_default() += 1;
        }
        modules
    }
}

impl Module {
    fn into_resources(self) -> Vec<Resource> {
        let own = self.resources.into_iter().filter(|listed| listed.mode == "managed");
        let own = own.map(|listed| Resource { kind: listed.kind, values: listed.values });
        own.chain(self.child_modules.into_iter().flat_map(Self::into_resources)).collect()
    }
}

impl Change {
    fn module(&self) -> &str {
        let inner = self.address.strip_prefix("module.").map(|rest| rest.split(['.', '[']).next());
        inner.flatten().unwrap_or("root")
    }
}

fn action_of(actions: &[String]) -> Option<Action> {
    let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
    match actions.as_slice() {
        ["create"] => Some(Action::Create),
        ["update"] => Some(Action::Update),
        ["delete"] => Some(Action::Destroy),
        ["delete", "create"] | ["create", "delete"] => Some(Action::Replace),
        _ => None,
    }
}

/// The image of the container `api`.
fn image_of(task_definition: &Value) -> Option<String> {
    let containers: Value = serde_json::from_str(task_definition["container_definitions"].as_str()?).ok()?;
    let api = containers.as_array()?.iter().find(|container| container["name"] == "api")?;
    api["image"].as_str().map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn changes_are_counted_by_module_and_losses_are_named() {
        let change = |address: &str, kind: &str, actions: &[&str]| json!({"address": address, "type": kind, "mode": "managed", "change": {"actions": actions, "before": null}});
        let containers = json!([{"name": "migrate", "image": "m"}, {"name": "api", "image": "r@sha256:1"}]);
        let mut task = change(
            "module.service.aws_ecs_task_definition.this",
            "aws_ecs_task_definition",
            &["delete", "create"],
        );
        task["change"]["before"] = json!({"container_definitions": containers.to_string()});
        let plan = json!({"resource_changes": [
            task,
            change("module.database.aws_db_instance.this[0]", "aws_db_instance", &["delete", "create"]),
            change("module.gateway[0].aws_apigatewayv2_api.this", "aws_apigatewayv2_api", &["create"]),
            change("aws_kms_key.data", "aws_kms_key", &["no-op"]),
            {"address": "data.aws_partition.current", "type": "aws_partition", "mode": "data", "change": {"actions": ["read"]}},
        ]});
        let plan = Plan::parse(plan.to_string().as_bytes()).unwrap();
        assert_eq!(plan.image_before.as_deref(), Some("r@sha256:1"));
        assert_eq!((plan.count(Action::Replace), plan.count(Action::Create), plan.changes.len()), (2, 1, 3));
        let losses: Vec<&str> = plan.losses().iter().map(|change| change.address.as_str()).collect();
        assert_eq!(losses, ["module.database.aws_db_instance.this[0]"]);
        assert_eq!(plan.by_module().keys().copied().collect::<Vec<_>>(), ["database", "gateway", "service"]);
    }

    #[test]
    fn differences_of_all_task_definitions_are_told_once_and_the_new_image_not_among_them() {
        let task = |name: &str, cpu: &str, image: &str, level: &str| {
            let environment = json!([{"name": "LOG_LEVEL", "value": level}]);
            let containers = json!([{"name": name, "image": image, "environment": environment}]);
            json!({"cpu": cpu, "memory": "512", "container_definitions": containers.to_string()})
        };
        let change = |name: &str| {
            json!({"address": format!("aws_ecs_task_definition.{name}"), "type": "aws_ecs_task_definition", "mode": "managed",
                "change": {"actions": ["delete", "create"], "before": task(name, "256", "r@sha256:1", "info"),
                    "after": task(name, "512", "r@sha256:2", "debug")}})
        };
        let plan = json!({"variables": {"container_image": {"value": "r@sha256:2"}},
            "resource_changes": [change("api"), change("once")]});
        let plan = Plan::parse(plan.to_string().as_bytes()).unwrap();
        let told: Vec<&str> = plan.task_definition.iter().map(|it| it.what.as_str()).collect();
        assert_eq!(told, ["api environment LOG_LEVEL", "cpu", "once environment LOG_LEVEL"]);
    }
}
