//! Where an image is pushed to, checked before anything is built: the registry of an AWS account, or any other.

use reqwest::Url;

use super::reference::Repository;
use super::registry::{Credentials, Registry};
use crate::arguments::Environment;
use crate::aws::{self, Place, ecr, identity};
use crate::commands::Context;
use crate::config::ImageConfig;
use crate::failure::Failure;

/// What becomes of a repository that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingRepository {
    /// The command fails.
    Refused,
    /// It is created.
    Created,
}

/// A registry to push to.
#[derive(Debug)]
pub struct Destination {
    /// The registry.
    pub registry: Registry,
    /// Its AWS side, for scans; `None` for other registries.
    pub ecr: Option<ecr::Client>,
}

/// Any registry of the OCI specification, with the credentials in the variables.
pub fn any_registry(context: Context<'_>, registry: &str, repository: &str) -> Result<Destination, Failure> {
    let repository = Repository::new(registry, repository)?;
    let name = context.variables.text("EAP_REGISTRY_USER")?;
    let credentials = match (name, context.variables.secret("EAP_REGISTRY_PASSWORD")?) {
        (Some(name), Some(password)) => Credentials::User { name: name.to_owned(), password },
        (None, None) => Credentials::Anonymous,
        _ => {
            return Err(Failure::usage("user and password of the registry go together")
                .hint("set both EAP_REGISTRY_USER and EAP_REGISTRY_PASSWORD, or none"));
        }
    };
    Ok(Destination { registry: Registry::new(repository, credentials)?, ecr: None })
}

/// The registry of the AWS account of `environment`.
pub async fn ecr(
    context: Context<'_>,
    environment: Environment,
    config: &ImageConfig,
    repository: &str,
    missing: MissingRepository,
) -> Result<Destination, Failure> {
    config.check_region(environment)?;
    let sdk = aws::sdk_config(Place::of(config)).await;
    check_account(context, environment, config, &identity::caller(&sdk).await?)?;
    let client = ecr::Client::new(&sdk);
    let found = match missing {
        MissingRepository::Refused => ecr::repository(&client, repository).await?.ok_or_else(|| {
            Failure::failed(format!("there is no repository {repository} in {}", config.region.value))
                .hint("add --create-repository, or deploy the bootstrap stack, which owns it")
        })?,
        MissingRepository::Created => {
            ecr::create_repository(&client, repository, &config.project_name.value).await?
        }
    };
    if found.created {
        context.output.say(&format!("Created the repository {}", found.uri));
    }
    let repository = address(config, &found.uri, repository)?;
    let registry = Registry::new(repository, Credentials::Ecr(client.clone()))?;
    Ok(Destination { registry, ecr: Some(client) })
}

/// How the repository `name` of ECR, which calls itself `uri`, is named in images.
pub fn address(config: &ImageConfig, uri: &str, name: &str) -> Result<Repository, Failure> {
    let registry = match &config.endpoint_url {
        // An emulator is its own registry; the address it tells is one of AWS.
        Some(url) => registry_of_endpoint(&url.value)?,
        None => uri.trim_end_matches(name).trim_end_matches('/').to_owned(),
    };
    Repository::new(&registry, name)
}

/// Nothing is sent to an account that the configuration does not name.
fn check_account(
    context: Context<'_>,
    environment: Environment,
    config: &ImageConfig,
    identity: &identity::Identity,
) -> Result<(), Failure> {
    let name = environment.name();
    context.output.say(&format!(
        "Account {}, region {}, as {}",
        identity.account_id, config.region.value, identity.arn
    ));
    match &config.account_id {
        Some(wanted) if wanted.value != identity.account_id => {
            let message = format!(
                "these credentials are of account {}, but `{name}` belongs to {} (from {})",
                identity.account_id, wanted.value, wanted.origin
            );
            Err(Failure::usage(message).hint("name a profile of that account with --profile"))
        }
        Some(_) => Ok(()),
        None => {
            let key = format!("account_id in config/{name}.yaml, or EAP_ACCOUNT_ID, pins the account");
            context.output.hint(&key);
            Ok(())
        }
    }
}

fn registry_of_endpoint(endpoint: &str) -> Result<String, Failure> {
    let wrong = || Failure::usage(format!("`{endpoint}` is no address of an AWS endpoint"));
    let url = Url::parse(endpoint).map_err(|_| wrong())?;
    let host = url.host_str().ok_or_else(wrong)?;
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    Ok(format!("{}://{host}{port}", url.scheme()))
}
