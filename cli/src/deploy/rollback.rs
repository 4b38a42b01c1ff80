//! Back to an earlier deployment: its image and its configuration, through Terraform, so that state and reality agree.

use std::time::Duration;

use serde_json::{Map, Value};

use super::plan_files::PlanFiles;
use super::platform::Platform;
use super::record::Record;
use super::rollout;
use super::smoke::{self, Gateway};
use crate::aws::bootstrap::Bootstrap;
use crate::aws::ecs::{self, ServiceName};
use crate::failure::{Failure, Kind};
use crate::process::indented;
use crate::terraform::args::Purpose;
use crate::terraform::outputs::StackOutputs;
use crate::terraform::plan::addresses;
use crate::terraform::run::Planned;

/// What a deployment brought up: enough to do it again.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployable {
    /// Image by digest.
    pub image: String,
    /// Variables of Terraform.
    pub variables: Map<String, Value>,
}

/// The deployment to go back to: that of `number`, else the last good one that is not the one at work. `records` are
/// the newest first.
pub fn choose(records: &[Record], number: Option<u32>) -> Result<&Record, Failure> {
    if let Some(number) = number {
        let record = records.iter().find(|record| record.number == number);
        let record = record.ok_or_else(|| {
            Failure::usage(format!("there is no deployment {number}")).hint("`eap history` lists them")
        })?;
        return if deployable(record).is_some() && record.succeeded() {
            Ok(record)
        } else {
            Err(Failure::usage(format!("deployment {number} brought nothing up that could be brought back"))
                .hint("`eap history` lists those that succeeded"))
        };
    }
    let mut good = good_ones(records);
    // The newest good one is at work, unless something failed after it that had begun to change things.
    if records.iter().find(|record| record.applied).is_some_and(Record::succeeded) {
        good.next();
    }
    good.next().ok_or_else(|| Failure::failed("there is no earlier deployment to go back to"))
}

/// Image and configuration of a deployment, as far as its record has them.
pub fn deployable(record: &Record) -> Option<Deployable> {
    Some(Deployable { image: record.image.clone()?, variables: record.variables.clone()? })
}

/// The last deployment that served, of records that are the newest first.
pub fn serving(records: &[Record]) -> Option<&Record> {
    good_ones(records).next()
}

/// A version that does not serve.
#[derive(Debug)]
pub struct Failed<'a> {
    /// The version.
    pub version: &'a Deployable,
    /// Where it was to serve.
    pub outputs: &'a StackOutputs,
    /// Why it does not.
    pub failure: Failure,
}

/// Brings the last good deployment back. Answers the failure, with what became of it.
pub async fn after_failure(
    platform: &Platform<'_>,
    bootstrap: &Bootstrap,
    records: &[Record],
    failed: Failed<'_>,
    timeout: Duration,
) -> Failure {
    let Failed { version, outputs, failure } = failed;
    let Some(record) = serving(records) else {
        return nothing_before(platform, outputs, failure).await;
    };
    let Some(good) = deployable(record).filter(|good| good != version) else {
        return the_same_again(platform, record.number, failure);
    };
    let digest = good.image.rsplit(':').next().and_then(|digest| digest.get(..12)).unwrap_or_default();
    platform.context.output.warning(&failure.to_string());
    platform.context.output.say(&format!("Rolling back to deployment {} (image {digest})", record.number));
    match bring_back(platform, bootstrap, &good, timeout).await {
        Ok(()) => failure
            .becoming(Kind::RolledBack)
            .hint(format!("deployment {} serves again; deploy a good version", record.number)),
        Err(second) => {
            let mut evidence =
                vec![format!("and deployment {} could not be brought back: {second}", record.number)];
            evidence.extend(second.details().iter().flat_map(|detail| detail.lines()).map(ToOwned::to_owned));
            failure.becoming(Kind::Unhealthy).detail(indented(&evidence)).hint(
                "look at the service with `eap monitor`; `eap rollback --to N` tries any earlier deployment",
            )
        }
    }
}

/// What served before serves no more, and the version is not to blame: something below it is.
fn the_same_again(platform: &Platform<'_>, number: u32, failure: Failure) -> Failure {
    let name = platform.config.environment.name();
    let failure = match failure.kind() {
        Kind::TimedOut => failure,
        _ => failure.becoming(Kind::Unhealthy),
    };
    failure
        .hint(format!("this is the version of deployment {number}, which served: nothing was rolled back"))
        .hint(format!(
            "`eap monitor --env {name}` looks for the cause below it; `eap rollback --env {name} --to N` brings an \
             earlier one"
        ))
}

/// Answers the failure of a version that is left as it is. ECS takes it back by itself, but a first one.
pub fn left(records: &[Record], failure: Failure) -> Failure {
    match failure.kind() {
        Kind::RolledBack if serving(records).is_none() => failure.becoming(Kind::Unhealthy),
        _ => failure,
    }
}

/// Applies `good`, and waits until it serves.
async fn bring_back(
    platform: &Platform<'_>,
    bootstrap: &Bootstrap,
    good: &Deployable,
    timeout: Duration,
) -> Result<(), Failure> {
    let files = PlanFiles::new(platform, &good.variables)?;
    let (plan, planned) = files.plan(platform, &good.image, Purpose::Deploy).await?;
    let lost = addresses(plan.losses());
    if !lost.is_empty() {
        return Err(Failure::failed("it would destroy what cannot be made again").detail(indented(&lost)));
    }
    if planned == Planned::Changes {
        files.apply(platform).await?;
    }
    let outputs = platform.outputs(bootstrap).await?;
    let outputs = outputs.ok_or_else(|| Failure::failed("Terraform has no outputs"))?;
    rollout::watch(platform, &outputs, timeout).await?;
    smoke::test(platform, &outputs, Gateway::Known).await.map(drop)
}

/// The first deployment failed: no task is to crash on and on until somebody comes.
async fn nothing_before(platform: &Platform<'_>, outputs: &StackOutputs, failure: Failure) -> Failure {
    let name = ServiceName { cluster: &outputs.ecs_cluster_name, service: &outputs.ecs_service_name };
    let stopped = ecs::set_desired_count(&ecs::client(&platform.sdk), name, 0).await;
    let failure = failure.becoming(Kind::Unhealthy);
    match stopped {
        Ok(()) => failure
            .hint("there is no earlier version: the service is scaled to 0 tasks until the next deploy"),
        Err(second) => {
            failure.detail(indented(&[format!("and it could not be scaled to 0 tasks: {second}")]))
        }
    }
}

/// Deployments that served, the newest first, since the environment was last taken down.
fn good_ones(records: &[Record]) -> impl Iterator<Item = &Record> {
    let alive = records.iter().take_while(|record| !(record.command == "destroy" && record.succeeded()));
    alive.filter(|record| record.succeeded() && deployable(record).is_some())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn record(number: u32, command: &str, result: &str) -> Record {
        Record {
            schema_version: 1,
            number,
            environment: "staging".to_owned(),
            command: command.to_owned(),
            began_at: Timestamp::UNIX_EPOCH,
            seconds: 1,
            by: "arn:aws:iam::123456789012:user/ann".to_owned(),
            commit: None,
            image: (command != "destroy").then(|| format!("r@sha256:{number}")),
            variables: Some(Map::new()),
            plan_sha256: None,
            changes: 1,
            applied: true,
            result: result.to_owned(),
            error: None,
        }
    }

    fn chosen(records: &[Record]) -> Option<u32> {
        choose(records, None).ok().map(|record| record.number)
    }

    #[test]
    fn the_version_before_is_the_last_good_one_that_is_not_at_work() {
        let (one, two) = (record(1, "deploy", "succeeded"), record(2, "deploy", "succeeded"));
        assert_eq!(chosen(&[two.clone(), one.clone()]), Some(1));
        // What failed left the one before it at work, or nothing.
        assert_eq!(chosen(&[record(3, "deploy", "failed"), two.clone(), one.clone()]), Some(2));
        assert_eq!(chosen(std::slice::from_ref(&one)), None);
        // What ended before it changed anything is no reason to stay where one is.
        let refused = Record { applied: false, ..record(3, "deploy", "failed") };
        assert_eq!(chosen(&[refused, two.clone(), one.clone()]), Some(1));
        // What was before a destroy has nothing to do with what is there now.
        assert_eq!(chosen(&[record(3, "deploy", "succeeded"), record(2, "destroy", "succeeded"), one]), None);
    }

    #[test]
    fn a_number_must_be_of_a_deployment_that_served() {
        let records = [
            record(3, "destroy", "succeeded"),
            record(2, "deploy", "failed"),
            record(1, "deploy", "succeeded"),
        ];
        assert_eq!(choose(&records, Some(1)).unwrap().number, 1);
        for number in [2, 3, 4] {
            assert_eq!(choose(&records, Some(number)).unwrap_err().kind(), Kind::Usage, "{number}");
        }
    }
}
