//! `eap monitor` and what can go wrong with real containers: each time the right verdict, for the right reason.

use std::time::{Duration, Instant};

use reqwest::blocking::Client;
use serde_json::Value;

use crate::account::Account;
use crate::environment::TestEnvironment;
use crate::versions;

/// As many looks may pass until the verdict is there, once AWS knows of the fault.
const TICKS: usize = 2;
/// Of an only task that serves nobody: until there is another one, and while there is just that.
const ILL: [&str; 2] = ["Unhealthy", "Degraded"];
const REPLACED: &str = "Task failed ELB health checks";

#[test]
fn each_fault_is_told_with_its_reason() {
    let Some(account) = Account::empty() else { return };
    let image = versions::faulty(&account, "steered");
    let machine = account.machine();
    let wish = ["deploy", "--env", "dev", "--image", &image, "--yes", "--skip-tests", "--output", "json"];
    let deployed = machine.run(&wish);
    assert_eq!(deployed.code, 0, "{deployed}");
    let watched = Watched { account, machine };
    watched.is(&["Healthy"], &[""]);

    watched.account.database("StopDBInstance");
    watched.is(&["Unhealthy"], &["database: mysql "]);
    watched.account.database("StartDBInstance");
    watched.is(&["Healthy"], &[""]);

    let alarm = watched.account.set_alarm("ALARM");
    watched.is(&["Degraded"], &[&format!("alarms: {alarm} for 0 min (tried)")]);
    watched.account.set_alarm("OK");
    watched.is(&["Healthy"], &[""]);

    let container = watched.only_container();
    watched.tell("503");
    watched.until_a_target_is_unhealthy();
    // ECS stops the task over it, and that is the better word once it did.
    watched.is(&ILL, &["is unhealthy: Health checks failed with these codes: [503]", REPLACED]);
    watched.replaces(&container);

    let container = watched.only_container();
    watched.account.say(&["pause", &container]);
    watched.until_a_target_is_unhealthy();
    watched.is(&ILL, &["is unhealthy: Request timed out", REPLACED]);
    // It may be gone already.
    let _ = watched.account.docker(&["unpause", &container]).output();
    watched.replaces(&container);

    let container = watched.only_container();
    watched.account.say(&["kill", &container]);
    watched.replaces(&container);
    watched.is(&["Degraded"], &["container api ended with exit code 137"]);

    let container = watched.only_container();
    watched.tell("memory");
    watched.replaces(&container);
    watched.is(&["Degraded"], &["OutOfMemoryError"]);
}

struct Watched {
    account: Account,
    machine: TestEnvironment,
}

impl Watched {
    /// Looks until the verdict is one of these, with one of these words in its cause.
    fn is(&self, verdicts: &[&str], words: &[&str]) {
        let mut seen = Value::Null;
        for _ in 0..TICKS {
            seen = self.machine.run(&["monitor", "--env", "dev", "--output", "json"]).json();
            let cause = seen["cause"].as_str().unwrap_or_default();
            if verdicts.iter().any(|verdict| seen["verdict"] == *verdict)
                && words.iter().any(|words| cause.contains(words))
            {
                return;
            }
            std::thread::sleep(Duration::from_secs(1));
        }
        panic!("not {verdicts:?} for {words:?}: {seen:#}");
    }

    /// Tells the only task what to do.
    fn tell(&self, what: &str) {
        let (address, _) = self.account.targets().remove(0);
        // One that ends over it answers nothing.
        let _ = Client::new().get(format!("http://{address}:8000/eap-test/{what}")).send();
    }

    fn only_container(&self) -> String {
        let containers = self.account.containers();
        assert_eq!(containers.len(), 1, "{containers:?}");
        containers[0].clone()
    }

    fn until_a_target_is_unhealthy(&self) {
        until("a target that is unhealthy", || {
            self.account.targets().iter().any(|(_, state)| state == "unhealthy")
        });
    }

    /// Waits until another task serves in the place of this container: what is wrong is over then, and only the task
    /// that stopped tells of it.
    fn replaces(&self, gone: &str) {
        until("another task that serves", || {
            let (containers, targets) = (self.account.containers(), self.account.targets());
            containers.len() == 1 && containers[0] != gone && targets.len() == 1 && targets[0].1 == "healthy"
        });
        let seen = self.machine.run(&["monitor", "--env", "dev", "--output", "json"]).json();
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
