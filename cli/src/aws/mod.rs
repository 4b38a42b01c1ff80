//! Calls of AWS: one way to its settings, thin functions taking a client, and failures in words.
//! Never prints, and knows neither images nor deployments.

pub mod alarms;
pub mod bootstrap;
pub mod budget;
pub mod compliance;
mod credentials;
pub mod database;
pub mod ecr;
pub mod ecr_image;
pub mod ecs;
pub mod functions;
pub mod identity;
pub mod insights;
pub mod live_tail;
pub mod log_events;
pub mod logs;
pub mod metrics;
pub mod protection;
pub mod quotas;
pub mod records;
pub mod secrets;
pub mod sizes;
pub mod stacks;
pub mod targets;
pub mod tasks;

use std::sync::OnceLock;

use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_sdk_ecr::config::SharedHttpClient;
use aws_sdk_ecr::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use crate::config::{ImageConfig, Setting};
use crate::failure::{Failure, Kind};

/// Where and as whom AWS is called.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Region.
    pub region: &'a str,
    /// Profile of the user's AWS files, when one is named.
    pub profile: Option<&'a str>,
    /// Address that is called instead of AWS.
    pub endpoint_url: Option<&'a str>,
}

impl<'a> Place<'a> {
    /// The place that a configuration names.
    pub fn of(config: &'a ImageConfig) -> Self {
        let value = |setting: &'a Option<Setting<String>>| setting.as_ref().map(|set| set.value.as_str());
        Self {
            region: &config.region.value,
            profile: value(&config.profile),
            endpoint_url: value(&config.endpoint_url),
        }
    }
}

/// The settings of all clients. Credentials come from wherever the AWS command line finds them too, and are found again
/// when the user logs in meanwhile.
pub async fn sdk_config(place: Place<'_>) -> SdkConfig {
    let credentials = credentials::Renewed {
        region: place.region.to_owned(),
        profile: place.profile.map(ToOwned::to_owned),
        endpoint_url: place.endpoint_url.map(ToOwned::to_owned),
    };
    loader(place).credentials_provider(credentials).load().await
}

fn loader(place: Place<'_>) -> ConfigLoader {
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http_client())
        .region(Region::new(place.region.to_owned()))
        .app_name(aws_config::AppName::new("eap").unwrap_or_else(|_| unreachable!("the name is plain")));
    if let Some(profile) = place.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = place.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    loader
}

/// Connections are shared by all clients; the authorities of the machine are read once.
fn http_client() -> SharedHttpClient {
    static CLIENT: OnceLock<SharedHttpClient> = OnceLock::new();
    let build = || {
        aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
    };
    CLIENT.get_or_init(build).clone()
}

/// Bytes as hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A failed call as a failure: what AWS said, and what can be done. `action` is its name in policies.
fn failure_of<E, R>(action: &str, error: &SdkError<E, R>) -> Failure
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
    R: std::fmt::Debug,
{
    let code = error.code().unwrap_or_default();
    let Some(service) = error.as_service_error() else {
        return not_called(action, &DisplayErrorContext(error).to_string());
    };
    let said = service.message().or(error.code()).unwrap_or("no reason given");
    let failure = Failure::failed(format!("AWS refuses {action}: {said}"));
    match code {
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" => {
            failure.hint(format!("these credentials need the permission {action}"))
        }
        "ExpiredTokenException" | "ExpiredToken" | "RequestExpired" => {
            failure.becoming(Kind::Credentials).hint("the AWS credentials have expired: log in again")
        }
        "UnrecognizedClientException" | "InvalidClientTokenId" | "SignatureDoesNotMatch" => failure
            .becoming(Kind::Credentials)
            .hint("AWS does not know these credentials: check AWS_PROFILE, AWS_ACCESS_KEY_ID and the clock"),
        "Throttling"
        | "ThrottlingException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "SlowDown" => failure.becoming(Kind::Throttled).hint("AWS is busy with this account: try again"),
        _ => failure,
    }
}

/// The call did not reach AWS, or its answer did not reach us.
fn not_called(action: &str, chain: &str) -> Failure {
    // The chain ends with the whole error for programmers.
    let reason = chain.split(" (").next().unwrap_or(chain);
    let failure = Failure::failed(format!("cannot call {action}: {reason}"));
    if chain.contains("credentials") || chain.contains("CredentialsNotLoaded") {
        return failure
            .becoming(Kind::Credentials)
            .hint("AWS credentials are missing or cannot be used: log in, or name a profile with --profile");
    }
    failure.becoming(Kind::Unreached).hint("is AWS, or the address of --endpoint-url, reachable from here?")
}
