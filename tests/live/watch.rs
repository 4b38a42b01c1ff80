//! `eap monitor` and what can go wrong with real containers: each time the right verdict, for the right reason.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::http;
use crate::platform::Platform;

/// As many looks may pass until the verdict is there, once AWS knows of the fault.
const TICKS: usize = 2;
const OF_503: &str = "is unhealthy: Health checks failed with these codes: [503]";
const OF_SILENCE: &str = "is unhealthy: Request timed out";
const REPLACED: &str = "tasks: 1 stopped: Task failed ELB health checks";

/// Breaks a platform whose version answers as it is told, in one way after the other. That tasks stopped is told for a
/// quarter of an hour: what is wrong after the first of them is more than was wrong before.
pub fn each_fault_is_told_with_its_reason(platform: &Platform) {
    let watched = Watched { platform };
    watched.is("Healthy", &[]);

    platform.account.database("StopDBInstance");
    watched.is("Unhealthy", &["database: mysql ", " is stopped"]);
    platform.account.database("StartDBInstance");
    watched.is("Healthy", &[]);

    let alarm = platform.account.set_alarm("ALARM");
    watched.is("Degraded", &[&format!("alarms: {alarm} for "), " (tried)"]);
    platform.account.set_alarm("OK");
    watched.is("Healthy", &[]);

    let container = watched.only_container();
    watched.tell("503");
    watched.until_a_target_is_unhealthy();
    watched.is("Unhealthy", &["targets: 0 of 1 healthy", OF_503, "api: /health answers 503"]);
    watched.replaces(&container);
    watched.is("Degraded", &[REPLACED]);

    let container = watched.only_container();
    platform.account.say(&["kill", &container]);
    watched.replaces(&container);
    watched.is("Degraded", &[REPLACED, "1 stopped: container api ended with exit code 137"]);

    let container = watched.only_container();
    watched.tell("memory");
    watched.replaces(&container);
    watched
        .is("Degraded", &[REPLACED, "1 stopped: container api ended with exit code 137: OutOfMemoryError"]);

    let container = watched.only_container();
    platform.account.say(&["pause", &container]);
    watched.until_a_target_is_unhealthy();
    watched.is("Unhealthy", &["targets: 0 of 1 healthy", OF_SILENCE]);
    // It is well again at once, unless ECS has given it up by now.
    let _ = platform.account.docker(&["unpause", &container]).output();
    watched.serves_again();
}

struct Watched<'a> {
    platform: &'a Platform,
}

impl Watched<'_> {
    fn look(&self) -> Value {
        self.platform.machine.run(&["monitor", "--env", "dev", "--output", "json"]).json()
    }

    /// Looks until the verdict is this one, with all these words in its cause.
    fn is(&self, verdict: &str, words: &[&str]) {
        let mut seen = Value::Null;
        for _ in 0..TICKS {
            seen = self.look();
            let cause = seen["cause"].as_str().unwrap_or_default();
            if seen["verdict"] == *verdict && words.iter().all(|words| cause.contains(words)) {
                return;
            }
            std::thread::sleep(Duration::from_secs(1));
        }
        panic!("not {verdict} for {words:?}: {seen:#}");
    }

    /// Tells the only task what to do.
    fn tell(&self, what: &str) {
        let (address, _) = self.platform.account.targets().remove(0);
        let client = http::client().build().unwrap();
        // One that ends over it answers nothing.
        let _ = client.get(format!("http://{address}:8000/eap-test/{what}")).send();
    }

    fn only_container(&self) -> String {
        let containers = self.platform.account.containers();
        assert_eq!(containers.len(), 1, "{containers:?}");
        containers[0].clone()
    }

    fn until_a_target_is_unhealthy(&self) {
        until("a target that is unhealthy", || {
            self.platform.account.targets().iter().any(|(_, state)| state == "unhealthy")
        });
    }

    /// Waits until another task serves in the place of this container.
    fn replaces(&self, gone: &str) {
        until("another task", || !self.platform.account.containers().iter().any(|id| id == gone));
        self.serves_again();
    }

    /// Waits until the one task serves: what is wrong is over then, and only tasks that stopped tell of it.
    fn serves_again(&self) {
        let account = &self.platform.account;
        until("a task that serves", || {
            let (containers, targets) = (account.containers(), account.targets());
            containers.len() == 1 && targets.len() == 1 && targets[0].1 == "healthy"
        });
        let seen = self.look();
        for name in ["targets", "service", "api", "database"] {
            let checks = seen["checks"].as_array().unwrap();
            let check = checks.iter().find(|check| check["name"] == name).unwrap();
            assert_eq!(check["state"], "Healthy", "{seen:#}");
        }
    }
}

fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(2);
    while !condition() {
        assert!(Instant::now() < deadline, "{what} did not come about in two minutes");
        std::thread::sleep(Duration::from_millis(200));
    }
}
