//! What the state of an environment names, tried from here one by one: bucket and lock, repository, service, database, API
//! and log groups. For `eap doctor`; changes nothing, and a part that does not answer delays no other.

use jiff::Timestamp;
use serde::Deserialize;

use super::cloud::within;
use super::probe::{self, Answer, Probe};
use super::report::{Check, Health};
use super::rules::{self, Reach};
use crate::aws::ecs::{self, ServiceName};
use crate::aws::{database, ecr, logs, records};
use crate::config::PlatformConfig;
use crate::deployed::{self, Deployed};
use crate::failure::Failure;

/// What came of trying a part, by its name.
pub type Tried = (&'static str, Result<Check, Failure>);

/// Who holds the lock of a state, as Terraform writes it beside the state.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Lock {
    #[serde(rename = "ID")]
    id: String,
    who: String,
    operation: String,
    created: String,
}

/// Tries all of them.
pub async fn all(config: &PlatformConfig, deployed: &Deployed) -> Vec<Tried> {
    let (state, repository, service, database, probe, log) = tokio::join!(
        within(state(config, deployed)),
        within(repository(config, deployed)),
        within(service(deployed)),
        within(database_of(deployed)),
        within(probe::call(config, &deployed.outputs.api_url)),
        within(log_groups(deployed)),
    );
    let mut tried = vec![("state", state), ("repository", repository)];
    tried.extend([("database", database), ("service", service), ("log", log)]);
    if deployed.outputs.api_gateway_url.is_none() {
        let why = "not deployed: the API answers at its load balancer alone, inside the network";
        tried.push(("gateway", Ok(Check::new("gateway", Health::Healthy, why))));
    }
    let name = config.environment.name();
    tried.extend(seen_of(probe, &deployed.outputs.api_url, name));
    tried.into_iter().map(|(part, found)| (part, found.map_err(|failure| advised(failure, name)))).collect()
}

/// The API: its status and how long it takes; TLS where it speaks it.
fn seen_of(probe: Result<Probe, Failure>, api_url: &str, environment: &str) -> Vec<Tried> {
    let probe = match probe {
        Ok(probe) => probe,
        Err(failure) => return vec![("api", Err(failure))],
    };
    let mut api = rules::api(&probe, Reach::Answered);
    api.detail = format!("{api_url}: {}", api.detail);
    match probe.answer {
        Answer::Good => {}
        Answer::Bad(_) => {
            let hint =
                format!("something answers: `eap monitor --env {environment}` says what is wrong behind it");
            api.hints.push(hint);
        }
        Answer::None(_) => {
            api.hints
                .push("does a proxy, a firewall or a name server stand between here and there?".to_owned());
        }
    }
    let certificate = rules::certificate(&probe, Timestamp::now()).map(|check| ("certificate", Ok(check)));
    std::iter::once(("api", Ok(api))).chain(certificate).collect()
}

/// That the state can be read is known; whether its lock is free is asked.
async fn state(config: &PlatformConfig, deployed: &Deployed) -> Result<Check, Failure> {
    let (bucket, key) = (&deployed.bootstrap.state_bucket, deployed::state_key(config));
    let client = records::client(&deployed.sdk, config.image.endpoint_url.is_some());
    let lock = records::find(&client, bucket, &format!("{key}.tflock")).await?;
    let place = format!("s3://{bucket}/{key}");
    let Some(lock) = lock else {
        return Ok(Check::new("state", Health::Healthy, format!("{place} can be read, and nobody locks it")));
    };
    let name = config.environment.name();
    let (words, hint) = match serde_json::from_slice::<Lock>(&lock) {
        Ok(Lock { id, who, operation, created }) => (
            format!("{place} is locked by {who} since {created} ({operation})"),
            format!("is its holder dead? then `eap unlock --env {name} --id {id}`"),
        ),
        Err(_) => (
            format!("{place} is locked, and its lock says not by whom"),
            format!("look at {key}.tflock in the bucket"),
        ),
    };
    let mut check = Check::new("state", Health::Degraded, words);
    check.hints.push(hint);
    Ok(check)
}

async fn repository(config: &PlatformConfig, deployed: &Deployed) -> Result<Check, Failure> {
    let name = config.image.repository.as_str();
    let found = ecr::repository(&ecr::Client::new(&deployed.sdk), name).await?;
    let found = found.ok_or_else(|| Failure::failed(format!("there is no repository {name}")))?;
    Ok(Check::new("repository", Health::Healthy, found.uri))
}

async fn service(deployed: &Deployed) -> Result<Check, Failure> {
    let outputs = &deployed.outputs;
    let name = ServiceName { cluster: &outputs.ecs_cluster_name, service: &outputs.ecs_service_name };
    Ok(rules::service(&ecs::service_state(&ecs::client(&deployed.sdk), name).await?))
}

async fn database_of(deployed: &Deployed) -> Result<Check, Failure> {
    let identifier = &deployed.outputs.database_identifier;
    let mut check = rules::database_status(&database::describe(&deployed.sdk, identifier).await?);
    check.detail = format!("{identifier}: {}", check.detail);
    Ok(check)
}

async fn log_groups(deployed: &Deployed) -> Result<Check, Failure> {
    let groups: Vec<&str> = deployed.outputs.log_groups.values().map(String::as_str).collect();
    let missing = logs::missing_groups(&deployed.sdk, &groups).await?;
    if missing.is_empty() {
        return Ok(Check::new("log", Health::Healthy, format!("{} log groups are there", groups.len())));
    }
    Err(Failure::failed(format!("there is no log group {}", missing.join(", "))))
}

/// What is missing though the state names it, a deploy makes again.
fn advised(failure: Failure, environment: &str) -> Failure {
    if !failure.hints().is_empty() {
        return failure;
    }
    failure.hint(format!("where it was deleted, `eap deploy --env {environment}` makes it again"))
}
