//! From what is asked for to what Terraform is given: an image by digest, and variables. Builds only when told to.

use std::path::PathBuf;

use serde_json::Value;

use super::application_tests;
use super::attempt::Attempt;
use super::journal::Step;
use super::platform::Platform;
use super::record::{self, Record};
use super::request::{ApplicationTests, Request, Version};
use super::rollback::{self, Deployable};
use crate::arguments::Environment;
use crate::aws::bootstrap::Bootstrap;
use crate::aws::{ecr, ecs, records};
use crate::commands::build_push;
use crate::config::PlatformConfig;
use crate::deployed;
use crate::failure::Failure;
use crate::image::destination;
use crate::image::source::Source;
use crate::image::tag::{self, DirtyCheckout};
use crate::terraform::plan::Plan;

/// As many deployments are looked at for one to go back to.
pub const RECORDS: usize = 100;
/// A digest of nothing, for plans before there is an image.
pub const NO_IMAGE: &str =
    "example.com/not-built-yet@sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// What is to be deployed.
#[derive(Debug)]
pub struct Wanted {
    /// Image and variables.
    pub deployable: Deployable,
    /// Commit of what was built.
    pub commit: Option<String>,
    /// A plan that was made before.
    pub plan: Option<PathBuf>,
}

/// What is to be built, fit for it and tested, before anything is touched; none where nothing is built.
pub async fn tested_source(
    platform: &Platform<'_>,
    request: &Request,
    attempt: &mut Attempt,
) -> Result<Option<Source>, Failure> {
    if request.version != Version::Built {
        return Ok(None);
    }
    let source = Source::find(platform.context).await?;
    attempt.commit = Some(source.revision.name());
    let environment = platform.config.environment;
    tag::check_clean(&source.revision, Some(environment), DirtyCheckout::RefusedForReleases)?;
    if request.tests == ApplicationTests::Run {
        attempt.enter(Step::Tests)?;
        application_tests::run(platform.context, &source).await?;
    }
    Ok(Some(source))
}

/// Makes or finds what `request` asks for; `source` is what is built from.
pub async fn resolve(
    platform: &Platform<'_>,
    bootstrap: &Bootstrap,
    request: &Request,
    source: Option<&Source>,
    attempt: &mut Attempt,
) -> Result<Wanted, Failure> {
    let wanted = |image: String| Wanted {
        deployable: Deployable { image, variables: platform.config.terraform_variables() },
        commit: None,
        plan: None,
    };
    if let Some(source) = source {
        attempt.enter(Step::Image)?;
        // On the heap: the clients of AWS are large.
        let image = Box::pin(build_push::image_of(platform.context, platform.config, source)).await?;
        return Ok(Wanted { commit: Some(source.revision.name()), ..wanted(image) });
    }
    match &request.version {
        Version::Built => Err(Failure::failed("there is nothing to build from")),
        Version::Pushed => {
            let there = there(platform, bootstrap).await?;
            let there = there.ok_or_else(|| nothing_there(platform.config.environment))?;
            Ok(Wanted { commit: there.commit, ..wanted(there.image) })
        }
        Version::Image(image) => Ok(wanted(image.clone())),
        Version::ServingIn(environment) => {
            let record = Box::pin(serving_in(platform, *environment)).await?;
            Ok(Wanted { commit: record.commit, ..wanted(record.image.unwrap_or_default()) })
        }
        Version::Planned(file) => {
            // The image is in the plan.
            Ok(Wanted { plan: Some(file.clone()), ..wanted(String::new()) })
        }
        Version::Recorded(number) => {
            let records = record::latest(platform, bootstrap, RECORDS).await?;
            let record = rollback::choose(&records, *number)?;
            let deployable = rollback::deployable(record);
            let deployable = deployable.ok_or_else(|| Failure::failed("its record has no configuration"))?;
            Ok(Wanted { deployable, commit: record.commit.clone(), plan: None })
        }
    }
}

/// The image to plan with when nothing may be built; `NO_IMAGE` where there is none yet.
pub async fn image_for_plan(
    platform: &Platform<'_>,
    bootstrap: Option<&Bootstrap>,
    version: &Version,
) -> Result<String, Failure> {
    match version {
        Version::Image(image) => Ok(image.clone()),
        Version::ServingIn(environment) => {
            Ok(Box::pin(serving_in(platform, *environment)).await?.image.unwrap_or_default())
        }
        Version::Built | Version::Pushed | Version::Planned(_) | Version::Recorded(_) => {
            let there = match bootstrap {
                Some(bootstrap) => there(platform, bootstrap).await?,
                None => None,
            };
            Ok(there.map_or_else(|| NO_IMAGE.to_owned(), |there| there.image))
        }
    }
}

/// Image and configuration of a plan that was kept for `environment`.
pub fn of_plan(plan: &Plan, environment: Environment) -> Result<Deployable, Failure> {
    let planned_for = plan.variables.get("environment").and_then(Value::as_str).unwrap_or_default();
    if planned_for != environment.name() {
        return Err(Failure::usage(format!(
            "this plan is of the environment `{planned_for}`, not of `{}`",
            environment.name()
        )));
    }
    let image = plan.image_wanted.clone().filter(|image| image != NO_IMAGE);
    let image = image.ok_or_else(|| {
        Failure::usage("this plan was made before there was an image")
            .hint("make it again: `eap deploy --plan-only --plan-file FILE`")
    })?;
    let not_of_the_configuration = ["container_image", "api_key", "leave_out"];
    let mut variables = plan.variables.clone();
    variables.retain(|name, _| !not_of_the_configuration.contains(&name.as_str()));
    Ok(Deployable { image, variables })
}

/// There is no image, and none may be built.
pub fn nothing_there(environment: Environment) -> Failure {
    let name = environment.name();
    Failure::usage(format!("nothing is deployed in `{name}`, and no image of this commit was pushed"))
        .hint(format!("`eap build-push --env {name}` pushes one; --image names any other"))
}

/// An image that is there without building it.
struct There {
    image: String,
    commit: Option<String>,
}

/// That of the checkout's commit where it was pushed, else the one that is deployed; none where there is neither.
async fn there(platform: &Platform<'_>, bootstrap: &Bootstrap) -> Result<Option<There>, Failure> {
    if let Some(found) = pushed(platform).await? {
        let commit = found.commit.as_deref().unwrap_or_default();
        platform.context.output.say(&format!("  image of commit {commit}, which was pushed"));
        return Ok(Some(found));
    }
    let found = deployed_one(platform, bootstrap).await?;
    if found.is_some() {
        platform.context.output.say("  no image of this commit was pushed: with the one that is deployed");
    }
    Ok(found)
}

/// The image of the checkout's commit. A dirty checkout has an image only once it is built.
async fn pushed(platform: &Platform<'_>) -> Result<Option<There>, Failure> {
    let Ok(source) = Source::find(platform.context).await else { return Ok(None) };
    if source.revision.dirty {
        return Ok(None);
    }
    let (client, name) = (ecr::Client::new(&platform.sdk), &platform.config.image.repository);
    let Some(repository) = ecr::repository(&client, name).await? else { return Ok(None) };
    let address = destination::address(&platform.config.image, &repository.uri, name)?;
    let digest = ecr::digest_of(&client, name, &source.revision.commit).await?;
    Ok(digest
        .map(|digest| There { image: format!("{address}@{digest}"), commit: Some(source.revision.commit) }))
}

/// The image that Terraform's state runs.
async fn deployed_one(platform: &Platform<'_>, bootstrap: &Bootstrap) -> Result<Option<There>, Failure> {
    let Some(outputs) = platform.outputs(bootstrap).await? else { return Ok(None) };
    let image = ecs::image_of(&ecs::client(&platform.sdk), &outputs.task_definition_arn).await?;
    let Some(image) = image else { return Ok(None) };
    let found = record::latest(platform, bootstrap, RECORDS).await?;
    let commit = found.into_iter().find(|record| record.image.as_ref() == Some(&image));
    Ok(Some(There { image, commit: commit.and_then(|record| record.commit) }))
}

/// The record of the deployment that serves in another environment.
async fn serving_in(platform: &Platform<'_>, environment: Environment) -> Result<Record, Failure> {
    let config = PlatformConfig::load(environment, platform.context.options, platform.context.variables)?;
    let deployed = deployed::find(&config).await?;
    let bucket = records::client(&deployed.sdk, platform.is_emulated());
    let found = record::latest_of(&bucket, &deployed.bootstrap.state_bucket, environment, RECORDS).await?;
    rollback::serving(&found).cloned().ok_or_else(|| {
        Failure::failed(format!("no deployment of `{}` succeeded", environment.name()))
            .hint("name the image with --image")
    })
}
