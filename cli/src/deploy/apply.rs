//! A deploy, step by step. What is asked is in `Request`, what was done in `Deployed`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::platform::Platform;
use super::record::{self, Record};
use super::{rollout, smoke};
use crate::aws::bootstrap::Bootstrap;
use crate::aws::hexadecimal;
use crate::aws::secrets;
use crate::commands::build_push;
use crate::config::Secret;
use crate::failure::{Doing, Failure};
use crate::local::smoke_test::Passed;
use crate::terraform::args::Purpose;
use crate::terraform::event::Event;
use crate::terraform::outputs::StackOutputs;
use crate::terraform::plan::Plan;
use crate::terraform::run::Planned;

/// A digest of nothing, for plans before there is an image.
const NO_IMAGE: &str =
    "example.com/not-built-yet@sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// What a deploy is asked for.
#[derive(Debug)]
pub struct Request {
    /// Image by digest, instead of building one.
    pub image: Option<String>,
    /// How long the rollout may take.
    pub timeout: Duration,
    /// Whether what cannot be made again may be destroyed.
    pub losses: Losses,
}

/// Whether what cannot be made again may be destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Losses {
    /// The deploy fails instead.
    Refused,
    /// The user said so.
    Allowed,
}

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

/// Plans and changes nothing, not even in an empty account.
pub async fn plan_only(platform: &Platform<'_>, request: &Request) -> Result<(Plan, String), Failure> {
    let bootstrap = platform.find_bootstrap().await?;
    platform.init(bootstrap.as_ref()).await?;
    let image = request.image.clone().unwrap_or_else(|| NO_IMAGE.to_owned());
    let files = PlanFiles::new(platform)?;
    let (plan, _) = files.plan(platform, &image, Purpose::Deploy).await?;
    Ok((plan, image))
}

/// Deploys. `agree` is shown the plan, and decides.
pub async fn deploy(
    mut platform: Platform<'_>,
    request: &Request,
    agree: impl FnOnce(&Plan, &str) -> Result<(), Failure>,
) -> Result<Deployed, Failure> {
    let (began, started) = (Timestamp::now(), Instant::now());
    let bootstrap = platform.ensure_bootstrap().await?;
    let image = image_of(&platform, request).await?;
    platform.init(Some(&bootstrap)).await?;
    if platform.terraform.outputs().await?.is_none() {
        platform.terraform = platform.terraform.with_api_key(new_api_key()?);
    }
    let files = PlanFiles::new(&platform)?;
    let (plan, planned) = files.plan(&platform, &image, Purpose::Deploy).await?;
    if planned == Planned::Changes {
        refuse_losses(&plan, request.losses)?;
        agree(&plan, &image)?;
    }
    let digest = files.digest()?;
    let done = carry_out(&platform, &files, planned, request).await;
    let outcome = Outcome { began, seconds: started.elapsed().as_secs(), image: &image, plan: &plan, digest };
    let record = outcome.record(&platform, &bootstrap, planned, done.as_ref().err()).await;
    let (outputs, smoke_test) = done?;
    Ok(Deployed { plan, image, outputs, record: record?, smoke_test })
}

/// Applies, waits for the rollout, tests.
async fn carry_out(
    platform: &Platform<'_>,
    files: &PlanFiles,
    planned: Planned,
    request: &Request,
) -> Result<(StackOutputs, Vec<Passed>), Failure> {
    if planned == Planned::Changes {
        files.apply(platform).await?;
    }
    let outputs = platform.terraform.outputs().await?;
    let outputs = outputs.ok_or_else(|| Failure::failed("Terraform has no outputs after a deploy"))?;
    tell_slack_where(platform, &outputs).await?;
    rollout::watch(platform, &outputs, request.timeout).await?;
    let passed = smoke::test(platform, &outputs).await?;
    Ok((outputs, passed))
}

/// The image that was named, or one that is built and pushed now.
async fn image_of(platform: &Platform<'_>, request: &Request) -> Result<String, Failure> {
    match &request.image {
        Some(image) => Ok(image.clone()),
        // On the heap: the clients of AWS are large.
        None => Box::pin(build_push::image_of(platform.context, platform.config)).await,
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

fn refuse_losses(plan: &Plan, losses: Losses) -> Result<(), Failure> {
    let lost = plan.losses();
    if lost.is_empty() || losses == Losses::Allowed {
        return Ok(());
    }
    let names: Vec<&str> = lost.iter().map(|change| change.address.as_str()).collect();
    Err(Failure::usage("this plan destroys what cannot be made again")
        .detail(crate::process::indented(&names))
        .hint("nothing was changed; when it is meant, add --allow-destroy"))
}

/// `eap_<id>_<secret>`, as the API has its keys.
fn new_api_key() -> Result<Secret, Failure> {
    let mut bytes = [0_u8; 40];
    getrandom::fill(&mut bytes).map_err(|error| Failure::failed(format!("no random numbers: {error}")))?;
    let (id, secret) = bytes.split_at(8);
    Ok(Secret::new(format!("eap_{}_{}", hexadecimal(id), hexadecimal(secret))))
}

/// The files of one plan. The plan holds what secrets are read from: it goes when this is dropped.
#[derive(Debug)]
pub(super) struct PlanFiles {
    folder: tempfile::TempDir,
    variables: PathBuf,
}

impl PlanFiles {
    pub(super) fn new(platform: &Platform<'_>) -> Result<Self, Failure> {
        Self::with(platform, &[])
    }

    /// With these variables over those of the configuration.
    pub(super) fn with(platform: &Platform<'_>, variables: &[(&str, Value)]) -> Result<Self, Failure> {
        // A temporary folder is for the user alone.
        let folder =
            tempfile::tempdir_in(platform.folder.path()).doing(|| "make a folder for the plan".to_owned())?;
        Ok(Self { folder, variables: platform.write_variables(variables)? })
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("plan")
    }

    pub(super) async fn plan(
        &self,
        platform: &Platform<'_>,
        image: &str,
        purpose: Purpose,
    ) -> Result<(Plan, Planned), Failure> {
        let step = platform.context.output.step("Terraform: plan");
        let image = [("container_image", image.to_owned())];
        let planned = platform.terraform.plan(&self.file(), &self.variables, &image, purpose).await?;
        let plan = platform.terraform.show(&self.file()).await?;
        step.done();
        Ok((plan, planned))
    }

    pub(super) async fn apply(&self, platform: &Platform<'_>) -> Result<(), Failure> {
        let output = platform.context.output;
        let step = output.step("Terraform: apply");
        platform
            .terraform
            .apply(&self.file(), |event| match event {
                Event::Started { address, action } => step.update(format!("Terraform: {action} {address}")),
                Event::Done { address, action, seconds } => {
                    output.say(&format!("  {action} {address} ({seconds} s)"));
                }
                Event::Problem(_) => {}
            })
            .await?;
        step.done();
        Ok(())
    }

    /// SHA-256 of the plan, in hexadecimal digits.
    fn digest(&self) -> Result<String, Failure> {
        let content = read(&self.file())?;
        Ok(hexadecimal(&Sha256::digest(content)))
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).doing(|| format!("read {}", file.display()))
}

/// What a record says.
struct Outcome<'a> {
    began: Timestamp,
    seconds: u64,
    image: &'a str,
    plan: &'a Plan,
    digest: String,
}

impl Outcome<'_> {
    /// Writes the record; a deploy that found nothing to do, and nothing wrong, leaves none.
    async fn record(
        self,
        platform: &Platform<'_>,
        bootstrap: &Bootstrap,
        planned: Planned,
        failure: Option<&Failure>,
    ) -> Result<Option<u32>, Failure> {
        if planned == Planned::Nothing && failure.is_none() {
            return Ok(None);
        }
        let record = Record {
            schema_version: 1,
            number: 0,
            environment: platform.config.environment.name().to_owned(),
            command: "deploy".to_owned(),
            began_at: self.began,
            seconds: self.seconds,
            by: platform.identity.arn.clone(),
            image: Some(self.image.to_owned()),
            plan_sha256: Some(self.digest),
            changes: self.plan.changes.len(),
            result: if failure.is_none() { "succeeded" } else { "failed" }.to_owned(),
            error: failure.map(ToString::to_string),
        };
        record::write(platform, bootstrap, record).await.map(Some)
    }
}
