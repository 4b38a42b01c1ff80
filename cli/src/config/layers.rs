//! One layer of configuration each: flags, variables, a file, the defaults. Unknown keys are refused.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;

use super::bootstrap::BootstrapValues;
use super::image::ImageValues;
use super::infrastructure::InfrastructureValues;
use super::{Origin, Variables};
use crate::arguments::Environment;
use crate::failure::{Doing, Failure};

/// The defaults are in the program, so that it works outside a checkout.
const LOCAL_DEFAULTS: &str = include_str!("../../../config/local.yaml");
const DEV_DEFAULTS: &str = include_str!("../../../config/dev.yaml");
const STAGING_DEFAULTS: &str = include_str!("../../../config/staging.yaml");
const PROD_DEFAULTS: &str = include_str!("../../../config/prod.yaml");

/// Which variable sets which key.
const VARIABLE_OF_KEY: [(&str, &str); 8] = [
    ("region", "AWS_REGION"),
    ("profile", "AWS_PROFILE"),
    ("endpoint_url", "AWS_ENDPOINT_URL"),
    ("account_id", "EAP_ACCOUNT_ID"),
    ("api.time_zone", "STORE_TIME_ZONE"),
    ("api.currency", "STORE_CURRENCY"),
    ("api.max_body_bytes", "EAP_MAX_BODY_BYTES"),
    ("api.cors_allowed_origins", "CORS_ALLOWED_ORIGINS"),
];

/// What a configuration file may say; every key may be absent.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Values {
    /// Name of the project.
    pub project_name: Option<String>,
    /// AWS region.
    pub region: Option<String>,
    /// AWS profile.
    pub profile: Option<String>,
    /// Address that stands in for AWS.
    pub endpoint_url: Option<String>,
    /// AWS account that the environment is in, twelve digits.
    pub account_id: Option<String>,
    /// How images are published.
    pub image: ImageValues,
    /// How the API runs.
    pub api: ApiValues,
    /// When the monitor worries.
    pub monitor: MonitorValues,
    /// What is there once for all environments of an account and region.
    pub bootstrap: BootstrapValues,
    /// What the environment is made of.
    pub infrastructure: InfrastructureValues,
}

/// The section `api`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ApiValues {
    /// Address it listens on.
    pub listen: Option<IpAddr>,
    /// Port it listens on.
    pub port: Option<u16>,
    /// How long a deploy waits for `/health`.
    #[schemars(with = "Option<String>")]
    pub start_timeout: Option<SignedDuration>,
    /// IANA name of the store's time zone.
    pub time_zone: Option<String>,
    /// ISO 4217 code of the currency of reports.
    pub currency: Option<String>,
    /// Largest JSON body, in bytes.
    pub max_body_bytes: Option<u64>,
    /// Origins that browsers may call from.
    pub cors_allowed_origins: Option<Vec<String>>,
}

/// The section `monitor`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MonitorValues {
    /// Time over which rates are measured.
    #[schemars(with = "Option<String>")]
    pub window: Option<SignedDuration>,
    /// Share of failed answers from which the platform is degraded.
    pub degraded_error_percent: Option<u8>,
    /// Share of failed answers from which the platform is unhealthy.
    pub unhealthy_error_percent: Option<u8>,
    /// 95th percentile of the answer time, in milliseconds.
    pub degraded_p95_ms: Option<u64>,
}

/// Values of one source.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) values: Values,
    origin: LayerOrigin,
}

#[derive(Debug)]
enum LayerOrigin {
    Flags,
    Variables,
    ProjectFile(PathBuf),
    UserFile(PathBuf),
    Defaults,
}

impl Layer {
    pub(super) fn flags(values: Values) -> Self {
        Self { values, origin: LayerOrigin::Flags }
    }

    pub(super) fn variables(variables: &Variables) -> Result<Self, Failure> {
        let text = |name| variables.text(name).map(|value| value.map(ToOwned::to_owned));
        let max_body_bytes = text("EAP_MAX_BODY_BYTES")?
            .map(|bytes| {
                bytes.parse().map_err(|_| {
                    Failure::usage(format!("EAP_MAX_BODY_BYTES is `{bytes}`, wanted a number of bytes"))
                })
            })
            .transpose()?;
        let api = ApiValues {
            time_zone: text("STORE_TIME_ZONE")?,
            currency: text("STORE_CURRENCY")?,
            max_body_bytes,
            cors_allowed_origins: text("CORS_ALLOWED_ORIGINS")?
                .map(|list| list.split(',').map(|origin| origin.trim().to_owned()).collect()),
            ..ApiValues::default()
        };
        let values = Values {
            region: text("AWS_REGION")?,
            profile: text("AWS_PROFILE")?,
            endpoint_url: text("AWS_ENDPOINT_URL")?,
            account_id: text("EAP_ACCOUNT_ID")?,
            api,
            ..Values::default()
        };
        Ok(Self { values, origin: LayerOrigin::Variables })
    }

    /// `config/<env>.yaml` of the working folder or the nearest folder above that has one.
    pub(super) fn project_file(
        environment: Environment,
        variables: &Variables,
    ) -> Result<Option<Self>, Failure> {
        let name = Path::new("config").join(format!("{}.yaml", environment.name()));
        let found = variables.working_folders().map(|folder| folder.join(&name)).find(|file| file.is_file());
        found
            .map(|file| Ok(Self { values: read(&file)?, origin: LayerOrigin::ProjectFile(file) }))
            .transpose()
    }

    /// The user's own file, if there is one.
    pub(super) fn user_file(variables: &Variables) -> Result<Option<Self>, Failure> {
        let found = variables.user_config_file().filter(|file| file.is_file());
        found.map(|file| Ok(Self { values: read(&file)?, origin: LayerOrigin::UserFile(file) })).transpose()
    }

    pub(super) fn default_of(environment: Environment) -> Result<Self, Failure> {
        let text = match environment {
            Environment::Local => LOCAL_DEFAULTS,
            Environment::Dev => DEV_DEFAULTS,
            Environment::Staging => STAGING_DEFAULTS,
            Environment::Prod => PROD_DEFAULTS,
        };
        Ok(Self { values: parse(text, "the built-in defaults")?, origin: LayerOrigin::Defaults })
    }

    /// Whether it is a file of the project or the user.
    pub(super) fn is_file(&self) -> bool {
        matches!(self.origin, LayerOrigin::ProjectFile(_) | LayerOrigin::UserFile(_))
    }

    pub(super) fn origin_of(&self, key: &str) -> Origin {
        match &self.origin {
            LayerOrigin::Flags => Origin::Flag,
            LayerOrigin::Variables => VARIABLE_OF_KEY
                .iter()
                .find(|(of, _)| *of == key)
                .map_or(Origin::Default, |(_, variable)| Origin::Variable(variable)),
            LayerOrigin::ProjectFile(file) => Origin::ProjectFile(file.clone()),
            LayerOrigin::UserFile(file) => Origin::UserFile(file.clone()),
            LayerOrigin::Defaults => Origin::Default,
        }
    }
}

fn read(file: &Path) -> Result<Values, Failure> {
    let text = std::fs::read_to_string(file).doing(|| format!("read {}", file.display()))?;
    parse(&text, &file.display().to_string())
}

/// `source` is named in the refusal, with line and column.
fn parse(text: &str, source: &str) -> Result<Values, Failure> {
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(Values::default());
    }
    serde_yaml::from_str(text).map_err(|error| {
        let place = error.location().map_or_else(
            || source.to_owned(),
            |location| format!("{source}:{}:{}", location.line(), location.column()),
        );
        let reason = error.without_snippet().render_with_formatter(&serde_yaml::UserMessageFormatter);
        // The place comes first here, as compilers have it.
        let reason = reason.split(" at line ").next().unwrap_or_default();
        let reason = reason.replace("invalid u16", "wanted a whole number up to 65535");
        let reason = reason.replace("invalid u8", "wanted a whole number up to 255");
        let reason = reason.replace("invalid u64", "wanted a whole number");
        Failure::usage(format!("{place}: {reason}"))
            .hint("`eap config show --env local` lists the keys there are")
    })
}
