//! `eap monitor` of an environment in AWS: the right verdict, and its cause, whatever is wrong.

use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::aws::{Answer, Call, IMAGE, StandIn, database, runs_of_fit, service, targets};
use crate::environment::{Transcript, collect, signal, wait_until};

/// The alarm of `staging`.
pub const ALARM: &str = "ecommerce-analytics-staging-5xx";

/// One look at an account in which these answers are wrong.
fn look(handler: impl Fn(&Call) -> Option<Answer> + Send + Sync + 'static) -> Transcript {
    let account = StandIn::start(handler);
    account.machine().run(&["monitor", "--env", "staging", "--exit-code", "--output", "json"])
}

fn check<'a>(report: &'a Value, name: &str) -> &'a Value {
    report["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).unwrap()
}

fn service_with(changes: &Value) -> Answer {
    let mut service = service();
    for (name, value) in changes.as_object().unwrap() {
        service[name] = value.clone();
    }
    (200, json!({"services": [service], "failures": []}).to_string())
}

pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[test]
fn a_sound_environment_is_healthy() {
    let seen = look(|_| None);
    assert_eq!(seen.code, 0, "{seen}");
    let report = seen.json();
    assert_eq!(
        (&report["verdict"], &report["cause"], &report["environment"]),
        (&json!("Healthy"), &json!(null), &json!("staging"))
    );
    assert_eq!(check(&report, "service")["detail"], "2 of 2 tasks run, 0 start");
    assert_eq!(check(&report, "version")["detail"], "image 111111111111 as recorded");
    assert_eq!(check(&report, "targets")["detail"], "2 of 2 healthy");
    assert_eq!(check(&report, "database")["detail"], "mysql 8.4.6 is available, without a standby");
    assert_eq!(check(&report, "alarms")["detail"], "none of 1 rings");
    assert_eq!(check(&report, "stack")["detail"], "ecommerce-analytics-bootstrap is CREATE_COMPLETE");
    assert_eq!(check(&report, "database load")["detail"], "12 connections, 9.0 of 20 GiB free");
    assert_eq!(check(&report, "load balancer")["detail"], "staging is active");
    assert_eq!(check(&report, "gateway")["detail"], "0.5 % of 200 requests in 15 minutes failed with 5xx");
    assert_eq!(check(&report, "log")["detail"], "0 lines of level ERROR in 5 minutes");
    let names: Vec<&Value> =
        report["checks"].as_array().unwrap().iter().map(|check| &check["name"]).collect();
    assert_eq!(
        names,
        [
            "stack",
            "cluster",
            "database",
            "database load",
            "tasks",
            "targets",
            "service",
            "version",
            "load balancer",
            "gateway",
            "api",
            "alarms",
            "log",
            "budget",
            "functions"
        ]
    );
    assert_eq!(check(&report, "budget")["detail"], "41.20 of 200.00 USD spent this month, 96.10 expected");
    assert_eq!(check(&report, "functions")["detail"], "1 ran in a day, and none failed last");
}

#[test]
fn tasks_that_run_out_of_memory_are_the_cause_of_targets_that_fail() {
    let seen = look(|call| match call.action.as_str() {
        "DescribeTargetHealth" => {
            Some((200, targets(&[("10.2.0.4", "unhealthy", "Health checks failed with these codes: [503]")])))
        }
        "ListTasks" => {
            Some((200, json!({"taskArns": ["arn:aws:ecs:us-east-1:123456789012:task/c/t1"]}).to_string()))
        }
        "DescribeTasks" => {
            let container = json!({"name": "api", "exitCode": 137, "reason": "OutOfMemoryError: container killed due to memory usage"});
            let task = json!({"taskArn": "arn:aws:ecs:us-east-1:123456789012:task/c/t1", "stoppedReason": "Essential container in task exited", "stoppedAt": now() - 60, "containers": [container]});
            Some((200, json!({"tasks": [task], "failures": []}).to_string()))
        }
        _ => None,
    });
    assert_eq!(seen.code, 4, "{seen}");
    assert_eq!(
        seen.json()["cause"],
        "tasks: 1 stopped: container api ended with exit code 137: OutOfMemoryError: container killed due to memory usage; \
         targets: 0 of 1 healthy; 10.2.0.4 is unhealthy: Health checks failed with these codes: [503]"
    );
}

#[test]
fn each_layer_is_named_when_it_fails() {
    let stopped = look(|call| (call.action == "DescribeDBInstances").then(|| (200, database("stopped"))));
    assert_eq!(
        (stopped.code, &stopped.json()["cause"]),
        (4, &json!("database: mysql 8.4.6 is stopped, without a standby"))
    );

    let refused = look(|call| (call.action == "GET /health").then(|| (503, "{}".to_owned())));
    assert_eq!(
        (refused.code, &refused.json()["cause"]),
        (4, &json!("api: /health answers 503 Service Unavailable"))
    );

    let none =
        look(|call| (call.action == "DescribeServices").then(|| service_with(&json!({"runningCount": 0}))));
    assert_eq!((none.code, &none.json()["cause"]), (4, &json!("service: 0 of 2 tasks run, 0 start")));

    let fewer =
        look(|call| (call.action == "DescribeServices").then(|| service_with(&json!({"runningCount": 1}))));
    assert_eq!((fewer.code, &fewer.json()["cause"]), (3, &json!("service: 1 of 2 tasks run, 0 start")));

    let rings = look(|call| {
        let alarm = json!({"AlarmName": ALARM, "StateValue": "ALARM", "StateReason": "7 % above 5 %", "StateUpdatedTimestamp": now() - 630});
        (call.action == "DescribeAlarms").then(|| (200, json!({"MetricAlarms": [alarm]}).to_string()))
    });
    assert_eq!(
        (rings.code, &rings.json()["cause"]),
        (3, &json!(format!("alarms: {ALARM} for 10 min (7 % above 5 %)")))
    );

    let failed = look(|call| {
        let fits = call.action == "GetMetricData" && call.text.contains("AWS/Lambda");
        fits.then(|| (200, runs_of_fit(1)))
    });
    let cause = failed.json()["cause"].as_str().unwrap().to_owned();
    assert!(cause.starts_with("functions: 1 of 1 runs of fit failed in the hour from "), "{cause}");
    assert_eq!(failed.code, 3);

    let other = look(|call| {
        let containers = json!([{"name": "api", "image": "r@sha256:2222222222222222"}]);
        let answer = json!({"taskDefinition": {"containerDefinitions": containers}});
        (call.action == "DescribeTaskDefinition").then(|| (200, answer.to_string()))
    });
    assert_eq!(
        (other.code, &other.json()["cause"]),
        (3, &json!("version: image 222222222222 runs, 111111111111 is recorded"))
    );
}

/// What CloudWatch has of the last hour: the latest value 120 s ago, the others two minutes apart before it.
pub fn metric(id: &str, values: &[f64]) -> Value {
    let latest = now() / 120 * 120 - 120;
    let instants: Vec<u64> = (0..values.len() as u64).map(|step| latest - 120 * step).collect();
    // CloudWatch gives the latest first.
    let values: Vec<f64> = values.iter().rev().copied().collect();
    json!({"Id": id, "StatusCode": "Complete", "Timestamps": instants, "Values": values})
}

#[test]
fn figures_of_the_last_hour_come_from_one_call() {
    let account = StandIn::start(|call| {
        let results = match call.action.as_str() {
            "GetMetricData" if call.text.contains("AWS/Lambda") => return None,
            "GetMetricData" => json!([
                metric("cpu", &[10.5, 20.5, 30.5]),
                metric("memory", &[20.0]),
                metric("requests", &[6000.0, 4000.0]),
                metric("answered_2xx", &[6000.0, 3980.0]),
                metric("server_errors", &[20.0]),
                metric("latency_p95", &[0.5, 0.25]),
                metric("database_cpu", &[]),
                metric("cluster_database_cpu", &[7.0]),
            ]),
            "GET /states/staging/deployments/7.json?x-id=GetObject" => {
                let began =
                    jiff::Timestamp::from_second(i64::try_from(now() / 120 * 120 - 600).unwrap()).unwrap();
                return Some((200, json!({
                    "schema_version": 1, "number": 7, "environment": "staging", "command": "deploy",
                    "began_at": began, "seconds": 60, "by": "arn:aws:iam::123456789012:user/ann",
                    "image": IMAGE, "variables": {}, "plan_sha256": "0", "changes": 1, "result": "succeeded",
                    "error": null,
                }).to_string()));
            }
            _ => return None,
        };
        Some((200, json!({"MetricDataResults": results}).to_string()))
    });
    let machine = account.machine();
    // In each document of a watch too.
    let watch = ["monitor", "--env", "staging", "--detailed", "--until", "healthy", "--output", "json"];
    let seen = machine.run(&watch);
    assert_eq!((seen.code, seen.stdout.lines().count()), (0, 1), "{seen}");
    let detail = &seen.json()["detail"];
    let of = |name: &str| {
        detail["metrics"].as_array().unwrap().iter().find(|it| it["name"] == name).unwrap().clone()
    };
    let cpu = of("cpu");
    assert_eq!((&cpu["latest"], &cpu["hour"], &cpu["peak"]), (&json!(30.5), &json!(20.5), &json!(30.5)));
    let points = cpu["points"].as_array().unwrap();
    assert_eq!(
        (points.len(), &points[26..]),
        (30, &[json!(null), json!(10.5), json!(20.5), json!(30.5)][..])
    );
    assert_eq!((&of("requests")["hour"], &of("latency_p95")["peak"]), (&json!(10_000.0), &json!(500.0)));
    assert_eq!(of("database_cpu")["latest"], 7.0);
    let availability = &detail["availability"];
    assert_eq!((&availability["failed"], &availability["requests"]), (&json!(20.0), &json!(10_000.0)));
    assert!((availability["burn_rate"].as_f64().unwrap() - 2.0).abs() < 1e-6, "{availability}");
    let burns = of("burn_rate");
    // Of 6,000 requests none failed, then 20 of 4,000.
    assert_eq!((&burns["unit"], &burns["points"][28]), (&json!("times"), &json!(0.0)), "{burns}");
    assert!((burns["latest"].as_f64().unwrap() - 5.0).abs() < 1e-6, "{burns}");
    assert_eq!(detail["deployments"], json!([{"number": 7, "period": 25, "result": "succeeded"}]));

    let mut calls = account.calls("GetMetricData");
    calls.retain(|call| !call.text.contains("AWS/Lambda"));
    assert_eq!(calls.len(), 1);
    for dimension in
        ["app/staging/9", "targetgroup/api/1", "ecommerce-analytics-staging-cluster", "DBClusterIdentifier"]
    {
        assert!(calls.iter().any(|call| call.text.contains(dimension)), "nobody asked for {dimension}");
    }
    // By what the alarms of the error budget divide.
    for answers in ["Target_2XX", "Target_3XX", "Target_4XX", "Target_5XX", "ELB_5XX"] {
        let metric = format!("HTTPCode_{answers}_Count");
        assert!(calls[0].text.contains(&metric), "nobody asked for {metric}");
    }
    machine.write("config/staging.yaml", "region: us-east-1\ninfrastructure:\n  slo_percent: 99.5\n");
    let people = machine.run(&["monitor", "--env", "staging", "--detailed"]);
    let budget = "99.800 % of 10000 requests (20 failed); aimed at 99.5 %, the error budget burns 0.4 times";
    assert!(people.stdout.contains(budget), "{people}");
    assert!(people.stdout.lines().any(|line| line.starts_with("cpu ") && line.ends_with("▁▅█")), "{people}");
    assert!(people.stdout.contains("#7") && people.stdout.contains('▲'), "{people}");
}

#[test]
fn figures_that_cannot_be_had_change_no_verdict() {
    let account = StandIn::start(|call| {
        (call.action == "GetMetricData")
            .then(|| (403, json!({"__type": "AccessDenied", "message": "not yours"}).to_string()))
    });
    let seen = account.machine().run(&["monitor", "--env", "staging", "--detailed", "--output", "json"]);
    let report = seen.json();
    assert_eq!(
        (&report["verdict"], &check(&report, "metrics")["state"]),
        (&json!("Healthy"), &json!("Unknown"))
    );
    assert!(
        check(&report, "metrics")["detail"].as_str().unwrap().contains("cloudwatch:GetMetricData"),
        "{seen}"
    );
}

#[test]
fn what_does_not_answer_is_unknown_and_delays_nothing() {
    let started = Instant::now();
    let denied = look(|call| match call.action.as_str() {
        "DescribeDBInstances" => {
            std::thread::sleep(Duration::from_mins(1));
            None
        }
        "DescribeAlarms" => {
            Some((403, json!({"__type": "AccessDenied", "message": "not allowed"}).to_string()))
        }
        _ => None,
    });
    assert!(started.elapsed() < Duration::from_secs(20), "it waited");
    // Nobody is worse served because nobody may look at alarms.
    assert_eq!((denied.code, &denied.json()["verdict"]), (0, &json!("Healthy")), "{denied}");
    let report = denied.json();
    assert_eq!(check(&report, "database")["detail"], "no answer in 10 s");
    assert_eq!(check(&report, "alarms")["state"], "Unknown");

    let blind = look(|call| {
        (call.action == "DescribeTargetHealth").then(|| (403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not allowed</Message></Error></ErrorResponse>".to_owned()))
    });
    assert_eq!(blind.code, 5, "{blind}");
    assert!(
        blind.json()["cause"].as_str().unwrap().starts_with("targets: AWS refuses elasticloadbalancing:"),
        "{blind}"
    );
}

/// The API fails from the second look on, for three looks.
fn failing_for_a_while() -> StandIn {
    let looks = AtomicUsize::new(0);
    StandIn::start(move |call| {
        if call.action != "GET /health" {
            return None;
        }
        let look = looks.fetch_add(1, Ordering::SeqCst);
        (1..4).contains(&look).then(|| (503, "{}".to_owned()))
    })
}

#[test]
fn a_watch_tells_changes_only_and_runs_a_command_for_them() {
    let account = failing_for_a_while();
    let machine = account.machine();
    let told = machine.path("told");
    let command = format!("jq -c '[.verdict, .cause]' >> {0} || cat >> {0}", told.display());
    let arguments =
        ["monitor", "--env", "staging", "--continuous", "--interval", "300ms", "--on-change", &command];
    let mut child =
        machine.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let shown = collect(&mut child);
    let text = || String::from_utf8_lossy(&shown.lock().unwrap()).into_owned();
    wait_until("health again", || text().contains("api: Unhealthy → Healthy"));
    wait_until("the command", || std::fs::read_to_string(&told).is_ok_and(|told| told.contains("Healthy\"")));
    signal(child.id(), "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let text = text();
    assert_eq!(text.matches("api: Healthy → Unhealthy: /health answers 503").count(), 1, "{text}");
    assert_eq!(text.matches("database:").count(), 1, "what does not change is told once: {text}");
    let told = std::fs::read_to_string(&told).unwrap();
    assert!(told.contains("Unhealthy") && told.contains("503 Service Unavailable"), "{told}");
}

#[test]
fn waiting_for_health_ends_when_it_is_there_or_time_is_up() {
    let account = failing_for_a_while();
    let machine = account.machine();
    // The first look is good.
    let wait = |until: &str, timeout: &str| {
        machine.run(&[
            "monitor",
            "--env",
            "staging",
            "--until",
            until,
            "--interval",
            "200ms",
            "--timeout",
            timeout,
            "--output",
            "json",
        ])
    };
    assert_eq!(wait("healthy", "20s").stdout.lines().count(), 1);
    let healthy = wait("healthy", "20s");
    assert_eq!(healthy.code, 0, "{healthy}");
    let verdicts: Vec<Value> = healthy
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["verdict"].clone())
        .collect();
    assert_eq!(verdicts, ["Unhealthy", "Unhealthy", "Unhealthy", "Healthy"]);
    let never = wait("unhealthy", "1s");
    assert_eq!(never.code, 8, "{never}");
    assert!(never.stderr.contains("staging is not unhealthy after 1 s, but Healthy"), "{never}");
}
