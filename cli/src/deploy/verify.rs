//! A version that was brought up: whether it serves, and what becomes of one that does not.

use serde_json::Value;

use super::attempt::Attempt;
use super::journal::Step;
use super::platform::Platform;
use super::record;
use super::request::{OnFailure, Request};
use super::rollback::{self, Deployable, Failed};
use super::rollout::{self, Begun};
use super::smoke::{self, Gateway};
use super::version;
use crate::aws::bootstrap::Bootstrap;
use crate::failure::Failure;
use crate::local::smoke_test::Passed;
use crate::process::indented;
use crate::terraform::outputs::StackOutputs;

/// A version that was brought up.
#[derive(Debug, Clone, Copy)]
pub struct NewVersion<'a> {
    /// Where.
    pub platform: &'a Platform<'a>,
    /// The stack below.
    pub bootstrap: &'a Bootstrap,
    /// How long it may take, and what becomes of it otherwise.
    pub request: &'a Request,
    /// Its image and configuration.
    pub deployable: &'a Deployable,
    /// What it is called through.
    pub gateway: Gateway,
}

impl NewVersion<'_> {
    /// Waits until the tasks run, and calls the API.
    pub async fn verify(
        &self,
        outputs: &StackOutputs,
        begun: Begun,
        attempt: &mut Attempt,
    ) -> Result<Vec<Passed>, Failure> {
        let platform = self.platform;
        attempt.enter(Step::Rollout)?;
        let tasks = self.deployable.variables.get("ecs_desired_count").and_then(Value::as_i64);
        if tasks == Some(0) {
            platform.context.output.say("The configuration wants no tasks, so nothing can be called");
            return Ok(Vec::new());
        }
        rollout::wake(platform, outputs, tasks, begun).await?;
        rollout::watch(platform, outputs, self.request.timeout).await?;
        attempt.enter(Step::SmokeTest)?;
        smoke::test(platform, outputs, self.gateway).await
    }

    /// The version does not serve: the one before is brought back, unless it is to stay. Answers the failure, with what
    /// became of it.
    pub async fn taken_back(&self, outputs: &StackOutputs, failure: Failure) -> Failure {
        let records = match record::latest(self.platform, self.bootstrap, version::RECORDS).await {
            Ok(records) => records,
            Err(unread) => {
                let why = format!("and what could be brought back is not known: {unread}");
                return failure.detail(indented(&[why]));
            }
        };
        if self.request.on_failure == OnFailure::Stay {
            return rollback::left(&records, failure);
        }
        let failed = Failed { version: self.deployable, outputs, failure };
        rollback::after_failure(self.platform, self.bootstrap, &records, failed, self.request.timeout).await
    }

    /// Terraform gave up, but had come as far as the service: the version is at work all the same, and is not left
    /// unwatched. Answers the failure, with what became of the version.
    pub async fn after_half_a_plan(&self, failure: Failure, attempt: &mut Attempt) -> Failure {
        // Without its state Terraform knows nothing of what it did, and nothing more is to be done to it.
        if self.platform.terraform.save_what_was_not_saved().await.is_err() {
            return failure;
        }
        let Ok(Some(outputs)) = self.platform.outputs(self.bootstrap).await else { return failure };
        let output = self.platform.context.output;
        output.warning(&failure.to_string());
        output.say("The new version is at work all the same, and is watched before the rest is told");
        match self.verify(&outputs, Begun::Now, attempt).await {
            Ok(_) => failure.hint("the new version serves; only what is named above is missing"),
            Err(second) => {
                let evidence: Vec<&str> = failure.details().iter().flat_map(|text| text.lines()).collect();
                let second = second.detail(format!("before that, {failure}\n{}", evidence.join("\n")));
                let second = failure.hints().iter().cloned().fold(second, Failure::hint);
                self.taken_back(&outputs, second).await
            }
        }
    }
}
