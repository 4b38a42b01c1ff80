//! How the database of an environment is: an RDS instance, or an Aurora cluster.

use aws_config::SdkConfig;
use aws_sdk_rds::Client;

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
    /// Until when it can be restored, in seconds since 1970; none without backups.
    pub restorable_until: Option<i64>,
    /// Changes that wait for the maintenance window.
    pub pending: bool,
}

/// Looks at the instance or cluster of this identifier.
pub async fn describe(config: &SdkConfig, identifier: &str) -> Result<Database, Failure> {
    let client = Client::new(config);
    let found = client.describe_db_instances().db_instance_identifier(identifier).send().await;
    match found {
        Ok(found) => {
            let instance = found.db_instances.unwrap_or_default().into_iter().next();
            let instance = instance.ok_or_else(|| missing(identifier))?;
            Ok(Database {
                status: instance.db_instance_status().unwrap_or_default().to_owned(),
                engine: engine(instance.engine(), instance.engine_version()),
                multi_az: instance.multi_az().unwrap_or_default(),
                encrypted: instance.storage_encrypted().unwrap_or_default(),
                restorable_until: instance
                    .latest_restorable_time()
                    .map(aws_sdk_rds::primitives::DateTime::secs),
                pending: instance.pending_modified_values().is_some_and(is_anything),
            })
        }
        Err(error) => match error.as_service_error() {
            Some(service) if service.is_db_instance_not_found_fault() => {
                describe_cluster(&client, identifier).await
            }
            _ => Err(failure_of("rds:DescribeDBInstances", &error)),
        },
    }
}

async fn describe_cluster(client: &Client, identifier: &str) -> Result<Database, Failure> {
    let found = client.describe_db_clusters().db_cluster_identifier(identifier).send().await;
    let found = found.map_err(|error| failure_of("rds:DescribeDBClusters", &error))?;
    let cluster =
        found.db_clusters.unwrap_or_default().into_iter().next().ok_or_else(|| missing(identifier))?;
    Ok(Database {
        status: cluster.status().unwrap_or_default().to_owned(),
        engine: engine(cluster.engine(), cluster.engine_version()),
        multi_az: cluster.db_cluster_members().len() > 1,
        encrypted: cluster.storage_encrypted().unwrap_or_default(),
        restorable_until: cluster.latest_restorable_time().map(aws_sdk_rds::primitives::DateTime::secs),
        pending: cluster.pending_modified_values().is_some(),
    })
}

/// RDS always answers with the structure; empty, it says nothing.
fn is_anything(values: &aws_sdk_rds::types::PendingModifiedValues) -> bool {
    values != &aws_sdk_rds::types::PendingModifiedValues::builder().build()
}

fn engine(name: Option<&str>, version: Option<&str>) -> String {
    format!("{} {}", name.unwrap_or("?"), version.unwrap_or("?"))
}

fn missing(identifier: &str) -> Failure {
    Failure::failed(format!("there is no database {identifier}"))
}
