//! The service of an environment: its deployments, and what became of tasks.

use aws_config::SdkConfig;
pub use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{Deployment, DeploymentRolloutState, LaunchType, Service};

use super::failure_of;
use super::tasks::{self, StoppedTask};
use crate::failure::Failure;

/// As many events of a service are kept.
const MOST_EVENTS: usize = 50;

/// Where a service is.
#[derive(Debug, Clone, Copy)]
pub struct ServiceName<'a> {
    /// Cluster.
    pub cluster: &'a str,
    /// Service.
    pub service: &'a str,
}

/// How far the deployment of a task definition is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Id of the deployment; none when ECS lists it no longer.
    pub deployment: Option<String>,
    /// Whether and how it ended.
    pub state: State,
    /// Tasks that are wanted.
    pub desired: i32,
    /// Tasks that run.
    pub running: i32,
    /// Tasks that are starting.
    pub pending: i32,
    /// Tasks that failed.
    pub failed: i32,
    /// What ECS says about it.
    pub reason: Option<String>,
}

/// Whether and how a deployment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is under way.
    UnderWay,
    /// It serves.
    Completed,
    /// It failed; ECS may still be about to roll back.
    Failed,
    /// Another one took its place.
    Gone,
}

/// How a service is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceState {
    /// Such as `ACTIVE`.
    pub status: String,
    /// Tasks that are wanted.
    pub desired: i32,
    /// Tasks that run.
    pub running: i32,
    /// Tasks that are starting.
    pub pending: i32,
    /// The latest deployment: how far it is, and what ECS says about it.
    pub rollout: Option<(State, Option<String>)>,
    /// Tasks of that deployment that failed.
    pub failed: i32,
    /// Tasks of earlier deployments that still run.
    pub former: i32,
    /// Image of the container `api` of that deployment.
    pub image: Option<String>,
    /// What ECS says of it, the newest first: when, in seconds since 1970, and what.
    pub events: Vec<(i64, String)>,
}

/// A client of ECS.
pub fn client(config: &SdkConfig) -> Client {
    Client::new(config)
}

/// How far the deployment of `task_definition` is, and the latest events of the service, the newest first.
pub async fn progress(
    client: &Client,
    name: ServiceName<'_>,
    task_definition: &str,
) -> Result<(Progress, Vec<(String, String)>), Failure> {
    let found = client.describe_services().cluster(name.cluster).services(name.service).send().await;
    let found = found.map_err(|error| failure_of("ecs:DescribeServices", &error))?;
    let service = found.services.unwrap_or_default().into_iter().next();
    let service = service.ok_or_else(|| Failure::failed(format!("there is no service {}", name.service)))?;
    let event = |event: &aws_sdk_ecs::types::ServiceEvent| {
        (event.id().unwrap_or_default().to_owned(), event.message().unwrap_or_default().to_owned())
    };
    Ok((progress_of(&service, task_definition), service.events().iter().map(event).collect()))
}

/// Something that the service did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceEvent {
    /// Id.
    pub id: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// What, in the words of ECS.
    pub message: String,
}

/// The latest events of the service, the oldest first.
pub async fn events(client: &Client, name: ServiceName<'_>) -> Result<Vec<ServiceEvent>, Failure> {
    let found = client.describe_services().cluster(name.cluster).services(name.service).send().await;
    let found = found.map_err(|error| failure_of("ecs:DescribeServices", &error))?;
    let event = |event: &aws_sdk_ecs::types::ServiceEvent| ServiceEvent {
        id: event.id().unwrap_or_default().to_owned(),
        at_ms: event.created_at().and_then(|at| at.to_millis().ok()).unwrap_or_default(),
        message: event.message().unwrap_or_default().to_owned(),
    };
    Ok(found.services().iter().flat_map(Service::events).rev().map(event).collect())
}

/// How the service is, and what it runs.
pub async fn service_state(client: &Client, name: ServiceName<'_>) -> Result<ServiceState, Failure> {
    let found = client.describe_services().cluster(name.cluster).services(name.service).send().await;
    let found = found.map_err(|error| failure_of("ecs:DescribeServices", &error))?;
    let service = found.services.unwrap_or_default().into_iter().next();
    let service = service.ok_or_else(|| Failure::failed(format!("there is no service {}", name.service)))?;
    let primary = service.deployments().iter().find(|deployment| deployment.status() == Some("PRIMARY"));
    let definition = primary.and_then(Deployment::task_definition);
    let image = match definition {
        Some(definition) => image_of(client, definition).await?,
        None => None,
    };
    Ok(ServiceState {
        status: service.status().unwrap_or_default().to_owned(),
        desired: service.desired_count(),
        running: service.running_count(),
        pending: service.pending_count(),
        rollout: primary.map(|it| (state_of(it), it.rollout_state_reason().map(ToOwned::to_owned))),
        failed: primary.map_or(0, Deployment::failed_tasks),
        former: service
            .deployments()
            .iter()
            .filter(|it| it.status() != Some("PRIMARY"))
            .map(Deployment::running_count)
            .sum(),
        image,
        events: service.events().iter().take(MOST_EVENTS).filter_map(event).collect(),
    })
}

/// The status of a cluster, in the words of ECS.
pub async fn cluster_status(client: &Client, cluster: &str) -> Result<String, Failure> {
    let found = client.describe_clusters().clusters(cluster).send().await;
    let found = found.map_err(|error| failure_of("ecs:DescribeClusters", &error))?;
    let status = found.clusters().first().and_then(|cluster| cluster.status());
    Ok(status.unwrap_or("MISSING").to_owned())
}

fn event(event: &aws_sdk_ecs::types::ServiceEvent) -> Option<(i64, String)> {
    Some((event.created_at()?.secs(), event.message()?.to_owned()))
}

/// The image of the container `api` in a task definition.
pub async fn image_of(client: &Client, definition: &str) -> Result<Option<String>, Failure> {
    let found = client.describe_task_definition().task_definition(definition).send().await;
    let found = found.map_err(|error| failure_of("ecs:DescribeTaskDefinition", &error))?;
    let containers = found.task_definition().map_or(&[][..], |definition| definition.container_definitions());
    let api = containers.iter().find(|container| container.name() == Some("api"));
    Ok(api.and_then(|api| api.image()).map(ToOwned::to_owned))
}

/// Starts one task of `task_definition`, which is not the service's, in the service's own network, and answers its ARN.
pub async fn run_once(
    client: &Client,
    name: ServiceName<'_>,
    task_definition: &str,
) -> Result<String, Failure> {
    let found = client.describe_services().cluster(name.cluster).services(name.service).send().await;
    let found = found.map_err(|error| failure_of("ecs:DescribeServices", &error))?;
    let service = found.services.unwrap_or_default().into_iter().next();
    let service = service.ok_or_else(|| Failure::failed(format!("there is no service {}", name.service)))?;
    let started = client
        .run_task()
        .cluster(name.cluster)
        .task_definition(task_definition)
        .set_network_configuration(service.network_configuration().cloned())
        .launch_type(LaunchType::Fargate)
        .started_by("eap-doctor")
        .send()
        .await;
    let started = started.map_err(|error| failure_of("ecs:RunTask", &error))?;
    if let Some(arn) = started.tasks().first().and_then(|task| task.task_arn()) {
        return Ok(arn.to_owned());
    }
    let why = started.failures().first().and_then(|failure| failure.reason()).unwrap_or("no reason given");
    Err(Failure::failed(format!("ECS started no task: {why}")))
}

/// A task that is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Awaited {
    /// It is in this state, in the words of ECS.
    Underway(String),
    /// It stopped.
    Stopped(StoppedTask),
}

/// How far a task is.
pub async fn awaited(client: &Client, name: ServiceName<'_>, arn: &str) -> Result<Awaited, Failure> {
    let found = client.describe_tasks().cluster(name.cluster).tasks(arn).send().await;
    let found = found.map_err(|error| failure_of("ecs:DescribeTasks", &error))?;
    let task = found.tasks().first().ok_or_else(|| Failure::failed("ECS has forgotten the task"))?;
    let status = task.last_status().unwrap_or("in an unknown state");
    Ok(if status == "STOPPED" {
        Awaited::Stopped(tasks::stopped(task))
    } else {
        Awaited::Underway(status.to_owned())
    })
}

/// How many tasks the service wants.
pub async fn desired_count(client: &Client, name: ServiceName<'_>) -> Result<i32, Failure> {
    let found = client.describe_services().cluster(name.cluster).services(name.service).send().await;
    let found = found.map_err(|error| failure_of("ecs:DescribeServices", &error))?;
    Ok(found.services().first().map_or(0, Service::desired_count))
}

/// Lets the service want `count` tasks.
pub async fn set_desired_count(client: &Client, name: ServiceName<'_>, count: i32) -> Result<(), Failure> {
    let updated = client.update_service().cluster(name.cluster).service(name.service).desired_count(count);
    updated.send().await.map(drop).map_err(|error| failure_of("ecs:UpdateService", &error))
}

/// Begins a new deployment of what the service has, with `count` tasks. A deployment that failed starts no more tasks,
/// however many are wanted.
pub async fn start_anew(client: &Client, name: ServiceName<'_>, count: i32) -> Result<(), Failure> {
    let updated = client.update_service().cluster(name.cluster).service(name.service).desired_count(count);
    let updated = updated.force_new_deployment(true).send().await;
    updated.map(drop).map_err(|error| failure_of("ecs:UpdateService", &error))
}

fn progress_of(service: &Service, task_definition: &str) -> Progress {
    let of_it = |it: &&Deployment| it.task_definition() == Some(task_definition);
    let mut ours: Vec<&Deployment> = service.deployments().iter().filter(of_it).collect();
    // A version that is tried again has two: the one that failed, and the one that counts.
    ours.sort_by_key(|it| it.status() != Some("PRIMARY"));
    let Some(deployment) = ours.first() else {
        return Progress {
            deployment: None,
            state: State::Gone,
            desired: 0,
            running: 0,
            pending: 0,
            failed: 0,
            reason: None,
        };
    };
    Progress {
        deployment: deployment.id().map(ToOwned::to_owned),
        state: state_of(deployment),
        desired: deployment.desired_count(),
        running: deployment.running_count(),
        pending: deployment.pending_count(),
        failed: deployment.failed_tasks(),
        reason: deployment.rollout_state_reason().map(ToOwned::to_owned),
    }
}

fn state_of(deployment: &Deployment) -> State {
    match deployment.rollout_state() {
        Some(DeploymentRolloutState::Completed) => State::Completed,
        Some(DeploymentRolloutState::Failed) => State::Failed,
        // A circuit breaker makes the former deployment the primary one again.
        _ if deployment.status() != Some("PRIMARY") => State::Gone,
        _ => State::UnderWay,
    }
}
