//! What each rule says of good and of bad.

use super::*;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn state(desired: i32, running: i32, rollout: State) -> ServiceState {
    let status = "ACTIVE".to_owned();
    ServiceState {
        status,
        desired,
        running,
        pending: 0,
        rollout: Some((rollout, None)),
        image: None,
        events: Vec::new(),
    }
}

fn running(health: &str) -> RunningTask {
    let words = |text: &str| text.to_owned();
    let (id, version, status) = (words("t"), words("api:7"), words("RUNNING"));
    RunningTask { id, version, status, health: words(health), started_at: None, zone: words("us-east-1a") }
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
    let open = Database { encrypted: false, ..good };
    assert_eq!(database(&open, Standby::NotWanted, NOW).state, Health::Degraded);
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
fn stacks_and_versions_that_are_not_as_wanted_are_degraded() {
    let states = ["CREATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_FAILED"];
    let [good, busy, back, failed] = states.map(|status| stack(status).state);
    assert_eq!([good, busy], [Health::Healthy; 2]);
    assert_eq!([back, failed], [Health::Degraded; 2]);
    assert_eq!(version(Some("r@sha256:1"), Some("r@sha256:1")).state, Health::Healthy);
    assert_eq!(version(Some("r@sha256:1"), Some("r@sha256:2")).state, Health::Degraded);
}
