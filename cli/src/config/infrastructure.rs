//! What an environment is made of: the section `infrastructure`, named as the variables of `terraform/`, whose
//! validation it leaves to Terraform. Adds what Terraform needs besides.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value, json};

use super::{ApiValues, ImageConfig, Origin, Setting, Variables, all_layers, bootstrap, others};
use crate::arguments::{Environment, GlobalOptions};
use crate::aws::bootstrap::GitHub;
use crate::failure::{Doing, Failure};

/// The section `infrastructure` of a configuration file; every key may be absent, and Terraform's default then holds.
#[derive(Debug, Default, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct InfrastructureValues {
    /// Further tags for every resource.
    pub tags: Option<BTreeMap<String, String>>,
    /// AWS Config records every change of a resource (about 0.003 dollars each).
    pub config_recorder_enabled: Option<bool>,
    /// AWS Config rules check encryption, TLS and what a CIS baseline asks (about 0.001 dollars a check). The
    /// account needs a recorder, this one or another's.
    pub config_rules_enabled: Option<bool>,
    /// CloudTrail keeps who did what in the account; the first trail costs only its storage.
    pub cloudtrail_enabled: Option<bool>,
    /// GuardDuty looks for intruders and tells the alarm topic (a few dollars a month, by volume).
    pub guardduty_enabled: Option<bool>,
    /// Days that records of Config and CloudTrail are kept in S3, ever cheaper.
    pub audit_log_retention_days: Option<u32>,
    /// mysql: one RDS instance. aurora-mysql: a cluster that grows past one machine.
    pub database_engine: Option<String>,
    /// Class of the database instances.
    pub db_instance_class: Option<String>,
    /// Name of the database.
    pub db_name: Option<String>,
    /// Master user. Its password is made, kept and rotated by Secrets Manager.
    pub db_username: Option<String>,
    /// Storage of an RDS instance at the start, in GB. Aurora has none to set.
    pub db_allocated_storage_gb: Option<u32>,
    /// Storage that an RDS instance may grow to by itself, in GB.
    pub db_max_allocated_storage_gb: Option<u32>,
    /// A standby in a second zone. Aurora: at least one reader, which takes over.
    pub db_multi_az: Option<bool>,
    /// The fewest Aurora readers; reports go to them. An RDS instance whose password Secrets Manager keeps can have
    /// no replica.
    pub db_reader_count: Option<u32>,
    /// The most readers that Aurora may scale out to. Not used with mysql.
    pub db_reader_count_max: Option<u32>,
    /// Days that automatic backups are kept.
    pub db_backup_retention_days: Option<u32>,
    /// Refuse to delete the database.
    pub db_deletion_protection: Option<bool>,
    /// Take a snapshot before the database is deleted. It is readable for the 30 days that its key waits to be
    /// deleted: copy it, or restore it, before.
    pub db_final_snapshot: Option<bool>,
    /// Connections that a task opens at most in each of its two pools, writing and reports.
    pub db_connections_per_task: Option<u32>,
    /// When models are fitted anew, as an `EventBridge` schedule in UTC.
    pub fit_schedule: Option<String>,
    /// Memory of the function that fits models, in MB. Its CPU grows with it.
    pub fit_memory_mb: Option<u32>,
    /// Reserve 3 of the account's concurrent Lambda runs for the functions. AWS keeps 100 unreserved (10 in a fresh
    /// account): with a quota below that, it refuses.
    pub lambda_reserve_concurrency: Option<bool>,
    /// Name that the API answers under, for example api.example.com. Empty: the gateway's own name, and no TLS
    /// between gateway and load balancer.
    pub domain_name: Option<String>,
    /// Route 53 zone of `domain_name`.
    pub hosted_zone_id: Option<String>,
    /// Requests per second that the gateway lets through in the long run.
    pub throttle_rate: Option<u32>,
    /// Requests at once that the gateway lets through after a pause.
    pub throttle_burst: Option<u32>,
    /// Requests for reports per second: they cost more than other requests.
    pub report_throttle_rate: Option<u32>,
    /// Firewall in front of the load balancer (about 9 dollars a month, and 0.60 for a million requests).
    pub waf_enabled: Option<bool>,
    /// Requests of one client in five minutes before the firewall blocks it.
    pub waf_rate_limit: Option<u32>,
    /// Addresses of the VPC. Each zone gets three subnets out of it.
    pub vpc_cidr: Option<String>,
    /// Zones to spread over: 2 or 3.
    pub availability_zone_count: Option<u32>,
    /// One NAT gateway in each zone (about 33 dollars a month each), so that the loss of a zone stays in it.
    /// Otherwise one for all.
    pub nat_gateway_per_zone: Option<bool>,
    /// Private endpoints for ECR, logs, secrets and ECS Exec (7 endpoints, about 7.30 dollars a month and zone
    /// each). The endpoint of S3 is free and always there.
    pub paid_vpc_endpoints: Option<bool>,
    /// Days that logs are kept.
    pub log_retention_days: Option<u32>,
    /// Days that access logs of the load balancer are kept in S3. After 30 they move to cheaper storage.
    pub access_log_retention_days: Option<u32>,
    /// Refuse to delete the load balancer, and buckets that have something in them.
    pub deletion_protection: Option<bool>,
    /// Address that alarms are mailed to. Empty: only Slack, where its webhook is known.
    pub notification_email: Option<String>,
    /// What the environment may cost in a month, in US dollars. Warned at 80 % spent and at 100 % forecast.
    pub monthly_budget_usd: Option<u32>,
    /// Share of answers with status 5xx that raises an alarm.
    pub alarm_error_percent: Option<Number>,
    /// 95th percentile of the answer time that raises an alarm, in seconds.
    pub alarm_p95_seconds: Option<Number>,
    /// CPU or memory of the service, CPU or connections of the database that raise an alarm.
    pub alarm_utilization_percent: Option<u32>,
    /// Share of requests that are to succeed. Its error budget sets the burn-rate alarms.
    pub slo_percent: Option<Number>,
    /// Processor of tasks and functions: `X86_64`, or `ARM64` (Graviton, about a fifth cheaper). The image has to be
    /// built for it.
    pub cpu_architecture: Option<String>,
    /// CPU units of a task (1024 are one core).
    pub ecs_cpu: Option<u32>,
    /// Memory of a task in MB. Fargate has fixed sizes for each number of CPU units.
    pub ecs_memory: Option<u32>,
    /// Tasks at the first deployment. Afterwards scaling decides.
    pub ecs_desired_count: Option<u32>,
    /// The fewest tasks that scaling keeps.
    pub ecs_min_count: Option<u32>,
    /// The most tasks that scaling starts. The connections of all of them have to fit the database.
    pub ecs_max_count: Option<u32>,
    /// Tasks that never run on Spot.
    pub fargate_on_demand_base: Option<u32>,
    /// Share of the tasks above the base that run on Spot, about 70 % cheaper and ended with two minutes' notice.
    pub fargate_spot_percent: Option<u32>,
    /// Tasks at night and at weekends (20:00 to 07:00 UTC on work days, all of Saturday and Sunday). -1: no
    /// schedule.
    pub off_hours_task_count: Option<i32>,
    /// Requests per minute and task that scaling aims at.
    pub requests_per_task: Option<u32>,
}

/// Every key of the section.
pub fn infrastructure_keys() -> BTreeSet<String> {
    let none = serde_json::to_value(InfrastructureValues::default()).unwrap_or_default();
    none.as_object().into_iter().flat_map(Map::keys).cloned().collect()
}

/// The configuration of an environment in AWS.
#[derive(Debug)]
pub struct PlatformConfig {
    /// Which environment.
    pub environment: Environment,
    /// Account, region, project and image.
    pub image: ImageConfig,
    /// Settings of the infrastructure by key.
    pub infrastructure: BTreeMap<String, Setting<Value>>,
    /// Who may deploy from GitHub; none leaves that as it is.
    pub github: Option<GitHub>,
    others: Vec<(String, Setting<Value>)>,
    api_environment: Map<String, Value>,
}

impl PlatformConfig {
    /// Resolves the configuration of `environment`.
    pub fn load(
        environment: Environment,
        options: &GlobalOptions,
        variables: &Variables,
    ) -> Result<Self, Failure> {
        let layers = all_layers(environment, options, variables, super::Values::default())?;
        let mut infrastructure = BTreeMap::new();
        let mut api_environment = Map::new();
        // The strongest first: what is there stays.
        for layer in &layers {
            let values = serde_json::to_value(&layer.values.infrastructure);
            let values = values.doing(|| "read the section infrastructure".to_owned())?;
            for (key, value) in values.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null())
            {
                let origin = layer.origin_of(&format!("infrastructure.{key}"));
                infrastructure.entry(key.clone()).or_insert(Setting { value: value.clone(), origin });
            }
            for (name, value) in api_variables(&layer.values.api) {
                api_environment.entry(name).or_insert(value);
            }
        }
        let image = ImageConfig::load(environment, options, variables)?;
        image.check_region(environment)?;
        let github = bootstrap::github(&layers)?;
        let others = others::of(&layers, &image);
        Ok(Self { environment, image, infrastructure, github, others, api_environment })
    }

    /// Every setting as key, value and origin, in the order of the files.
    pub fn settings(&self) -> Vec<(String, Value, &Origin)> {
        let image = &self.image;
        let text = |setting: &Setting<String>| Value::from(setting.value.clone());
        let mut settings = vec![
            ("project_name".to_owned(), text(&image.project_name), &image.project_name.origin),
            ("region".to_owned(), text(&image.region), &image.region.origin),
        ];
        let named = [
            ("profile", &image.profile),
            ("endpoint_url", &image.endpoint_url),
            ("account_id", &image.account_id),
        ];
        settings.extend(named.into_iter().filter_map(|(key, setting)| {
            setting.as_ref().map(|setting| (key.to_owned(), text(setting), &setting.origin))
        }));
        settings.extend(
            self.others.iter().map(|(key, setting)| (key.clone(), setting.value.clone(), &setting.origin)),
        );
        settings.extend(
            self.infrastructure.iter().map(|(key, setting)| {
                (format!("infrastructure.{key}"), setting.value.clone(), &setting.origin)
            }),
        );
        settings
    }

    /// The variables of Terraform, without the image and the API key.
    pub fn terraform_variables(&self) -> Map<String, Value> {
        let mut variables: Map<String, Value> =
            self.infrastructure.iter().map(|(key, setting)| (key.clone(), setting.value.clone())).collect();
        variables.insert("environment".to_owned(), self.environment.name().into());
        variables.insert("project_name".to_owned(), self.image.project_name.value.clone().into());
        variables.insert("aws_region".to_owned(), self.image.region.value.clone().into());
        if let Some(account) = &self.image.account_id {
            variables.insert("account_id".to_owned(), account.value.clone().into());
        }
        if self.image.endpoint_url.is_some() {
            variables.insert("emulated_aws".to_owned(), true.into());
        }
        if !self.api_environment.is_empty() {
            variables.insert("api_environment".to_owned(), self.api_environment.clone().into());
        }
        variables
    }
}

/// Settings of the API as the variables it reads. Where it listens is Terraform's to say.
fn api_variables(api: &ApiValues) -> impl Iterator<Item = (String, Value)> {
    let origins = api.cors_allowed_origins.as_ref().map(|origins| json!(origins.join(",")));
    let settings = [
        ("STORE_TIME_ZONE", api.time_zone.clone().map(Value::from)),
        ("STORE_CURRENCY", api.currency.clone().map(Value::from)),
        ("EAP_MAX_BODY_BYTES", api.max_body_bytes.map(|bytes| bytes.to_string().into())),
        ("CORS_ALLOWED_ORIGINS", origins.filter(|origins| origins != "")),
    ];
    settings.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)))
}
