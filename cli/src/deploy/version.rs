//! From what is asked for to what Terraform is given: an image by digest, and variables. Builds only when told to.

use std::path::PathBuf;

use super::application_tests;
use super::journal::{Journal, Step};
use super::platform::Platform;
use super::record::{self, Record};
use super::request::{ApplicationTests, Request, Version};
use super::rollback::{self, Deployable};
use crate::arguments::Environment;
use crate::aws::bootstrap::Bootstrap;
use crate::aws::records;
use crate::commands::build_push;
use crate::config::PlatformConfig;
use crate::deployed;
use crate::failure::Failure;
use crate::image::source::Source;

/// As many deployments are looked at for one to go back to.
pub const RECORDS: usize = 100;
/// A digest of nothing, for plans before there is an image.
const NO_IMAGE: &str =
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

/// Makes or finds what `request` asks for.
pub async fn resolve(
    platform: &Platform<'_>,
    bootstrap: &Bootstrap,
    request: &Request,
    journal: &Journal,
) -> Result<Wanted, Failure> {
    let wanted = |image: String| Wanted {
        deployable: Deployable { image, variables: platform.config.terraform_variables() },
        commit: None,
        plan: None,
    };
    match &request.version {
        Version::Built => {
            journal.enter(Step::Image)?;
            let source = Source::find(platform.context).await?;
            if request.tests == ApplicationTests::Run {
                application_tests::run(platform.context, &source).await?;
            }
            // On the heap: the clients of AWS are large.
            let image = Box::pin(build_push::image_of(platform.context, platform.config, &source)).await?;
            Ok(Wanted { commit: Some(source.revision.name()), ..wanted(image) })
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

/// The image to plan with when nothing may be built.
pub async fn image_for_plan(platform: &Platform<'_>, version: &Version) -> Result<String, Failure> {
    match version {
        Version::Image(image) => Ok(image.clone()),
        Version::ServingIn(environment) => {
            Ok(Box::pin(serving_in(platform, *environment)).await?.image.unwrap_or_default())
        }
        Version::Built | Version::Planned(_) | Version::Recorded(_) => Ok(NO_IMAGE.to_owned()),
    }
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
