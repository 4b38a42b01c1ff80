//! What an image in ECR says of itself. The API of AWS is asked, not the registry, so that no token is needed.

use std::time::Duration;

use aws_sdk_ecr::Client;
use aws_sdk_ecr::types::ImageIdentifier;
use serde::Deserialize;

use super::failure_of;
use crate::failure::{Doing as _, Failure};
use crate::http;

const PATIENCE: Duration = Duration::from_secs(10);
const MANIFESTS: [&str; 4] = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];

/// An image of ECR by its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageName<'a> {
    account: &'a str,
    repository: &'a str,
    digest: &'a str,
}

/// An image, or a list of images for several processors; the parts that are asked for.
#[derive(Debug, Deserialize)]
struct Manifest {
    config: Option<Config>,
    #[serde(default)]
    manifests: Vec<Listed>,
}

#[derive(Debug, Deserialize)]
struct Config {
    digest: String,
}

#[derive(Debug, Deserialize)]
struct Listed {
    platform: Option<Processor>,
}

#[derive(Debug, Deserialize)]
struct Processor {
    architecture: String,
}

impl<'a> ImageName<'a> {
    /// Understands `<account>.dkr.ecr.<region>.amazonaws.com/<repository>@<digest>`; none of any other registry.
    pub fn parse(image: &'a str) -> Option<Self> {
        let (name, digest) = image.split_once('@')?;
        let (host, repository) = name.split_once('/')?;
        let (account, rest) = host.split_once(".dkr.ecr.")?;
        rest.contains(".amazonaws.com").then_some(Self { account, repository, digest })
    }
}

/// The processors that an image is for, such as `amd64`; none where it does not say.
pub async fn architectures(client: &Client, name: ImageName<'_>) -> Result<Vec<String>, Failure> {
    let id = ImageIdentifier::builder().image_digest(name.digest).build();
    let found =
        client.batch_get_image().registry_id(name.account).repository_name(name.repository).image_ids(id);
    let accepted = MANIFESTS.map(ToOwned::to_owned).to_vec();
    let found = found.set_accepted_media_types(Some(accepted)).send().await;
    let found = found.map_err(|error| failure_of("ecr:BatchGetImage", &error))?;
    let text = found.images().first().and_then(|image| image.image_manifest());
    let text = text.ok_or_else(|| Failure::failed(format!("ECR has no image {}", name.digest)))?;
    let manifest: Manifest =
        serde_json::from_str(text).doing(|| "read the manifest of the image".to_owned())?;
    let listed = manifest.manifests.into_iter().filter_map(|listed| listed.platform);
    let mut all: Vec<String> = listed.map(|processor| processor.architecture).collect();
    // Attestations are listed like images for a processor of no name.
    all.retain(|architecture| architecture != "unknown");
    if let Some(config) = manifest.config {
        all.push(config_of(client, name, &config.digest).await?.architecture);
    }
    Ok(all)
}

async fn config_of(client: &Client, name: ImageName<'_>, digest: &str) -> Result<Processor, Failure> {
    let asked =
        client.get_download_url_for_layer().registry_id(name.account).repository_name(name.repository);
    let answer = asked.layer_digest(digest).send().await;
    let answer = answer.map_err(|error| failure_of("ecr:GetDownloadUrlForLayer", &error))?;
    let url = answer.download_url().unwrap_or_default();
    // The address is signed: it stays out of errors.
    let failed = |error: reqwest::Error| Failure::failed(http::cause_of(&error.without_url()));
    let response = http::client()?.get(url).timeout(PATIENCE).send().await.map_err(failed)?;
    let text = response.error_for_status().map_err(failed)?.text().await.map_err(failed)?;
    serde_json::from_str(&text).doing(|| "read the configuration of the image".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_images_of_ecr_by_digest_are_asked_for() {
        let image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/api@sha256:1";
        let name = ImageName { account: "123456789012", repository: "shop/api", digest: "sha256:1" };
        assert_eq!(ImageName::parse(image), Some(name));
        for other in
            ["ghcr.io/shop/api@sha256:1", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/api:tag", "api"]
        {
            assert_eq!(ImageName::parse(other), None, "{other}");
        }
    }
}
