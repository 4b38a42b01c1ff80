//! What keeps an environment from being destroyed, and its release, by AWS's own calls on what a plan says is there.
//! Never runs Terraform: what a destroy has taken away already must not be made again only to be unprotected.

use futures_util::future::try_join_all;
use serde_json::Value;

use super::platform::Platform;
use crate::aws::protection;
use crate::failure::Failure;
use crate::terraform::plan::{Action, Change, Plan};

/// Something that AWS refuses to delete as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// A load balancer with deletion protection, by ARN.
    LoadBalancer(String),
    /// A database instance with deletion protection.
    Instance(String),
    /// A database cluster with deletion protection.
    Cluster(String),
    /// A bucket that Terraform does not empty.
    Bucket(String),
}

/// Everything that is guarded of what is there before `plan`.
pub fn guards(plan: &Plan) -> Vec<Guard> {
    plan.before.iter().filter_map(|resource| guard_of(&resource.kind, &resource.values)).collect()
}

/// What is guarded of what `plan` destroys or replaces.
pub fn in_the_way(plan: &Plan) -> Vec<(&Change, Guard)> {
    let doomed = plan.changes.iter().filter(|it| matches!(it.action, Action::Replace | Action::Destroy));
    doomed.filter_map(|change| Some((change, guard_of(&change.kind, &change.before)?))).collect()
}

fn guard_of(kind: &str, values: &Value) -> Option<Guard> {
    let text = |name: &str| values[name].as_str().map(ToOwned::to_owned);
    match kind {
        "aws_lb" if values["enable_deletion_protection"] == true => text("arn").map(Guard::LoadBalancer),
        "aws_db_instance" if values["deletion_protection"] == true => text("identifier").map(Guard::Instance),
        "aws_rds_cluster" if values["deletion_protection"] == true => {
            text("cluster_identifier").map(Guard::Cluster)
        }
        "aws_s3_bucket" if values["force_destroy"] != true => text("bucket").map(Guard::Bucket),
        _ => None,
    }
}

/// Takes `guards` away. Final snapshots stay on.
pub async fn lift(platform: &Platform<'_>, guards: &[Guard]) -> Result<(), Failure> {
    if guards.is_empty() {
        return Ok(());
    }
    let step = platform.context.output.step("Lifting the protection of what is left");
    let buckets = platform.bucket_client();
    let release = async |guard: &Guard| match guard {
        Guard::LoadBalancer(arn) => protection::release_load_balancer(&platform.sdk, arn).await,
        Guard::Instance(identifier) => protection::release_instance(&platform.sdk, identifier).await,
        Guard::Cluster(identifier) => protection::release_cluster(&platform.sdk, identifier).await,
        Guard::Bucket(name) => protection::empty_bucket(&buckets, name).await.map(|deleted| {
            platform.context.output.detail(&format!("  {deleted} objects deleted in {name}"));
        }),
    };
    // What writes logs first: it would go on filling the buckets.
    let (buckets_last, first): (Vec<&Guard>, Vec<&Guard>) =
        guards.iter().partition(|guard| matches!(guard, Guard::Bucket(_)));
    try_join_all(first.into_iter().map(&release)).await?;
    try_join_all(buckets_last.into_iter().map(&release)).await?;
    step.done();
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::terraform::plan::Resource;

    #[test]
    fn what_is_protected_is_found_and_nothing_else() {
        let resource = |kind: &str, values: Value| Resource { kind: kind.to_owned(), values };
        let plan = Plan {
            changes: Vec::new(),
            image_before: None,
            image_wanted: None,
            variables: serde_json::Map::new(),
            task_definition: Vec::new(),
            before: vec![
                resource("aws_lb", json!({"arn": "arn:lb", "enable_deletion_protection": true})),
                resource("aws_lb", json!({"arn": "arn:open", "enable_deletion_protection": false})),
                resource("aws_db_instance", json!({"identifier": "db", "deletion_protection": true})),
                resource("aws_rds_cluster", json!({"cluster_identifier": "c", "deletion_protection": null})),
                resource("aws_s3_bucket", json!({"bucket": "kept", "force_destroy": false})),
                resource("aws_s3_bucket", json!({"bucket": "emptied", "force_destroy": true})),
                resource("aws_vpc", json!({"deletion_protection": true})),
            ],
            after: Vec::new(),
        };
        let expected = [
            Guard::LoadBalancer("arn:lb".to_owned()),
            Guard::Instance("db".to_owned()),
            Guard::Bucket("kept".to_owned()),
        ];
        assert_eq!(guards(&plan), expected);
        assert_eq!(in_the_way(&plan), [], "nothing is touched");
    }

    #[test]
    fn only_what_is_destroyed_or_replaced_is_in_the_way() {
        let change = |name: &str, actions: &[&str], before: Value| {
            json!({"address": format!("aws_s3_bucket.{name}"), "type": "aws_s3_bucket", "mode": "managed",
                "change": {"actions": actions, "before": before}})
        };
        let bucket = |name: &str, emptied: bool| json!({"bucket": name, "force_destroy": emptied});
        let plan = json!({"resource_changes": [
            change("made", &["create"], Value::Null),
            change("kept", &["no-op"], bucket("kept", false)),
            change("changed", &["update"], bucket("changed", false)),
            change("replaced", &["delete", "create"], bucket("replaced", false)),
            change("made-before", &["create", "delete"], bucket("made-before", false)),
            change("gone", &["delete"], bucket("gone", false)),
            change("emptied", &["delete"], bucket("emptied", true)),
        ]});
        let plan = Plan::parse(plan.to_string().as_bytes()).unwrap();
        let found: Vec<Guard> = in_the_way(&plan).into_iter().map(|(_, guard)| guard).collect();
        assert_eq!(found, ["replaced", "made-before", "gone"].map(|name| Guard::Bucket(name.to_owned())));
    }
}
