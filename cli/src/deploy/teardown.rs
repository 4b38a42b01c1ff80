//! Takes an environment down: everything of its own, and nothing of the bootstrap stack, which others share. It only ever
//! takes away, so that a destroy which was cut short goes on with what is left.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::journal::{Entry, Journal, Step};
use super::plan_files::PlanFiles;
use super::platform::Platform;
use super::record::{self, Record};
use super::remains::{self, Remains};
use super::{note, protection};
use crate::aws::bootstrap::Bootstrap;
use crate::failure::Failure;
use crate::terraform::args::Purpose;
use crate::terraform::causes::FULL_AGAIN;
use crate::terraform::plan::{Action, Plan};
use crate::terraform::run::Planned;

/// Any digest will do: nothing is started.
const NO_IMAGE: &str =
    "example.com/not-needed@sha256:0000000000000000000000000000000000000000000000000000000000000000";
/// As long may the Terraform of a command that was killed go on: databases and gateways take their time.
const OUTLIVED: Duration = Duration::from_mins(30);

/// What a destroy did.
#[derive(Debug)]
pub struct Destroyed {
    /// The plan that was agreed to and carried out.
    pub plan: Plan,
    /// What is left on purpose.
    pub remains: Vec<Remains>,
}

/// Destroys everything that Terraform knows of the environment. `agree` is shown the plan and what stays, and decides.
pub async fn destroy(
    mut platform: Platform<'_>,
    lock_timeout: Duration,
    agree: impl FnOnce(&Plan, &[Remains]) -> Result<(), Failure>,
) -> Result<Destroyed, Failure> {
    let journal = Journal::open(&platform.folder, Timestamp::now());
    let mut lock_timeout = lock_timeout;
    if let Some(Entry { began_at, step }) = journal.interrupted() {
        let name = step.name();
        platform.context.output.say(&format!("The command of {began_at} was interrupted ({name}); going on"));
        if matches!(step, Step::Plan | Step::Apply | Step::Destroy) {
            lock_timeout = lock_timeout.max(OUTLIVED);
        }
    }
    platform.terraform.set_lock_timeout(lock_timeout);
    let destroyed = steps(&platform, &journal, agree).await;
    journal.close();
    destroyed
}

async fn steps(
    platform: &Platform<'_>,
    journal: &Journal,
    agree: impl FnOnce(&Plan, &[Remains]) -> Result<(), Failure>,
) -> Result<Destroyed, Failure> {
    let (began, started) = (Timestamp::now(), Instant::now());
    let bootstrap = platform.bootstrap().await?;
    journal.enter(Step::Destroy)?;
    platform.init(Some(&bootstrap)).await?;
    let files = PlanFiles::new(platform, &platform.config.terraform_variables())?;
    let (plan, planned) = files.plan(platform, NO_IMAGE, Purpose::Destroy).await?;
    let remains = remains::of(platform, &bootstrap, &plan)?;
    if planned == Planned::Nothing {
        return Ok(Destroyed { plan, remains });
    }
    agree(&plan, &remains)?;
    let digest = files.digest()?;
    let done = carry_out(platform, &files, &plan).await;
    let record = Record {
        began_at: began,
        seconds: started.elapsed().as_secs(),
        plan_sha256: Some(digest),
        ..record_of(platform, &plan, done.as_ref().err())
    };
    let recorded = write_down(platform, &bootstrap, record).await;
    // Why it failed matters more than that nobody could write it down.
    done.and(recorded).map(|()| Destroyed { plan, remains })
}

/// Exactly the plan that was agreed to; what it did not get done because logs came in meanwhile, once more.
async fn carry_out(platform: &Platform<'_>, files: &PlanFiles, agreed: &Plan) -> Result<(), Failure> {
    protection::lift(platform, &protection::guards(agreed)).await?;
    let Err(failure) = files.apply(platform).await else { return Ok(()) };
    if !failure.details().iter().any(|detail| detail.contains(FULL_AGAIN)) {
        return Err(failure);
    }
    platform.context.output.say("Logs came in while their buckets were to go: emptying them once more");
    // Whatever wrote them is gone by now.
    let (rest, planned) = files.plan(platform, NO_IMAGE, Purpose::Destroy).await?;
    if planned == Planned::Nothing {
        return Ok(());
    }
    if !is_within(&rest, agreed) {
        return Err(failure);
    }
    protection::lift(platform, &protection::guards(&rest)).await?;
    files.apply(platform).await
}

/// Whether `rest` touches nothing that was not agreed to.
fn is_within(rest: &Plan, agreed: &Plan) -> bool {
    let known: BTreeSet<&str> = agreed.changes.iter().map(|change| change.address.as_str()).collect();
    rest.changes
        .iter()
        .all(|change| change.action == Action::Destroy && known.contains(change.address.as_str()))
}

fn record_of(platform: &Platform<'_>, plan: &Plan, failure: Option<&Failure>) -> Record {
    Record {
        schema_version: 1,
        number: 0,
        environment: platform.config.environment.name().to_owned(),
        command: "destroy".to_owned(),
        began_at: Timestamp::UNIX_EPOCH,
        seconds: 0,
        by: platform.identity.arn.clone(),
        commit: None,
        image: None,
        variables: None,
        plan_sha256: None,
        changes: plan.count(Action::Destroy),
        applied: true,
        result: if failure.is_none() { "succeeded" } else { "failed" }.to_owned(),
        error: failure.map(ToString::to_string),
    }
}

async fn write_down(platform: &Platform<'_>, bootstrap: &Bootstrap, record: Record) -> Result<(), Failure> {
    let record = record::write(platform, bootstrap, record).await?;
    note::tell(platform.context, &record).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terraform::plan::Change;

    fn plan(changes: &[(&str, Action)]) -> Plan {
        let change = |(address, action): &(&str, Action)| Change {
            address: (*address).to_owned(),
            kind: "aws_s3_bucket".to_owned(),
            action: *action,
            unfinished: false,
            before: serde_json::Value::Null,
        };
        Plan {
            changes: changes.iter().map(change).collect(),
            image_before: None,
            image_wanted: None,
            variables: serde_json::Map::new(),
            task_definition: Vec::new(),
            before: Vec::new(),
            after: Vec::new(),
        }
    }

    #[test]
    fn a_second_try_takes_nothing_that_was_not_agreed_to() {
        let agreed = plan(&[("a", Action::Destroy), ("b", Action::Destroy)]);
        assert!(is_within(&plan(&[("b", Action::Destroy)]), &agreed));
        assert!(!is_within(&plan(&[("c", Action::Destroy)]), &agreed));
        assert!(!is_within(&plan(&[("a", Action::Replace)]), &agreed));
    }
}
