//! A deploy, step by step. What is asked is in `Request`, what was done in `Deployed`.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value};

use super::attempt::Attempt;
use super::journal::{Entry, Step};
use super::plan_files::PlanFiles;
use super::platform::Platform;
use super::record;
use super::request::Request;
use super::rollback::Deployable;
use super::rollout::Begun;
use super::smoke::Gateway;
use super::verify::NewVersion;
use super::version::{self, Wanted};
use super::{architecture, losses, protection, rollback, room};
use crate::aws::bootstrap::Bootstrap;
use crate::aws::hexadecimal;
use crate::aws::secrets;
use crate::config::Secret;
use crate::failure::{Failure, Kind};
use crate::image::platform::Platform as Processor;
use crate::local::smoke_test::Passed;
use crate::process::{self, Attended};
use crate::terraform::args::Purpose;
use crate::terraform::outputs::StackOutputs;
use crate::terraform::plan::{Action, Change, Plan};
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
    platform: &mut Platform<'_>,
    request: &Request,
    file: Option<&Path>,
) -> Result<(Plan, String), Failure> {
    let bootstrap = platform.find_bootstrap().await?;
    if file.is_some() && bootstrap.is_none() {
        return Err(Failure::usage("a plan of an account without a bootstrap stack cannot be applied later")
            .hint("leave --plan-file away, or deploy once"));
    }
    let image = version::image_for_plan(platform, bootstrap.as_ref(), &request.version).await?;
    if file.is_some() && image == version::NO_IMAGE {
        return Err(version::nothing_there(platform.config.environment)
            .hint("without --plan-file a plan needs no image"));
    }
    platform.init(bootstrap.as_ref()).await?;
    if let (Some(_), Some(bootstrap)) = (file, &bootstrap) {
        // Who carries it out brings a key too, when one is needed.
        bring_first_key(platform, bootstrap).await?;
    }
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
    let mut attempt = Attempt::begin(&platform, &request.version);
    let mut lock_timeout = request.lock_timeout;
    if let Some(Entry { began_at, step }) = attempt.interrupted() {
        let name = step.name();
        platform.context.output.say(&format!("The deploy of {began_at} was interrupted ({name}); going on"));
        // Its Terraform may have outlived it, and holds the lock until it is done.
        lock_timeout = lock_timeout.max(match step {
            Step::Plan => OUTLIVED_PLAN,
            // A version that does not serve is brought back by Terraform too.
            Step::Apply | Step::Rollout | Step::SmokeTest => request.timeout,
            _ => Duration::ZERO,
        });
    }
    platform.terraform.set_lock_timeout(lock_timeout);
    // What was interrupted is written down before this program ends.
    let attended = Attended::begin();
    let ended = tokio::select! {
        ended = Box::pin(steps(&mut platform, request, &mut attempt, agree)) => ended,
        () = process::interruption() => Err(Failure::interrupted()),
    };
    let done = match ended {
        Ok(Ended::AsItWas(deployed)) => {
            attempt.forget();
            return Ok(deployed);
        }
        Ok(Ended::Deployed(deployed)) => Ok(deployed),
        Err(failure) => Err(failure),
    };
    let recorded = attempt.conclude(&platform, done.as_ref().err()).await;
    drop(attended);
    match (done, recorded) {
        (Ok(deployed), recorded) => Ok(Deployed { record: Some(recorded?.number), ..deployed }),
        // Why it failed matters more than that nobody could write it down.
        (Err(failure), Ok(_)) => Err(failure),
        (Err(failure), Err(unwritten)) => {
            platform.context.output.detail(&format!("  the deploy is not in the history: {unwritten}"));
            Err(failure)
        }
    }
}

/// How a deploy ended well.
enum Ended {
    /// It is to be recorded.
    Deployed(Deployed),
    /// There was nothing to do, and the latest record says so.
    AsItWas(Deployed),
}

async fn steps(
    platform: &mut Platform<'_>,
    request: &Request,
    attempt: &mut Attempt,
    agree: impl FnOnce(&Plan, &str) -> Result<(), Failure>,
) -> Result<Ended, Failure> {
    let source = version::tested_source(platform, request, attempt).await?;
    attempt.enter(Step::Bootstrap)?;
    let bootstrap = platform.ensure_bootstrap().await?;
    attempt.bootstrap = Some(bootstrap.clone());
    let wanted = version::resolve(platform, &bootstrap, request, source.as_ref(), attempt).await?;
    attempt.commit.clone_from(&wanted.commit);
    attempt.enter(Step::Plan)?;
    platform.init(Some(&bootstrap)).await?;
    if platform.terraform.save_what_was_not_saved().await? {
        platform.context.output.say("  the state that an earlier deploy could not write is written");
    }
    bring_first_key(platform, &bootstrap).await?;
    let planned = PlannedWork::plan(platform, wanted).await?;
    planned.enter_into(attempt)?;
    if planned.work == Planned::Changes {
        let unfinished = losses::weigh(platform, &bootstrap, &planned.plan, request.losses).await?;
        room::check(platform.context.output, &platform.sdk, &planned.plan).await?;
        agree(&planned.plan, &planned.wanted.deployable.image)?;
        protection::lift(platform, &unfinished).await?;
    }
    let (outputs, smoke_test) = planned.carry_out(platform, &bootstrap, request, attempt).await?;
    let as_it_was = planned.is_recorded(platform, &bootstrap).await?;
    let PlannedWork { plan, wanted, .. } = planned;
    let deployed = Deployed { plan, image: wanted.deployable.image, outputs, record: None, smoke_test };
    Ok(if as_it_was { Ended::AsItWas(deployed) } else { Ended::Deployed(deployed) })
}

/// Half of the outputs are those of a first deploy that was cut short. A key that is there already stays.
async fn bring_first_key(platform: &mut Platform<'_>, bootstrap: &Bootstrap) -> Result<(), Failure> {
    if !matches!(platform.outputs(bootstrap).await, Ok(Some(_))) {
        platform.terraform.set_api_key(new_api_key()?);
    }
    Ok(())
}

/// The processor that tasks run on.
fn processor_of(variables: &Map<String, Value>) -> Processor {
    match variables.get("cpu_architecture").and_then(Value::as_str) {
        Some("ARM64") => Processor::Arm64,
        // Terraform's default.
        _ => Processor::Amd64,
    }
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
        let kept = match &wanted.plan {
            Some(file) => {
                let (plan, work) = files.take(platform, file).await?;
                wanted.deployable = version::of_plan(&plan, platform.config.environment)?;
                Some((plan, work))
            }
            None => None,
        };
        let Deployable { image, variables } = &wanted.deployable;
        architecture::check(platform, image, processor_of(variables)).await?;
        let (plan, work) = match kept {
            Some(kept) => kept,
            None => files.plan(platform, image, Purpose::Deploy).await?,
        };
        Ok(Self { wanted, files, plan, work })
    }

    /// What is known now.
    fn enter_into(&self, attempt: &mut Attempt) -> Result<(), Failure> {
        let Deployable { image, variables } = self.wanted.deployable.clone();
        (attempt.image, attempt.variables) = (Some(image), Some(variables));
        (attempt.plan_sha256, attempt.changes) = (Some(self.files.digest()?), self.plan.changes.len());
        Ok(())
    }

    /// Applies, and brings the version before back when the new one does not serve.
    async fn carry_out(
        &self,
        platform: &Platform<'_>,
        bootstrap: &Bootstrap,
        request: &Request,
        attempt: &mut Attempt,
    ) -> Result<(StackOutputs, Vec<Passed>), Failure> {
        let version = NewVersion {
            platform,
            bootstrap,
            request,
            deployable: &self.wanted.deployable,
            gateway: self.gateway(),
        };
        if self.work == Planned::Changes {
            attempt.enter(Step::Apply)?;
            attempt.applied = true;
            let mut done = HashSet::new();
            let noted = |address: &str| {
                done.insert(address.to_owned());
            };
            if let Err(failure) = self.files.apply_noting(platform, noted).await {
                // Who was not let in has done nothing.
                attempt.applied = failure.kind() != Kind::Locked;
                return Err(match self.service_change() {
                    Some(change) if done.contains(&change.address) => {
                        version.after_half_a_plan(failure, attempt).await
                    }
                    Some(change) if attempt.applied && change.action != Action::Create => {
                        failure.hint("the service was not touched: what served before serves on")
                    }
                    _ => failure,
                });
            }
        }
        attempt.applied = true;
        let outputs = platform.outputs(bootstrap).await?;
        let outputs = outputs.ok_or_else(|| Failure::failed("Terraform has no outputs after a deploy"))?;
        tell_slack_where(platform, &outputs).await?;
        let begun = if self.service_change().is_some() { Begun::Now } else { Begun::Before };
        match version.verify(&outputs, begun, attempt).await {
            Ok(passed) => Ok((outputs, passed)),
            Err(failure) => Err(version.taken_back(&outputs, failure).await),
        }
    }

    fn gateway(&self) -> Gateway {
        let is_new =
            |change: &Change| change.kind == "aws_apigatewayv2_api" && change.action != Action::Update;
        if self.plan.changes.iter().any(is_new) { Gateway::New } else { Gateway::Known }
    }

    fn service_change(&self) -> Option<&Change> {
        self.plan.changes.iter().find(|change| change.kind == "aws_ecs_service")
    }

    /// Whether there was nothing to do, and the latest record says that what is wanted serves. It does not when a
    /// deploy was killed before it could write one.
    async fn is_recorded(&self, platform: &Platform<'_>, bootstrap: &Bootstrap) -> Result<bool, Failure> {
        if self.work == Planned::Changes {
            return Ok(false);
        }
        let latest = record::latest(platform, bootstrap, version::RECORDS).await?;
        let at_work = latest.iter().find(|record| record.applied);
        let wanted = &self.wanted.deployable;
        // A plan that was kept has been recorded with the defaults too.
        let same = |at_work: Deployable| {
            at_work.image == wanted.image
                && wanted.variables.iter().all(|(name, value)| at_work.variables.get(name) == Some(value))
        };
        Ok(at_work.is_some_and(|record| record.succeeded() && rollback::deployable(record).is_some_and(same)))
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
