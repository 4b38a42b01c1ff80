//! The section `bootstrap`: what the stack below all environments of an account and region has besides.

use schemars::JsonSchema;
use serde::Deserialize;

use super::layers::Layer;
use super::{first, refused};
use crate::aws::bootstrap::GitHub;
use crate::failure::Failure;

/// The section `bootstrap` of a configuration file; every key may be absent.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BootstrapValues {
    /// owner/name on GitHub: makes a role that workflows of that repository deploy as, from its environments dev,
    /// staging and prod alone. Absent leaves it as it is, empty takes it away.
    pub github_repository: Option<String>,
    /// The account's identity provider of GitHub, where one is there already: an account can have one only.
    pub github_provider_arn: Option<String>,
}

/// Who may deploy from GitHub, where the configuration says something about it.
pub(super) fn github(layers: &[Layer]) -> Result<Option<GitHub>, Failure> {
    let repository = first(layers, "bootstrap.github_repository", |v| v.bootstrap.github_repository.clone());
    let Some(repository) = repository else { return Ok(None) };
    let is_name = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    // A wildcard in there would let other repositories in.
    let is_sound = match repository.value.split_once('/') {
        Some((owner, name)) => is_name(owner) && is_name(name),
        None => repository.value.is_empty(),
    };
    if !is_sound {
        let (value, origin) = (&repository.value, &repository.origin);
        return Err(refused("bootstrap.github_repository", value, origin, "owner/name on GitHub"));
    }
    let provider =
        first(layers, "bootstrap.github_provider_arn", |v| v.bootstrap.github_provider_arn.clone());
    let provider_arn = provider.map_or_else(String::new, |provider| provider.value);
    Ok(Some(GitHub { repository: repository.value, provider_arn }))
}
