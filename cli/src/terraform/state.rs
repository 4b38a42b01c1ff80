//! What Terraform's state says is there, as Terraform keeps it in its bucket.

use serde::Deserialize;
use serde_json::Value;

use super::plan::Resource;
use crate::failure::{Doing, Failure};

#[derive(Deserialize)]
struct State {
    #[serde(default)]
    resources: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    instances: Vec<Instance>,
}

#[derive(Deserialize)]
struct Instance {
    #[serde(default)]
    attributes: Value,
}

/// Everything that Terraform made; what it only read is left out.
pub fn resources(text: &[u8]) -> Result<Vec<Resource>, Failure> {
    let state: State = serde_json::from_slice(text).doing(|| "read Terraform's state".to_owned())?;
    let managed = state.resources.into_iter().filter(|listed| listed.mode == "managed");
    let each = managed.flat_map(|Listed { kind, instances, .. }| {
        instances
            .into_iter()
            .map(move |instance| Resource { kind: kind.clone(), values: instance.attributes })
    });
    Ok(each.collect())
}
