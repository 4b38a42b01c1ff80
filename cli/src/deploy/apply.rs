//! A deploy, step by step. What is asked is in `Request`, what was done in `Deployed`.

use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;

use super::journal::{Entry, Journal, Step};
use super::plan_files::PlanFiles;
use super::platform::Platform;
use super::record::{self, Record};
use super::request::{Losses, OnFailure, Request, Version};
use super::rollout::{self, Begun};
use super::version::{self, Wanted};
use super::{architecture, note, rollback, smoke};
use crate::aws::bootstrap::Bootstrap;
use crate::aws::hexadecimal;
use crate::aws::secrets;
use crate::config::Secret;
use crate::failure::{Failure, Kind};
use crate::local::smoke_test::Passed;
use crate::terraform::args::Purpose;
use crate::terraform::outputs::StackOutputs;
use crate::terraform::plan::{Change, Plan};
use crate::terraform::run::Planned;

/// As long may the plan of a deploy that was killed go on.
const OUTLIVED_PLAN: Duration = Duration::from_mins(2);

/// What a deploy did.
#[derive(Debug)]
pub struct Deployed {
    /// What was planned; nothing to do when it is empty.
    pub plan: Plan,
    /// The image that serves.
    pub image: String,
    /// What is there now.
    pub outputs: StackOutputs,
    /// Number of its record; none when there was nothing to do.
    pub record: Option<u32>,
    /// What the smoke test called.
    pub smoke_test: Vec<Passed>,
}

/// Plans and changes nothing, not even in an empty account. The plan is kept in `file` when one is given.
pub async fn plan_only(
    platform: &Platform<'_>,
    request: &Request,
    file: Option<&Path>,
) -> Result<(Plan, String), Failure> {
    let bootstrap = platform.find_bootstrap().await?;
    if file.is_some() && bootstrap.is_none() {
        return Err(Failure::usage("a plan of an account without a bootstrap stack cannot be applied later")
            .hint("leave --plan-file away, or deploy once"));
    }
    platform.init(bootstrap.as_ref()).await?;
    let image = version::image_for_plan(platform, &request.version).await?;
    let files = PlanFiles::new(platform, &platform.config.terraform_variables())?;
    let (plan, _) = files.plan(platform, &image, Purpose::Deploy).await?;
    if let Some(file) = file {
        files.keep(file)?;
    }
    Ok((plan, image))
}

/// Deploys. `agree` is shown the plan, and decides.
pub async fn deploy(
    mut platform: Platform<'_>,
    request: &Request,
    agree: impl FnOnce(&Plan, &str) -> Result<(), Failure>,
) -> Result<Deployed, Failure> {
    let journal = Journal::open(&platform.folder, Timestamp::now());
    let mut lock_timeout = request.lock_timeout;
    if let Some(Entry { began_at, step }) = journal.interrupted() {
        let name = step.name();
        platform.context.output.say(&format!("The deploy of {began_at} was interrupted ({name}); going on"));
        // Its Terraform may have outlived it, and holds the lock until it is done.
        lock_timeout = lock_timeout.max(match step {
            Step::Plan => OUTLIVED_PLAN,
            Step::Apply => request.timeout,
            _ => Duration::ZERO,
        });
    }
    platform.terraform = platform.terraform.with_lock_timeout(lock_timeout);
    let deployed = steps(platform, request, &journal, agree).await;
    journal.close();
    deployed
}

async fn steps(
    mut platform: Platform<'_>,
    request: &Request,
    journal: &Journal,
    agree: impl FnOnce(&Plan, &str) -> Result<(), Failure>,
) -> Result<Deployed, Failure> {
    let (began, started) = (Timestamp::now(), Instant::now());
    journal.enter(Step::Bootstrap)?;
    let bootstrap = platform.ensure_bootstrap().await?;
    let wanted = version::resolve(&platform, &bootstrap, request, journal).await?;
    if !matches!(request.version, Version::Built | Version::Planned(_)) {
        architecture::check(&platform, &wanted.deployable.image).await?;
    }
    journal.enter(Step::Plan)?;
    platform.init(Some(&bootstrap)).await?;
    // Half of the outputs are those of a first deploy that was cut short. A key that is there already stays.
    if !matches!(platform.terraform.outputs().await, Ok(Some(_))) {
        platform.terraform = platform.terraform.with_api_key(new_api_key()?);
    }
    let planned = PlannedWork::plan(&platform, wanted).await?;
    if planned.work == Planned::Changes {
        planned.refuse_losses(&platform, &bootstrap, request.losses).await?;
        agree(&planned.plan, &planned.wanted.deployable.image)?;
    }
    let digest = planned.files.digest()?;
    let done = planned.carry_out(&platform, &bootstrap, request, journal).await;
    let recorded = if done.is_ok() && planned.is_recorded(&platform, &bootstrap).await? {
        None
    } else {
        let record = planned.record(&platform, request, digest, done.as_ref().err());
        let record = Record { began_at: began, seconds: started.elapsed().as_secs(), ..record };
        Some(record::write(&platform, &bootstrap, record).await)
    };
    if let Some(Ok(record)) = &recorded {
        note::tell(platform.context, record).await;
    }
    // Why it failed matters more than that nobody could write it down.
    let (outputs, smoke_test) = done?;
    let number = recorded.transpose()?.map(|record| record.number);
    let PlannedWork { plan, wanted, .. } = planned;
    Ok(Deployed { plan, image: wanted.deployable.image, outputs, record: number, smoke_test })
}

/// What is wanted, and the plan that leads there.
#[derive(Debug)]
struct PlannedWork {
    wanted: Wanted,
    files: PlanFiles,
    plan: Plan,
    work: Planned,
}

impl PlannedWork {
    async fn plan(platform: &Platform<'_>, mut wanted: Wanted) -> Result<Self, Failure> {
        let files = PlanFiles::new(platform, &wanted.deployable.variables)?;
        let (plan, work) = match &wanted.plan {
            Some(file) => {
                let (plan, work) = files.take(platform, file).await?;
                wanted.deployable.image = plan.image_wanted.clone().unwrap_or_default();
                (plan, work)
            }
            None => files.plan(platform, &wanted.deployable.image, Purpose::Deploy).await?,
        };
        Ok(Self { wanted, files, plan, work })
    }

    /// What was interrupted while it was made holds nothing yet, as long as nothing ever served here.
    async fn refuse_losses(
        &self,
        platform: &Platform<'_>,
        bootstrap: &Bootstrap,
        losses: Losses,
    ) -> Result<(), Failure> {
        let mut lost = self.plan.losses();
        if lost.is_empty() || losses == Losses::Allowed {
            return Ok(());
        }
        if rollback::serving(&record::latest(platform, bootstrap, version::RECORDS).await?).is_none() {
            lost.retain(|change| !change.unfinished);
        }
        if lost.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = lost.iter().map(|change| change.address.as_str()).collect();
        Err(Failure::usage("this plan destroys what cannot be made again")
            .detail(crate::process::indented(&names))
            .hint("nothing was changed; when it is meant, add --allow-destroy"))
    }

    /// Applies, and brings the version before back when the new one does not serve.
    async fn carry_out(
        &self,
        platform: &Platform<'_>,
        bootstrap: &Bootstrap,
        request: &Request,
        journal: &Journal,
    ) -> Result<(StackOutputs, Vec<Passed>), Failure> {
        if self.work == Planned::Changes {
            journal.enter(Step::Apply)?;
            self.files.apply(platform).await?;
        }
        let outputs = platform.terraform.outputs().await?;
        let outputs = outputs.ok_or_else(|| Failure::failed("Terraform has no outputs after a deploy"))?;
        tell_slack_where(platform, &outputs).await?;
        match self.verify(platform, &outputs, request, journal).await {
            Ok(passed) => Ok((outputs, passed)),
            Err(failure) => {
                let records = record::latest(platform, bootstrap, version::RECORDS).await?;
                if request.on_failure == OnFailure::Stay {
                    return Err(rollback::left(&records, failure));
                }
                let failed =
                    rollback::Failed { version: &self.wanted.deployable, outputs: &outputs, failure };
                Err(rollback::after_failure(platform, &records, failed, request.timeout).await)
            }
        }
    }

    /// Waits until the tasks run, and calls the API.
    async fn verify(
        &self,
        platform: &Platform<'_>,
        outputs: &StackOutputs,
        request: &Request,
        journal: &Journal,
    ) -> Result<Vec<Passed>, Failure> {
        journal.enter(Step::Rollout)?;
        let tasks = self.wanted.deployable.variables.get("ecs_desired_count").and_then(Value::as_i64);
        if tasks == Some(0) {
            platform.context.output.say("The configuration wants no tasks, so nothing can be called");
            return Ok(Vec::new());
        }
        let service = |change: &Change| change.kind == "aws_ecs_service";
        let begun = if self.plan.changes.iter().any(service) { Begun::Now } else { Begun::Before };
        rollout::wake(platform, outputs, tasks, begun).await?;
        rollout::watch(platform, outputs, request.timeout).await?;
        journal.enter(Step::SmokeTest)?;
        smoke::test(platform, outputs).await
    }

    /// Whether there was nothing to do, and the latest record says that what is wanted serves. It does not when a
    /// deploy was killed before it could write one.
    async fn is_recorded(&self, platform: &Platform<'_>, bootstrap: &Bootstrap) -> Result<bool, Failure> {
        if self.work == Planned::Changes {
            return Ok(false);
        }
        let latest = record::latest(platform, bootstrap, 1).await?;
        let wanted = |record: &Record| rollback::deployable(record).as_ref() == Some(&self.wanted.deployable);
        Ok(latest.first().is_some_and(|record| record.succeeded() && wanted(record)))
    }

    /// What is written down about it; its times are the caller's to add.
    fn record(
        &self,
        platform: &Platform<'_>,
        request: &Request,
        digest: String,
        failure: Option<&Failure>,
    ) -> Record {
        let result = match failure.map(Failure::kind) {
            None => "succeeded",
            Some(Kind::RolledBack) => "rolled back",
            Some(_) => "failed",
        };
        Record {
            schema_version: 1,
            number: 0,
            environment: platform.config.environment.name().to_owned(),
            command: if matches!(request.version, Version::Recorded(_)) { "rollback" } else { "deploy" }
                .to_owned(),
            began_at: Timestamp::UNIX_EPOCH,
            seconds: 0,
            by: platform.identity.arn.clone(),
            commit: self.wanted.commit.clone(),
            image: Some(self.wanted.deployable.image.clone()),
            variables: Some(self.wanted.deployable.variables.clone()),
            plan_sha256: Some(digest),
            changes: self.plan.changes.len(),
            result: result.to_owned(),
            error: failure.map(ToString::to_string),
        }
    }
}

/// The alarms' function reads the webhook from there. It is in no file of Terraform.
async fn tell_slack_where(platform: &Platform<'_>, outputs: &StackOutputs) -> Result<(), Failure> {
    let webhook = platform.context.variables.secret("SLACK_WEBHOOK_URL")?;
    match (webhook, &outputs.slack_webhook_secret_arn) {
        (Some(webhook), Some(arn)) => secrets::write(&platform.sdk, arn, &webhook).await,
        _ => Ok(()),
    }
}

/// `eap_<id>_<secret>`, as the API has its keys.
fn new_api_key() -> Result<Secret, Failure> {
    let mut bytes = [0_u8; 40];
    getrandom::fill(&mut bytes).map_err(|error| Failure::failed(format!("no random numbers: {error}")))?;
    let (id, secret) = bytes.split_at(8);
    Ok(Secret::new(format!("eap_{}_{}", hexadecimal(id), hexadecimal(secret))))
}
