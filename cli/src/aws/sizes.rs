//! How large the things are that cost money by their size: a task, an instance of the database.

use aws_config::SdkConfig;
use aws_sdk_ecs::types::CpuArchitecture;
use aws_sdk_rds::operation::describe_db_instances::DescribeDBInstancesError;
use aws_sdk_rds::types::{DbInstance, Filter};

use super::failure_of;
use crate::failure::Failure;

/// Size of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskSize {
    /// CPU units, 1024 to a core.
    pub cpu: i64,
    /// Memory in MB.
    pub memory_mb: i64,
    /// What they are of.
    pub processor: Processor,
}

/// A processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Processor {
    /// `X86_64`.
    Intel,
    /// `ARM64`.
    Graviton,
}

/// An instance of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Such as `mysql` or `aurora-mysql`.
    pub engine: String,
    /// Such as `db.t3.small`.
    pub class: String,
}

/// The size that a task definition gives to its tasks; none where it gives none.
pub async fn of_task(config: &SdkConfig, definition: &str) -> Result<Option<TaskSize>, Failure> {
    let client = aws_sdk_ecs::Client::new(config);
    let found = client.describe_task_definition().task_definition(definition).send().await;
    let found = found.map_err(|error| failure_of("ecs:DescribeTaskDefinition", &error))?;
    let Some(definition) = found.task_definition() else { return Ok(None) };
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
    let architecture = definition.runtime_platform().and_then(|platform| platform.cpu_architecture());
    let processor = match architecture {
        Some(CpuArchitecture::Arm64) => Processor::Graviton,
        _ => Processor::Intel,
    };
    let size = number(definition.cpu()).zip(number(definition.memory()));
    Ok(size.map(|(cpu, memory_mb)| TaskSize { cpu, memory_mb, processor }))
}

/// The instance of this identifier, or the first one of the cluster of this identifier.
pub async fn of_database(config: &SdkConfig, identifier: &str) -> Result<Option<Instance>, Failure> {
    let client = aws_sdk_rds::Client::new(config);
    let found = client.describe_db_instances().db_instance_identifier(identifier).send().await;
    let found = match found {
        Err(error)
            if error
                .as_service_error()
                .is_some_and(DescribeDBInstancesError::is_db_instance_not_found_fault) =>
        {
            let cluster = Filter::builder().name("db-cluster-id").values(identifier).build();
            client.describe_db_instances().filters(cluster).send().await
        }
        found => found,
    };
    let found = found.map_err(|error| failure_of("rds:DescribeDBInstances", &error))?;
    let instance = |it: &DbInstance| {
        Some(Instance { engine: it.engine()?.to_owned(), class: it.db_instance_class()?.to_owned() })
    };
    Ok(found.db_instances().first().and_then(instance))
}
