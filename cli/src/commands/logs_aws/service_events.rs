//! What the service does while its log is followed: new tasks, deployments, what fails.

use std::collections::BTreeSet;

use crate::aws::ecs::{self, ServiceName};
use crate::deployed::Deployed;

/// Looks at the log for each look at the service.
const LOOKS_PER_EVENT: u32 = 5;

/// What the service does meanwhile, told between the lines.
pub struct ServiceEvents<'a> {
    client: aws_sdk_ecs::Client,
    deployed: &'a Deployed,
    told: BTreeSet<String>,
    looks: u32,
}

impl<'a> ServiceEvents<'a> {
    /// What happened before is told already.
    pub async fn new(deployed: &'a Deployed) -> Self {
        let mut events =
            Self { client: ecs::client(&deployed.sdk), deployed, told: BTreeSet::new(), looks: 0 };
        events.news().await;
        events
    }

    /// New events in words. The log is what matters: trouble here is told by nobody.
    pub async fn news(&mut self) -> Vec<String> {
        self.looks += 1;
        if !(self.looks - 1).is_multiple_of(LOOKS_PER_EVENT) {
            return Vec::new();
        }
        let outputs = &self.deployed.outputs;
        let name = ServiceName { cluster: &outputs.ecs_cluster_name, service: &outputs.ecs_service_name };
        let found = ecs::progress(&self.client, name, &outputs.task_definition_arn).await;
        let events = found.map(|(_, events)| events).unwrap_or_default();
        events
            .into_iter()
            .rev()
            .filter(|(id, _)| self.told.insert(id.clone()))
            .map(|(_, text)| text)
            .collect()
    }
}
