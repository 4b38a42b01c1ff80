//! What an environment costs, and which sizes would do, as `eap monitor --detailed` tells it.

use serde_json::{Value, json};

use crate::aws::{Answer, Call, IMAGE, StandIn, database, state};
use crate::environment::Transcript;
use crate::monitor::{metric, now};

const STATE: &str = "GET /states/staging/terraform.tfstate?x-id=GetObject";

/// A value for each five minutes of the last so many hours.
pub fn day(id: &str, hours: u64, value: f64) -> Value {
    let latest = now() / 300 * 300 - 300;
    let instants: Vec<u64> = (0..hours * 12).map(|step| latest - 300 * step).collect();
    let values = vec![value; instants.len()];
    json!({"Id": id, "StatusCode": "Complete", "Timestamps": instants, "Values": values})
}

/// The state with what it says is there: two NAT gateways, two tasks and a database.
fn with_resources() -> Answer {
    let mut state = state();
    let managed = |kind: &str, attributes: &[Value]| {
        let instances: Vec<Value> =
            attributes.iter().map(|it| json!({"schema_version": 0, "attributes": it})).collect();
        json!({"mode": "managed", "type": kind, "name": "this", "instances": instances})
    };
    state["resources"] = json!([
        managed("aws_nat_gateway", &[json!({}), json!({})]),
        managed("aws_ecs_task_definition", &[json!({"cpu": "512", "memory": "1024"})]),
        managed("aws_ecs_service", &[json!({"desired_count": 2, "capacity_provider_strategy": []})]),
        managed("aws_db_instance", &[json!({"instance_class": "db.t3.small", "allocated_storage": 20})]),
    ]);
    (200, state.to_string())
}

/// An account whose tasks have 512 units and 1024 MB on Graviton, whose database is a `db.t3.small`, and which was used so.
pub fn used(call: &Call, metrics: &[Value]) -> Option<Answer> {
    let body = match call.action.as_str() {
        STATE => return Some(with_resources()),
        "DescribeTaskDefinition" => json!({"taskDefinition": {
            "cpu": "512", "memory": "1024", "runtimePlatform": {"cpuArchitecture": "ARM64"},
            "containerDefinitions": [{"name": "api", "image": IMAGE}],
        }}),
        "DescribeDBInstances" => {
            let class = "</Engine><DBInstanceClass>db.t3.small</DBInstanceClass>";
            return Some((200, database("available").replacen("</Engine>", class, 1)));
        }
        "GetMetricData" if call.text.contains("AWS/Lambda") => return None,
        "GetMetricData" => json!({"MetricDataResults": metrics}),
        _ => return None,
    };
    Some((200, body.to_string()))
}

fn look(metrics: Vec<Value>, arguments: &[&str]) -> (Transcript, StandIn) {
    let account = StandIn::start(move |call| used(call, &metrics));
    let call = [&["monitor", "--env", "staging", "--detailed"], arguments].concat();
    (account.machine().run(&call), account)
}

fn quiet() -> Vec<Value> {
    let gib = 1_073_741_824.0;
    vec![
        metric("cpu", &[5.0, 7.0]),
        metric("memory", &[30.0, 31.0]),
        metric("database_cpu", &[3.0]),
        day("day_cpu", 24, 12.0),
        day("day_memory", 24, 38.0),
        day("day_database_cpu", 20, 6.0),
        day("day_database_memory_free", 20, 1.5 * gib),
    ]
}

#[test]
fn what_a_day_did_not_use_is_told_with_the_size_that_would_do() {
    let (seen, account) = look(quiet(), &["--output", "json"]);
    assert_eq!(seen.code, 0, "{seen}");
    let detail = &seen.json()["detail"];
    // A month of a task on Graviton: (0.5 × 0.03238 + 0.00356) × 730, and half of it.
    let tasks = "tasks of 512 CPU units and 1024 MB used at most 12 % and 38 % of that in the last 24 h: 256 CPU units and 512 \
                 MB would do (ecs_cpu, ecs_memory; $7 instead of $14 a month each)";
    let class = "the database, db.t3.small, used at most 6 % of its processor and 0.5 of 2 GiB in the last 20 h: db.t3.micro \
                 would do (db_instance_class; $12 instead of $25 a month for each instance); a plan says whether its \
                 connections are enough";
    assert_eq!(detail["hints"], json!([tasks, class]));
    // All of it with one call, the day beside the hour.
    let calls = account.calls("GetMetricData");
    let of_the_day: Vec<&Call> = calls.iter().filter(|call| call.text.contains("day_cpu")).collect();
    assert_eq!(of_the_day.len(), 1);
    assert!(of_the_day[0].text.contains("latency_p95") && of_the_day[0].text.contains("FreeableMemory"));
}

#[test]
fn the_most_expensive_parts_come_first() {
    let (seen, _account) = look(quiet(), &["--output", "json"]);
    // By hand: 2 × 0.045 × 730; 2 tasks of X86_64 at (0.5 × 0.04048 + 0.004445) × 730; 0.034 × 730 + 20 × 0.115.
    let cost = json!({
        "as_of": "2026-06",
        "monthly_usd": "128.86",
        "parts": [
            {"what": "NAT gateways", "count": 2, "monthly_usd": "65.70"},
            {"what": "tasks", "count": 1, "monthly_usd": "36.04"},
            {"what": "database", "count": 1, "monthly_usd": "27.12"},
        ],
        "rest_usd": "0.00",
        "unpriced": [],
    });
    assert_eq!(seen.json()["detail"]["cost"], cost);
    let (people, _account) = look(quiet(), &[]);
    let line = "Cost: $129 a month at prices of 2026-06, usage not included: 2 NAT gateways $66, tasks $36, database $27";
    assert!(people.stdout.contains(line), "{people}");
    assert!(people.stdout.contains("Note: tasks of 512 CPU units"), "{people}");
    let idle = "Availability: no requests in the last hour, and no error budget burned\n";
    assert!(people.stdout.contains(idle), "{people}");
}

#[test]
fn a_busy_hour_asks_for_more_whatever_the_day_was() {
    let mut metrics = quiet();
    metrics[0] = metric("cpu", &[85.0, 95.0]);
    metrics[2] = metric("database_cpu", &[90.0]);
    let (seen, _account) = look(metrics, &["--output", "json"]);
    let hints = seen.json()["detail"]["hints"].clone();
    // 90 % of half a core are 65 % of 0.7 cores: one whole core, with the 2 GB that it comes with.
    assert_eq!(
        hints[0],
        "tasks have little processor left (90 % on average in this hour): 1024 CPU units and 2048 MB would do instead of 512 \
         CPU units and 1024 MB (ecs_cpu, ecs_memory; $29 instead of $14 a month each), or more of them"
    );
    assert_eq!(
        hints[1],
        "the database's processor is busy (90 % on average in this hour): db.m6g.xlarge would do instead of db.t3.small \
         (db_instance_class; $222 instead of $25 a month for each instance)"
    );
    assert_eq!(hints.as_array().unwrap().len(), 2);
}

#[test]
fn a_day_without_figures_says_nothing_about_sizes() {
    let mut metrics = quiet();
    metrics.truncate(3);
    let (seen, _account) = look(metrics, &["--output", "json"]);
    assert_eq!(seen.json()["detail"]["hints"], json!([]), "{seen}");
}
