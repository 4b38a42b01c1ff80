//! What Terraform knows of an environment: the only source of the names of its resources.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::failure::{Doing, Failure};

/// Outputs of a deployed environment that `eap` works with; there are more, for people.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StackOutputs {
    /// Where the API answers.
    pub api_url: String,
    /// The gateway's own address; none without a gateway, and in the state of an older version.
    pub api_gateway_url: Option<String>,
    /// ECS cluster.
    pub ecs_cluster_name: String,
    /// ECS service.
    pub ecs_service_name: String,
    /// Revision that the configuration asks for.
    pub task_definition_arn: String,
    /// Revision that runs one command beside the service; none in the state of an older version.
    pub one_off_task_definition_arn: Option<String>,
    /// Target group of the service.
    pub target_group_arn: String,
    /// The load balancer as metrics name it; none in the state of an older version.
    pub load_balancer_arn_suffix: Option<String>,
    /// The target group as metrics name it; none in the state of an older version.
    pub target_group_arn_suffix: Option<String>,
    /// Log groups by what they hold.
    pub log_groups: BTreeMap<String, String>,
    /// Secret that holds the first API key.
    pub api_key_secret_arn: String,
    /// Secret for the URL of the Slack webhook; none without functions.
    pub slack_webhook_secret_arn: Option<String>,
    /// RDS instance or Aurora cluster.
    pub database_identifier: String,
    /// Every alarm.
    #[serde(default)]
    pub alarm_names: Vec<String>,
    /// Functions by what they do; none without functions.
    #[serde(default)]
    pub lambda_function_names: BTreeMap<String, String>,
    /// Budget of the environment; none without observability.
    pub budget_name: Option<String>,
    /// Rules of AWS Config; none where another environment owns them, and in the state of an older version.
    #[serde(default)]
    pub config_rule_names: Vec<String>,
    /// Bucket of the load balancer's access logs.
    pub access_log_bucket: String,
}

impl StackOutputs {
    /// Reads the outputs in a state as Terraform keeps it; nothing when there are none, so nothing is deployed.
    pub fn of_state(text: &[u8]) -> Result<Option<Self>, Failure> {
        let state: State = serde_json::from_slice(text).doing(|| "read Terraform's state".to_owned())?;
        Self::of(state.outputs)
    }

    fn of(outputs: BTreeMap<String, Output>) -> Result<Option<Self>, Failure> {
        if !outputs.contains_key("ecs_service_name") {
            return Ok(None);
        }
        let values: Map<String, Value> =
            outputs.into_iter().map(|(name, output)| (name, output.value)).collect();
        let outputs = serde_json::from_value(values.into()).doing(|| "read Terraform's outputs".to_owned());
        outputs
            .map(Some)
            .map_err(|failure| failure.hint("the state is of another version of eap: deploy again"))
    }
}

#[derive(Deserialize)]
struct State {
    outputs: BTreeMap<String, Output>,
}

#[derive(Deserialize)]
struct Output {
    value: Value,
}
