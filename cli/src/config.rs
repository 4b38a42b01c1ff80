//! The configuration: one typed value from flags, environment variables, files and defaults, in this order.
//! Owns the only reading of environment variables and configuration files. Never writes either.

mod bootstrap;
mod image;
mod infrastructure;
mod layers;
mod others;
mod schema;
mod secret;
mod variables;

use std::net::IpAddr;
use std::path::PathBuf;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

pub use image::{IgnoredFinding, ImageConfig};
pub use infrastructure::{PlatformConfig, infrastructure_keys};
pub use layers::{ApiValues, MonitorValues, Values};
pub use schema::schema;
pub use secret::{Secret, url_without_password};
pub use variables::Variables;

use crate::arguments::{Environment, GlobalOptions};
use crate::failure::Failure;
use layers::Layer;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag of this command line.
    Flag,
    /// The environment variable of this name.
    Variable(&'static str),
    /// `config/<env>.yaml` in this folder or above.
    ProjectFile(PathBuf),
    /// The user's own file.
    UserFile(PathBuf),
    /// Built into this program.
    Default,
    /// What the Terraform tree says of a variable that nobody sets.
    TerraformDefault,
}

/// A value and where it comes from.
#[derive(Debug, Clone)]
pub struct Setting<T> {
    /// The value in force.
    pub value: T,
    /// Where it comes from.
    pub origin: Origin,
}

/// The configuration of an environment.
#[derive(Debug)]
pub struct Config {
    /// Name of the project.
    pub project_name: Setting<String>,
    /// AWS region; the local API only reports it.
    pub region: Setting<String>,
    /// AWS profile, when one is named.
    pub profile: Option<Setting<String>>,
    /// Address that stands in for AWS, when one is named.
    pub endpoint_url: Option<Setting<String>>,
    /// How the API runs.
    pub api: ApiConfig,
    /// When the monitor worries.
    pub monitor: MonitorConfig,
}

/// How the API runs.
#[derive(Debug)]
pub struct ApiConfig {
    /// Address it listens on.
    pub listen: Setting<IpAddr>,
    /// Port it listens on.
    pub port: Setting<u16>,
    /// How long a deploy waits for `/health`.
    pub start_timeout: Setting<SignedDuration>,
    /// IANA name of the store's time zone.
    pub time_zone: Setting<String>,
    /// ISO 4217 code of the currency of reports.
    pub currency: Setting<String>,
    /// Largest JSON body, in bytes.
    pub max_body_bytes: Setting<u64>,
    /// Origins that browsers may call from.
    pub cors_allowed_origins: Setting<Vec<String>>,
}

/// When the monitor worries.
#[derive(Debug)]
pub struct MonitorConfig {
    /// Time over which rates are measured.
    pub window: Setting<SignedDuration>,
    /// Share of failed answers from which the platform is degraded.
    pub degraded_error_percent: Setting<u8>,
    /// Share of failed answers from which the platform is unhealthy.
    pub unhealthy_error_percent: Setting<u8>,
    /// 95th percentile of the answer time, in milliseconds, from which the platform is degraded.
    pub degraded_p95_ms: Setting<u64>,
}

impl Config {
    /// Resolves the configuration of `environment`. `command_flags` are the values of the command's own flags.
    pub fn load(
        environment: Environment,
        options: &GlobalOptions,
        variables: &Variables,
        command_flags: Values,
    ) -> Result<Self, Failure> {
        let layers = all_layers(environment, options, variables, command_flags)?;
        let config = Self::resolve(&layers)?;
        config.check()?;
        Ok(config)
    }

    fn resolve(layers: &[Layer]) -> Result<Self, Failure> {
        Ok(Self {
            project_name: required(layers, "project_name", |v| v.project_name.clone())?,
            region: required(layers, "region", |v| v.region.clone())?,
            profile: first(layers, "profile", |v| v.profile.clone()),
            endpoint_url: first(layers, "endpoint_url", |v| v.endpoint_url.clone()),
            api: ApiConfig {
                listen: required(layers, "api.listen", |v| v.api.listen)?,
                port: required(layers, "api.port", |v| v.api.port)?,
                start_timeout: required(layers, "api.start_timeout", |v| v.api.start_timeout)?,
                time_zone: required(layers, "api.time_zone", |v| v.api.time_zone.clone())?,
                currency: required(layers, "api.currency", |v| v.api.currency.clone())?,
                max_body_bytes: required(layers, "api.max_body_bytes", |v| v.api.max_body_bytes)?,
                cors_allowed_origins: required(layers, "api.cors_allowed_origins", |v| {
                    v.api.cors_allowed_origins.clone()
                })?,
            },
            monitor: MonitorConfig {
                window: required(layers, "monitor.window", |v| v.monitor.window)?,
                degraded_error_percent: required(layers, "monitor.degraded_error_percent", |v| {
                    v.monitor.degraded_error_percent
                })?,
                unhealthy_error_percent: required(layers, "monitor.unhealthy_error_percent", |v| {
                    v.monitor.unhealthy_error_percent
                })?,
                degraded_p95_ms: required(layers, "monitor.degraded_p95_ms", |v| v.monitor.degraded_p95_ms)?,
            },
        })
    }

    /// Refuses values that have the right type and no meaning.
    fn check(&self) -> Result<(), Failure> {
        let api = &self.api;
        if api.port.value == 0 {
            return Err(refused("api.port", "0", &api.port.origin, "a port from 1 to 65535"));
        }
        if TimeZone::get(&api.time_zone.value).is_err() {
            let wanted = "an IANA time zone such as UTC or Europe/Berlin";
            return Err(refused("api.time_zone", &api.time_zone.value, &api.time_zone.origin, wanted));
        }
        let currency = &api.currency;
        if currency.value.len() != 3 || !currency.value.bytes().all(|byte| byte.is_ascii_uppercase()) {
            let wanted = "three capital letters of ISO 4217 such as USD";
            return Err(refused("api.currency", &currency.value, &currency.origin, wanted));
        }
        for (key, duration) in
            [("api.start_timeout", &api.start_timeout), ("monitor.window", &self.monitor.window)]
        {
            if duration.value <= SignedDuration::ZERO {
                let value = format!("{:#}", duration.value);
                return Err(refused(key, &value, &duration.origin, "a duration above zero such as 30s"));
            }
        }
        Ok(())
    }

    /// Every setting as key, value and origin, in the order of the files.
    pub fn settings(&self) -> Vec<(&'static str, serde_json::Value, &Origin)> {
        let (api, monitor) = (&self.api, &self.monitor);
        let duration = |d: &SignedDuration| serde_json::Value::from(format!("{d:#}"));
        let mut settings = vec![
            ("project_name", self.project_name.value.clone().into(), &self.project_name.origin),
            ("region", self.region.value.clone().into(), &self.region.origin),
        ];
        settings.extend(self.profile.iter().map(|s| ("profile", s.value.clone().into(), &s.origin)));
        settings
            .extend(self.endpoint_url.iter().map(|s| ("endpoint_url", s.value.clone().into(), &s.origin)));
        settings.extend([
            ("api.listen", api.listen.value.to_string().into(), &api.listen.origin),
            ("api.port", api.port.value.into(), &api.port.origin),
            ("api.start_timeout", duration(&api.start_timeout.value), &api.start_timeout.origin),
            ("api.time_zone", api.time_zone.value.clone().into(), &api.time_zone.origin),
            ("api.currency", api.currency.value.clone().into(), &api.currency.origin),
            ("api.max_body_bytes", api.max_body_bytes.value.into(), &api.max_body_bytes.origin),
            (
                "api.cors_allowed_origins",
                api.cors_allowed_origins.value.clone().into(),
                &api.cors_allowed_origins.origin,
            ),
            ("monitor.window", duration(&monitor.window.value), &monitor.window.origin),
            (
                "monitor.degraded_error_percent",
                monitor.degraded_error_percent.value.into(),
                &monitor.degraded_error_percent.origin,
            ),
            (
                "monitor.unhealthy_error_percent",
                monitor.unhealthy_error_percent.value.into(),
                &monitor.unhealthy_error_percent.origin,
            ),
            (
                "monitor.degraded_p95_ms",
                monitor.degraded_p95_ms.value.into(),
                &monitor.degraded_p95_ms.origin,
            ),
        ]);
        settings
    }
}

/// Every source of values, the strongest first.
fn all_layers(
    environment: Environment,
    options: &GlobalOptions,
    variables: &Variables,
    command_flags: Values,
) -> Result<Vec<Layer>, Failure> {
    let flags = Values {
        project_name: options.project_name.clone(),
        region: options.region.clone(),
        profile: options.profile.clone(),
        endpoint_url: options.endpoint_url.clone(),
        ..command_flags
    };
    let mut layers = vec![Layer::flags(flags), Layer::variables(variables)?];
    layers.extend(Layer::project_file(environment, variables)?);
    layers.extend(Layer::user_file(variables)?);
    layers.push(Layer::default_of(environment)?);
    Ok(layers)
}

fn first<T>(layers: &[Layer], key: &'static str, get: impl Fn(&Values) -> Option<T>) -> Option<Setting<T>> {
    layers
        .iter()
        .find_map(|layer| get(&layer.values).map(|value| Setting { value, origin: layer.origin_of(key) }))
}

fn required<T>(
    layers: &[Layer],
    key: &'static str,
    get: impl Fn(&Values) -> Option<T>,
) -> Result<Setting<T>, Failure> {
    first(layers, key, get).ok_or_else(|| Failure::usage(format!("the configuration has no value for {key}")))
}

fn refused(key: &str, value: &str, origin: &Origin, wanted: &str) -> Failure {
    Failure::usage(format!("{key} is `{value}` (from {origin}), wanted {wanted}"))
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::ProjectFile(path) => write!(f, "project file {}", path.display()),
            Self::UserFile(path) => write!(f, "user file {}", path.display()),
            Self::Default => f.write_str("default"),
            Self::TerraformDefault => f.write_str("default of Terraform"),
        }
    }
}
