//! How the database of an environment is: an RDS instance, or an Aurora cluster.

use aws_config::SdkConfig;
use aws_sdk_rds::Client;
use aws_sdk_rds::primitives::DateTime;
use aws_sdk_rds::types::{
    ClusterPendingModifiedValues, DbCluster, DbInstance, PendingMaintenanceAction, PendingModifiedValues,
};

use super::failure_of;
use crate::failure::Failure;

/// What RDS says of a database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Database {
    /// Such as `available`, in RDS's words.
    pub status: String,
    /// Engine and version.
    pub engine: String,
    /// Whether a standby or a second instance takes over.
    pub multi_az: bool,
    /// Whether its storage is encrypted.
    pub encrypted: bool,
    /// Until when it can be restored, in seconds since 1970; none without a backup.
    pub restorable_until: Option<i64>,
    /// Changes that wait for the maintenance window.
    pub pending: bool,
    /// Storage that it has, in GiB; none where it grows by itself.
    pub storage_gib: Option<i32>,
    /// Class of its instance; none of a cluster.
    pub class: Option<String>,
    /// What AWS is about to do to it; none where that cannot be seen.
    pub maintenance: Option<Vec<Maintenance>>,
}

/// Something that AWS is about to do to a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maintenance {
    /// Such as `system-update`, in RDS's words.
    pub action: String,
    /// When AWS does it whatever anybody says, in seconds since 1970.
    pub forced_at: Option<i64>,
}

/// Looks at the instance or cluster of this identifier.
pub async fn describe(config: &SdkConfig, identifier: &str) -> Result<Database, Failure> {
    let client = Client::new(config);
    let (database, maintenance) =
        tokio::join!(instance_or_cluster(&client, identifier), maintenance(&client, identifier));
    Ok(Database { maintenance, ..database? })
}

async fn instance_or_cluster(client: &Client, identifier: &str) -> Result<Database, Failure> {
    let found = client.describe_db_instances().db_instance_identifier(identifier).send().await;
    match found {
        Ok(found) => {
            let instance = found.db_instances.unwrap_or_default().into_iter().next();
            instance.as_ref().map(of_instance).ok_or_else(|| missing(identifier))
        }
        Err(error) => match error.as_service_error() {
            Some(service) if service.is_db_instance_not_found_fault() => {
                describe_cluster(client, identifier).await
            }
            _ => Err(failure_of("rds:DescribeDBInstances", &error)),
        },
    }
}

async fn describe_cluster(client: &Client, identifier: &str) -> Result<Database, Failure> {
    let found = client.describe_db_clusters().db_cluster_identifier(identifier).send().await;
    let found = found.map_err(|error| failure_of("rds:DescribeDBClusters", &error))?;
    let cluster = found.db_clusters.unwrap_or_default().into_iter().next();
    cluster.as_ref().map(of_cluster).ok_or_else(|| missing(identifier))
}

fn of_instance(instance: &DbInstance) -> Database {
    Database {
        status: instance.db_instance_status().unwrap_or_default().to_owned(),
        engine: engine(instance.engine(), instance.engine_version()),
        multi_az: instance.multi_az().unwrap_or_default(),
        encrypted: instance.storage_encrypted().unwrap_or_default(),
        restorable_until: instance.latest_restorable_time().map(DateTime::secs),
        // RDS always answers with the structure; empty, it says nothing.
        pending: instance
            .pending_modified_values()
            .is_some_and(|values| values != &PendingModifiedValues::builder().build()),
        storage_gib: instance.allocated_storage(),
        class: instance.db_instance_class().map(ToOwned::to_owned),
        maintenance: None,
    }
}

fn of_cluster(cluster: &DbCluster) -> Database {
    Database {
        status: cluster.status().unwrap_or_default().to_owned(),
        engine: engine(cluster.engine(), cluster.engine_version()),
        multi_az: cluster.db_cluster_members().len() > 1,
        encrypted: cluster.storage_encrypted().unwrap_or_default(),
        restorable_until: cluster.latest_restorable_time().map(DateTime::secs),
        pending: cluster
            .pending_modified_values()
            .is_some_and(|values| values != &ClusterPendingModifiedValues::builder().build()),
        storage_gib: None,
        class: None,
        maintenance: None,
    }
}

/// Asked for all databases at once: nobody knows yet whether this one is an instance or a cluster.
async fn maintenance(client: &Client, identifier: &str) -> Option<Vec<Maintenance>> {
    let mut pages = client.describe_pending_maintenance_actions().into_paginator().items().send();
    let mut all = Vec::new();
    while let Some(resource) = pages.next().await {
        let resource = resource.ok()?;
        let arn = resource.resource_identifier().unwrap_or_default();
        if [":db:", ":cluster:"].iter().any(|kind| arn.ends_with(&format!("{kind}{identifier}"))) {
            all.extend(resource.pending_maintenance_action_details().iter().map(action));
        }
    }
    Some(all)
}

fn action(action: &PendingMaintenanceAction) -> Maintenance {
    Maintenance {
        action: action.action().unwrap_or("maintenance").to_owned(),
        forced_at: action.forced_apply_date().map(DateTime::secs),
    }
}

fn engine(name: Option<&str>, version: Option<&str>) -> String {
    format!("{} {}", name.unwrap_or("?"), version.unwrap_or("?"))
}

fn missing(identifier: &str) -> Failure {
    Failure::failed(format!("there is no database {identifier}"))
}
