//! What keeps AWS from deleting something, taken away: deletion protection, and objects in a bucket. What is gone already
//! is no failure. Deletes nothing but objects.

use aws_config::SdkConfig;
use aws_sdk_elasticloadbalancingv2::operation::modify_load_balancer_attributes::ModifyLoadBalancerAttributesError as LoadBalancerError;
use aws_sdk_elasticloadbalancingv2::types::LoadBalancerAttribute;
use aws_sdk_rds::operation::modify_db_cluster::ModifyDBClusterError as ClusterError;
use aws_sdk_rds::operation::modify_db_instance::ModifyDBInstanceError as InstanceError;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use super::failure_of;
use crate::failure::{Doing as _, Failure};

/// Lets a load balancer be deleted, and write no more logs: what it still wrote would fill the bucket that is emptied.
pub async fn release_load_balancer(config: &SdkConfig, arn: &str) -> Result<(), Failure> {
    let attribute = |key: &str| LoadBalancerAttribute::builder().key(key).value("false").build();
    let client = aws_sdk_elasticloadbalancingv2::Client::new(config);
    let changed = client
        .modify_load_balancer_attributes()
        .load_balancer_arn(arn)
        .attributes(attribute("deletion_protection.enabled"))
        .attributes(attribute("access_logs.s3.enabled"))
        .send()
        .await;
    match changed {
        Err(error)
            if !error
                .as_service_error()
                .is_some_and(LoadBalancerError::is_load_balancer_not_found_exception) =>
        {
            Err(failure_of("elasticloadbalancing:ModifyLoadBalancerAttributes", &error))
        }
        _ => Ok(()),
    }
}

/// Lets a database instance be deleted.
pub async fn release_instance(config: &SdkConfig, identifier: &str) -> Result<(), Failure> {
    let client = aws_sdk_rds::Client::new(config);
    let changed = client.modify_db_instance().db_instance_identifier(identifier).deletion_protection(false);
    match changed.send().await {
        Err(error)
            if !error.as_service_error().is_some_and(InstanceError::is_db_instance_not_found_fault) =>
        {
            Err(failure_of("rds:ModifyDBInstance", &error))
        }
        _ => Ok(()),
    }
}

/// Lets a database cluster be deleted.
pub async fn release_cluster(config: &SdkConfig, identifier: &str) -> Result<(), Failure> {
    let client = aws_sdk_rds::Client::new(config);
    let changed = client.modify_db_cluster().db_cluster_identifier(identifier).deletion_protection(false);
    match changed.send().await {
        Err(error) if !error.as_service_error().is_some_and(ClusterError::is_db_cluster_not_found_fault) => {
            Err(failure_of("rds:ModifyDBCluster", &error))
        }
        _ => Ok(()),
    }
}

/// Deletes every version of every object in a bucket. Answers how many there were.
pub async fn empty_bucket(client: &aws_sdk_s3::Client, bucket: &str) -> Result<usize, Failure> {
    let mut deleted = 0;
    loop {
        // What is deleted is listed no more, so the first page is always the next one.
        let page = match client.list_object_versions().bucket(bucket).send().await {
            Ok(page) => page,
            Err(error) if error.raw_response().is_some_and(|answer| answer.status().as_u16() == 404) => {
                return Ok(deleted);
            }
            Err(error) => return Err(failure_of("s3:ListBucketVersions", &error)),
        };
        let versions = page.versions().iter().map(|version| (version.key(), version.version_id()));
        let markers = page.delete_markers().iter().map(|marker| (marker.key(), marker.version_id()));
        let objects: Result<Vec<ObjectIdentifier>, _> = versions
            .chain(markers)
            .map(|(key, version)| {
                let version = version.map(ToOwned::to_owned);
                ObjectIdentifier::builder().key(key.unwrap_or_default()).set_version_id(version).build()
            })
            .collect();
        let objects = objects.doing(|| format!("read what is in {bucket}"))?;
        if objects.is_empty() {
            return Ok(deleted);
        }
        deleted += objects.len();
        let all = Delete::builder().set_objects(Some(objects)).quiet(true).build();
        let all = all.doing(|| format!("name what is in {bucket}"))?;
        let answer = client.delete_objects().bucket(bucket).delete(all).send().await;
        let answer = answer.map_err(|error| failure_of("s3:DeleteObjectVersion", &error))?;
        if let Some(error) = answer.errors().first() {
            let why = error.message().or(error.code()).unwrap_or("no reason given");
            let name = error.key().unwrap_or("?");
            return Err(Failure::failed(format!("{name} in the bucket {bucket} cannot be deleted: {why}")));
        }
    }
}
