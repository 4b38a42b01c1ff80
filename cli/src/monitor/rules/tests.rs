//! What each rule says of good and of bad.

use super::*;
use crate::aws::alarms::{Alarm, Alarms};
use crate::aws::budget::Budget;
use crate::aws::database::{Database, Maintenance};
use crate::aws::functions::Runs;
use crate::aws::stacks::Stack;
use crate::aws::targets::Balancer;
use crate::monitor::probe::{Answer, Probe};
use crate::monitor::vitals::Figures;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn state(desired: i32, running: i32, rollout: State) -> ServiceState {
    let status = "ACTIVE".to_owned();
    ServiceState {
        status,
        desired,
        running,
        pending: 0,
        rollout: Some((rollout, None)),
        failed: 0,
        former: 0,
        image: None,
        events: Vec::new(),
    }
}

fn running(health: &str) -> RunningTask {
    let words = |text: &str| text.to_owned();
    let (id, version, status) = (words("t"), words("api:7"), words("RUNNING"));
    let (health, zone, digest) = (words(health), words("us-east-1a"), None);
    RunningTask { id, version, status, health, started_at: None, zone, digest }
}

fn stopped(reason: &str, code: Option<i32>, why: Option<&str>, minutes_ago: i64) -> StoppedTask {
    StoppedTask {
        id: "t".to_owned(),
        reason: reason.to_owned(),
        containers: vec![("api".to_owned(), code, why.map(ToOwned::to_owned))],
        stopped_at: Some(NOW.as_second() - minutes_ago * 60),
    }
}

fn target(state: &str, why: Option<&str>) -> Target {
    Target { address: "10.0.0.9".to_owned(), state: state.to_owned(), why: why.map(ToOwned::to_owned) }
}

#[test]
fn a_service_is_ill_when_nobody_serves() {
    let health = |desired, running, rollout| service(&state(desired, running, rollout)).state;
    assert_eq!(health(2, 2, State::Completed), Health::Healthy);
    assert_eq!(health(2, 1, State::UnderWay), Health::Healthy);
    assert_eq!(health(2, 1, State::Completed), Health::Degraded);
    assert_eq!(health(2, 2, State::Failed), Health::Degraded);
    assert_eq!(health(2, 0, State::UnderWay), Health::Unhealthy);
    assert_eq!(health(0, 0, State::Completed), Health::Degraded);
    let failing = ServiceState { failed: 2, former: 1, ..state(2, 2, State::UnderWay) };
    assert_eq!(
        (service(&failing).state, service(&failing).detail.as_str()),
        (
            Health::Degraded,
            "2 of 2 tasks run, 0 start; 1 of an earlier deployment still run; 2 tasks of the rollout failed"
        )
    );
    assert_eq!(
        ["ACTIVE", "INACTIVE"].map(|status| cluster(status).state),
        [Health::Healthy, Health::Unhealthy]
    );
}

#[test]
fn tasks_that_run_another_image_than_the_recorded_one_are_told_once_a_rollout_is_over() {
    let of = |image: &str, digest: &str, rollout| {
        let state = ServiceState { image: Some(image.to_owned()), ..state(2, 2, rollout) };
        let task = RunningTask { digest: Some(digest.to_owned()), ..running("HEALTHY") };
        version(&state, &[task, running("HEALTHY")], Some("r@sha256:1"))
    };
    assert_eq!(of("r@sha256:1", "sha256:1", State::Completed).state, Health::Healthy);
    assert_eq!(of("r@sha256:2", "sha256:2", State::Completed).state, Health::Degraded);
    assert_eq!(of("r@sha256:1", "sha256:2", State::UnderWay).state, Health::Healthy);
    let stray = of("r@sha256:1", "sha256:2", State::Completed);
    assert_eq!(
        (stray.state, stray.detail.as_str()),
        (Health::Degraded, "1 of 2 tasks run image 2, 1 is recorded")
    );
}

#[test]
fn tasks_that_ended_badly_lately_are_named_by_reason() {
    let out_of_memory = Some("OutOfMemoryError: container killed due to memory usage");
    let all = [
        stopped("Essential container in task exited", Some(137), out_of_memory, 3),
        stopped("Essential container in task exited", Some(137), out_of_memory, 5),
        stopped("Essential container in task exited", Some(1), None, 40),
        stopped("Scaling activity initiated by (deployment ecs-svc/1)", Some(0), None, 1),
    ];
    let check = tasks(&[running("HEALTHY"), running("UNKNOWN")], &all, NOW);
    assert_eq!(check.state, Health::Degraded);
    assert_eq!(
        check.detail,
        "2 stopped: container api ended with exit code 137: OutOfMemoryError: container killed due to memory usage"
    );
    assert_eq!(tasks(&[], &all[2..], NOW).state, Health::Healthy);
    // Who does not end in time is killed: by a deployment that is wanted, and by a health check that is not.
    let killed = |reason, why| tasks(&[], &[stopped(reason, Some(137), why, 1)], NOW).state;
    let scaled = "Scaling activity initiated by (deployment ecs-svc/1)";
    assert_eq!(killed(scaled, None), Health::Healthy);
    assert_eq!(killed(scaled, out_of_memory), Health::Degraded);
    assert_eq!(killed("Task failed ELB health checks", None), Health::Degraded);
    assert_eq!(
        tasks(&[running("HEALTHY"), running("UNHEALTHY")], &[], NOW).detail,
        "1 of 2 that run fail their own health check"
    );
}

#[test]
fn targets_decide_whether_anybody_is_served() {
    let failing = target("unhealthy", Some("Health checks failed with these codes: [503]"));
    let mixed = targets(&[target("healthy", None), failing.clone(), target("draining", None)], 2);
    assert_eq!(mixed.state, Health::Degraded);
    assert_eq!(
        mixed.detail,
        "1 of 2 healthy; 10.0.0.9 is unhealthy: Health checks failed with these codes: [503]"
    );
    assert_eq!(targets(&[failing], 1).state, Health::Unhealthy);
    assert_eq!(targets(&[], 1).state, Health::Unhealthy);
    assert_eq!(targets(&[], 0).state, Health::Healthy);
    assert_eq!(targets(&[target("healthy", None), target("initial", None)], 2).state, Health::Healthy);
}

#[test]
fn a_database_that_is_not_there_is_ill_and_old_backups_are_a_concern() {
    let good = Database {
        status: "available".to_owned(),
        engine: "mysql 8.4".to_owned(),
        multi_az: true,
        encrypted: true,
        restorable_until: Some(NOW.as_second() - 300),
        pending: false,
        storage_gib: Some(20),
        class: None,
        maintenance: Some(Vec::new()),
    };
    assert_eq!(database(&good, Standby::Wanted, NOW).state, Health::Healthy);
    let with = |status: &str| {
        database(&Database { status: status.to_owned(), ..good.clone() }, Standby::NotWanted, NOW).state
    };
    assert_eq!(
        [with("modifying"), with("stopped"), with("storage-full")],
        [Health::Degraded, Health::Unhealthy, Health::Unhealthy]
    );
    let old = Database { restorable_until: Some(NOW.as_second() - 7_200), ..good.clone() };
    assert_eq!(database(&old, Standby::NotWanted, NOW).state, Health::Degraded);
    let alone = Database { multi_az: false, ..good.clone() };
    assert_eq!(database(&alone, Standby::NotWanted, NOW).state, Health::Healthy);
    let wanted = database(&alone, Standby::Wanted, NOW);
    assert_eq!(
        (wanted.state, wanted.detail.as_str()),
        (Health::Degraded, "mysql 8.4 is available, without a standby, which the configuration wants")
    );
    let open = Database { encrypted: false, ..good.clone() };
    assert_eq!(database(&open, Standby::NotWanted, NOW).state, Health::Degraded);
    let without = database(&Database { restorable_until: None, ..good.clone() }, Standby::NotWanted, NOW);
    assert_eq!(
        (without.state, without.detail.as_str()),
        (Health::Degraded, "mysql 8.4 is available, with a standby, without a backup to restore from")
    );
    let maintained = |forced_at| {
        let update = Maintenance { action: "system-update".to_owned(), forced_at };
        database(&Database { maintenance: Some(vec![update]), ..good.clone() }, Standby::NotWanted, NOW).state
    };
    let in_days = |days: i64| Some(NOW.as_second() + days * 86_400);
    assert_eq!(
        [maintained(None), maintained(in_days(30)), maintained(in_days(3))],
        [Health::Healthy, Health::Healthy, Health::Degraded]
    );
}

#[test]
fn a_database_that_is_almost_full_or_whose_copies_lag_is_a_concern() {
    let database = Database { storage_gib: Some(20), ..Database::default() };
    let with = |free_gib: f64, lag| {
        let free = Some(free_gib * 1_073_741_824.0);
        let figures = Figures {
            connections: Some(12.0),
            storage_free_bytes: free,
            replica_lag_ms: lag,
            ..Figures::default()
        };
        database_load(Some(&database), &figures)
    };
    let good = with(2.5, None);
    assert_eq!((good.state, good.detail.as_str()), (Health::Healthy, "12 connections, 2.5 of 20 GiB free"));
    assert_eq!(with(1.9, None).state, Health::Degraded);
    assert_eq!(
        [with(9.0, Some(40.0)).state, with(9.0, Some(1_500.0)).state],
        [Health::Healthy, Health::Degraded]
    );
    assert_eq!(database_load(Some(&database), &Figures::default()).state, Health::Unknown);
}

#[test]
fn alarms_that_are_gone_or_cannot_tell_are_named() {
    let alarm = |name: &str, state: &str| Alarm {
        name: name.to_owned(),
        state: state.to_owned(),
        reason: "r".to_owned(),
        since: None,
    };
    let seen = |found: &[Alarm], missing: &[&str]| {
        let missing = missing.iter().map(ToString::to_string).collect();
        let check = alarms(&Alarms { found: found.to_vec(), missing }, NOW);
        (check.state, check.detail)
    };
    let (fine, blind) = (alarm("cpu", "OK"), alarm("lag", "INSUFFICIENT_DATA"));
    assert_eq!(
        seen(&[fine.clone(), blind], &[]),
        (Health::Healthy, "none of 2 rings; without data: lag".to_owned())
    );
    assert_eq!(seen(&[fine], &["disk"]), (Health::Degraded, "deleted: disk".to_owned()));
}

#[test]
fn an_api_that_does_not_answer_is_ill_unless_nothing_answers() {
    let probe = |answer| Probe { milliseconds: 7.0, answer, certificate_until: None };
    let refused = probe(Answer::None("connection refused".to_owned()));
    assert_eq!(api(&refused, Reach::Answered).state, Health::Unhealthy);
    assert_eq!(api(&refused, Reach::Lost).state, Health::Unknown);
    // An answer is an answer.
    assert_eq!(api(&probe(Answer::Bad("503".to_owned())), Reach::Lost).state, Health::Unhealthy);
    assert_eq!(api(&probe(Answer::Good), Reach::Lost).state, Health::Healthy);
}

#[test]
fn certificates_that_end_within_three_weeks_are_a_concern() {
    let until = |days: i64| {
        let until = Timestamp::from_second(NOW.as_second() + days * 86_400 + 60).ok();
        let probe = Probe { milliseconds: 7.0, answer: Answer::Good, certificate_until: until };
        certificate(&probe, NOW).map(|check| check.state)
    };
    assert_eq!(
        [until(21), until(20), until(-1)],
        [Some(Health::Healthy), Some(Health::Degraded), Some(Health::Degraded)]
    );
}

#[test]
fn load_balancer_gateway_and_log_are_judged() {
    let balancer = |state: &str| {
        balancers(&[Balancer { name: "lb".to_owned(), state: state.to_owned(), why: None }]).state
    };
    assert_eq!(
        ["active", "provisioning", "active_impaired", "failed"].map(balancer),
        [Health::Healthy, Health::Degraded, Health::Degraded, Health::Unhealthy]
    );
    let gateway = |requests, failed| gateway(&Figures { gateway: (requests, failed), ..Figures::default() });
    assert_eq!(gateway(0.0, 0.0).state, Health::Healthy);
    assert_eq!(gateway(100.0, 4.0).state, Health::Healthy);
    let failing = gateway(100.0, 5.0);
    assert_eq!(
        (failing.state, failing.detail.as_str()),
        (Health::Degraded, "5.0 % of 100 requests in 15 minutes failed with 5xx")
    );
    assert_eq!([errors(4, false).state, errors(5, false).state], [Health::Healthy, Health::Degraded]);
    assert_eq!(errors(7, true).detail, "at least 7 lines of level ERROR in 5 minutes");
}

#[test]
fn functions_are_judged_by_their_latest_runs() {
    let runs = |function, failed| Runs { function, count: 2, failed, hour: NOW.as_second() };
    assert_eq!(functions(&[runs("fit", 0), runs("alert_relay", 0)]).state, Health::Healthy);
    let failed = functions(&[runs("fit", 1), runs("alert_relay", 0)]);
    assert_eq!(
        (failed.state, failed.detail.as_str()),
        (Health::Degraded, "1 of 2 runs of fit failed in the hour from 08:00Z")
    );
}

#[test]
fn more_than_the_budget_is_a_concern() {
    let seen = |spent, forecast| budget(Budget { limit: 20_000, spent, forecast });
    let good = seen(4_120, Some(21_007));
    assert_eq!(
        (good.state, good.detail.as_str()),
        (Health::Healthy, "41.20 of 200.00 USD spent this month, 210.07 expected")
    );
    assert_eq!(seen(20_001, None).state, Health::Degraded);
}

#[test]
fn stacks_that_are_not_as_wanted_are_degraded() {
    let stack = |name: &str, status: &str, drifted| Stack {
        name: name.to_owned(),
        status: status.to_owned(),
        drifted,
    };
    let state = |status| stacks(&[stack("p-bootstrap", status, false)], "p-bootstrap").state;
    let states = ["CREATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_FAILED"];
    let [good, busy, back, failed] = states.map(state);
    assert_eq!([good, busy], [Health::Healthy; 2]);
    assert_eq!([back, failed], [Health::Degraded; 2]);
    let all = [stack("p-bootstrap", "CREATE_COMPLETE", true), stack("p-extra", "CREATE_FAILED", false)];
    assert_eq!(
        stacks(&all, "p-bootstrap").detail,
        "p-bootstrap differs from its template; p-extra is CREATE_FAILED"
    );
    assert_eq!(stacks(&[], "p-bootstrap").detail, "p-bootstrap is missing");
}
