//! What publishing an image needs to know of an environment: whose registry, where, and what a scan may ignore.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Setting, Variables, all_layers, first, refused, required};
use crate::arguments::{Environment, GlobalOptions};
use crate::failure::Failure;
use crate::image::platform::Platform;
use crate::image::scan::FailOn;

/// The section `image` of a configuration file; every key may be absent.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ImageValues {
    /// Name of the repository.
    pub repository: Option<String>,
    /// What scans mean.
    pub scan: ScanValues,
}

/// The section `image.scan`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ScanValues {
    /// From which severity a scan fails.
    pub fail_on: Option<FailOn>,
    /// Findings that do not count.
    pub ignore: Option<Vec<IgnoredFinding>>,
}

/// A finding that does not count until a day.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IgnoredFinding {
    /// Such as `CVE-2026-1234`.
    pub id: String,
    /// The last day on which it does not count.
    #[schemars(with = "String", extend("format" = "date"))]
    pub until: Date,
    /// Why it does not count.
    pub reason: String,
}

/// Where and how images of an environment are published.
#[derive(Debug)]
pub struct ImageConfig {
    /// Name of the project.
    pub project_name: Setting<String>,
    /// AWS region.
    pub region: Setting<String>,
    /// The region that the files of the environment name.
    region_of_files: Option<String>,
    /// AWS profile, when one is named.
    pub profile: Option<Setting<String>>,
    /// Address that stands in for AWS, when one is named.
    pub endpoint_url: Option<Setting<String>>,
    /// AWS account, when the configuration names one: twelve digits.
    pub account_id: Option<Setting<String>>,
    /// What the environment runs on.
    pub platform: Platform,
    /// Name of the repository.
    pub repository: String,
    /// From which severity a scan fails.
    pub fail_on: FailOn,
    /// Findings that do not count.
    pub ignore: Vec<IgnoredFinding>,
}

impl ImageConfig {
    /// Resolves the configuration of `environment`.
    pub fn load(
        environment: Environment,
        options: &GlobalOptions,
        variables: &Variables,
    ) -> Result<Self, Failure> {
        let layers = all_layers(environment, options, variables, super::Values::default())?;
        let region = required(&layers, "region", |v| v.region.clone())?;
        let region_of_files =
            layers.iter().filter(|layer| layer.is_file()).find_map(|layer| layer.values.region.clone());
        let account_id = first(&layers, "account_id", |v| v.account_id.clone());
        if let Some(account) = &account_id {
            check_account_id(account)?;
        }
        let project_name = required(&layers, "project_name", |v| v.project_name.clone())?;
        let repository = first(&layers, "image.repository", |v| v.image.repository.clone());
        let repository =
            repository.map_or_else(|| format!("{}-api", project_name.value), |setting| setting.value);
        let platform =
            first(&layers, "infrastructure.cpu_architecture", |v| v.infrastructure.cpu_architecture.clone());
        let fail_on = first(&layers, "image.scan.fail_on", |v| v.image.scan.fail_on);
        let ignore = first(&layers, "image.scan.ignore", |v| v.image.scan.ignore.clone());
        Ok(Self {
            project_name,
            region,
            region_of_files,
            profile: first(&layers, "profile", |v| v.profile.clone()),
            endpoint_url: first(&layers, "endpoint_url", |v| v.endpoint_url.clone()),
            account_id,
            platform: platform.map_or(Ok(Platform::Amd64), |setting| platform_of(&setting))?,
            repository,
            fail_on: fail_on.map_or(FailOn::High, |setting| setting.value),
            ignore: ignore.map(|setting| setting.value).unwrap_or_default(),
        })
    }

    /// Refuses a region that differs from that of the files of `environment`: a variable left over in a shell must
    /// not move a release.
    pub fn check_region(&self, environment: Environment) -> Result<(), Failure> {
        let region = &self.region;
        let Some(wanted) = self.region_of_files.as_ref().filter(|wanted| **wanted != region.value) else {
            return Ok(());
        };
        let name = environment.name();
        let message = format!(
            "the region is {} (from {}), but the files of `{name}` say {wanted}",
            region.value, region.origin
        );
        Err(Failure::usage(message).hint(format!("change config/{name}.yaml, or the region given")))
    }
}

/// The processor in the words of ECS, as the platform of images.
fn platform_of(architecture: &Setting<String>) -> Result<Platform, Failure> {
    match architecture.value.as_str() {
        "X86_64" => Ok(Platform::Amd64),
        "ARM64" => Ok(Platform::Arm64),
        other => {
            Err(refused("infrastructure.cpu_architecture", other, &architecture.origin, "X86_64 or ARM64"))
        }
    }
}

fn check_account_id(account: &Setting<String>) -> Result<(), Failure> {
    if account.value.len() == 12 && account.value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(refused("account_id", &account.value, &account.origin, "the twelve digits of an AWS account"))
}
