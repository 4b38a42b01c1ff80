//! Whether an image is for the processor that its tasks are to run on, asked of ECR before anything is planned: the wrong
//! one would be found out by tasks that stop with `exec format error`.

use super::platform::Platform;
use crate::aws::ecr;
use crate::aws::ecr_image::{self, ImageName};
use crate::failure::Failure;
use crate::image::platform::Platform as Processor;

/// Refuses an image for another processor than `wanted`. One that ECR does not know, or does not show, passes: the rollout
/// will tell.
pub async fn check(platform: &Platform<'_>, image: &str, wanted: Processor) -> Result<(), Failure> {
    let Some(name) = ImageName::parse(image) else { return Ok(()) };
    let found = match ecr_image::architectures(&ecr::Client::new(&platform.sdk), name).await {
        Ok(found) => found,
        Err(failure) => {
            platform
                .context
                .output
                .detail(&format!("  which processor the image is for, nobody says: {failure}"));
            return Ok(());
        }
    };
    if found.is_empty() || found.iter().any(|architecture| architecture == wanted.architecture()) {
        return Ok(());
    }
    let environment = platform.config.environment.name();
    let message = format!(
        "the image is for linux/{}, but `{environment}` runs on {}",
        found.join(" and "),
        wanted.name()
    );
    Err(Failure::usage(message).hint(format!(
        "build it with `eap build-push --env {environment} --platform {}`, or change \
         infrastructure.cpu_architecture in config/{environment}.yaml",
        wanted.name()
    )))
}
