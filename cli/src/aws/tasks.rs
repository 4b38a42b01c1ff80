//! Tasks of a service: those that run, and what became of those that stopped.

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::DesiredStatus;
use tokio::task::JoinSet;

use super::ecs::ServiceName;
use super::failure_of;
use crate::failure::{Doing as _, Failure};

/// A task that stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoppedTask {
    /// Its id, the last part of its ARN.
    pub id: String,
    /// Why it stopped.
    pub reason: String,
    /// What became of its containers: name, exit code, reason.
    pub containers: Vec<(String, Option<i32>, Option<String>)>,
    /// When, in seconds since 1970.
    pub stopped_at: Option<i64>,
}

/// A task that was started and has not been stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningTask {
    /// Its id, the last part of its ARN.
    pub id: String,
    /// Family and revision of its task definition.
    pub version: String,
    /// Such as `RUNNING` or `PENDING`, in ECS's words.
    pub status: String,
    /// Whether its containers call themselves healthy: `HEALTHY`, `UNHEALTHY` or `UNKNOWN`.
    pub health: String,
    /// Since when it runs, in seconds since 1970; none while it starts.
    pub started_at: Option<i64>,
    /// Availability zone.
    pub zone: String,
    /// Digest of the image that its container `api` runs; none while it is pulled.
    pub digest: Option<String>,
}

/// Tasks of `task_definition` that stopped, as far as ECS remembers them: those of one deployment, else of all.
pub async fn stopped_of(
    client: &Client,
    name: ServiceName<'_>,
    task_definition: &str,
    deployment: Option<&str>,
) -> Result<Vec<StoppedTask>, Failure> {
    let mut tasks = describe_stopped(client, name).await?;
    tasks.retain(|task| {
        task.task_definition_arn() == Some(task_definition)
            && deployment.is_none_or(|id| task.started_by() == Some(id))
    });
    Ok(tasks.iter().map(stopped).collect())
}

/// Tasks of the service that stopped, as far as ECS remembers them, the latest first.
pub async fn all_stopped(client: &Client, name: ServiceName<'_>) -> Result<Vec<StoppedTask>, Failure> {
    let mut tasks = describe_stopped(client, name).await?;
    tasks.sort_by_key(|task| {
        std::cmp::Reverse(task.stopped_at().map(aws_sdk_ecs::primitives::DateTime::secs))
    });
    Ok(tasks.iter().map(stopped).collect())
}

async fn describe_stopped(
    client: &Client,
    name: ServiceName<'_>,
) -> Result<Vec<aws_sdk_ecs::types::Task>, Failure> {
    let pages = client.list_tasks().cluster(name.cluster).service_name(name.service);
    let mut pages = pages.desired_status(DesiredStatus::Stopped).into_paginator().send();
    let mut tasks = Vec::new();
    while let Some(page) = pages.next().await {
        let arns = page.map_err(|error| failure_of("ecs:ListTasks", &error))?.task_arns.unwrap_or_default();
        if !arns.is_empty() {
            let described = client.describe_tasks().cluster(name.cluster).set_tasks(Some(arns)).send().await;
            let described = described.map_err(|error| failure_of("ecs:DescribeTasks", &error))?;
            tasks.extend(described.tasks.unwrap_or_default());
        }
    }
    Ok(tasks)
}

/// Tasks of the service that run or start, by their ids.
pub async fn all_running(client: &Client, name: ServiceName<'_>) -> Result<Vec<RunningTask>, Failure> {
    let pages = client.list_tasks().cluster(name.cluster).service_name(name.service);
    let mut pages = pages.desired_status(DesiredStatus::Running).into_paginator().send();
    // Each page is described while the next one is on its way.
    let mut calls = JoinSet::new();
    while let Some(page) = pages.next().await {
        let arns = page.map_err(|error| failure_of("ecs:ListTasks", &error))?.task_arns.unwrap_or_default();
        if !arns.is_empty() {
            calls.spawn(client.describe_tasks().cluster(name.cluster).set_tasks(Some(arns)).send());
        }
    }
    let mut tasks = Vec::new();
    while let Some(described) = calls.join_next().await {
        let described = described.doing(|| "wait for ecs:DescribeTasks".to_owned())?;
        let described = described.map_err(|error| failure_of("ecs:DescribeTasks", &error))?;
        tasks.extend(described.tasks().iter().map(running));
    }
    tasks.sort_by(|one: &RunningTask, other| one.id.cmp(&other.id));
    Ok(tasks)
}

fn running(task: &aws_sdk_ecs::types::Task) -> RunningTask {
    let last_part = |arn: Option<&str>| arn.and_then(|arn| arn.rsplit('/').next()).unwrap_or("?").to_owned();
    RunningTask {
        id: last_part(task.task_arn()),
        version: last_part(task.task_definition_arn()),
        status: task.last_status().unwrap_or("?").to_owned(),
        health: task.health_status().map_or("UNKNOWN", |health| health.as_str()).to_owned(),
        started_at: task.started_at().map(aws_sdk_ecs::primitives::DateTime::secs),
        zone: task.availability_zone().unwrap_or("?").to_owned(),
        digest: task
            .containers()
            .iter()
            .find(|container| container.name() == Some("api"))
            .and_then(|container| container.image_digest())
            .map(ToOwned::to_owned),
    }
}

/// A task as one that stopped.
pub fn stopped(task: &aws_sdk_ecs::types::Task) -> StoppedTask {
    let container = |container: &aws_sdk_ecs::types::Container| {
        let reason = container.reason().map(ToOwned::to_owned);
        (container.name().unwrap_or_default().to_owned(), container.exit_code(), reason)
    };
    StoppedTask {
        id: task.task_arn().and_then(|arn| arn.rsplit('/').next()).unwrap_or_default().to_owned(),
        reason: task.stopped_reason().unwrap_or("no reason given").to_owned(),
        containers: task.containers().iter().map(container).collect(),
        stopped_at: task.stopped_at().map(aws_sdk_ecs::primitives::DateTime::secs),
    }
}
