//! The life of an environment: faults that are watched, then versions, good and bad, under traffic.

use serde_json::json;

use crate::account::Account;
use crate::platform::Platform;
use crate::{log, versions, watch};

#[test]
fn faults_are_told_and_bad_versions_taken_back_while_the_old_one_serves() {
    let Some(account) = Account::empty() else { return };
    let steered = versions::faulty(&account, "steered");
    let platform = Platform { machine: account.machine(), account };
    // It has no orders to be tested with.
    platform.becomes(&steered, &["--skip-tests"]);
    watch::each_fault_is_told_with_its_reason(&platform);

    let (first, host) = platform.becomes_what_is_checked_out();
    let second = versions::changed(&platform.account, &first);
    let traffic = platform.sample_and_traffic(&host);
    platform.tells_what_it_logs();

    log::is_followed_into(&platform, &second, &traffic);
    platform.takes_back("crash", &["exit code 101", "panicked: no key `region` in the configuration"]);
    platform.takes_back(
        "unready",
        &["Task failed ELB health checks", "is unhealthy: Health checks failed with these codes: [503]"],
    );
    platform.takes_back("migration", &["container migrate ended with exit code 1", "Duplicate column name"]);
    platform.takes_back("memory", &["exit code 137", "OutOfMemoryError"]);
    platform.takes_back("missing", &["CannotPullContainerError"]);
    assert_eq!(platform.account.image_of_service(), second);

    let (sent, failed) = traffic.so_far();
    assert!(sent > 100, "{sent} requests are no traffic");
    assert_eq!(failed, Vec::<String>::new(), "of {sent}");
    drop(traffic);
    platform.is_examined_from_inside();
    platform.is_examined_without_its_database();
}

impl Platform {
    /// What comes of a bad version: another exit code, the true reason, and the good version as before.
    fn takes_back(&self, fault: &str, reasons: &[&str]) {
        let before = self.account.image_of_service();
        let image =
            if fault == "missing" { versions::missing() } else { versions::faulty(&self.account, fault) };
        let failed = self.deploy(&image, &[]);
        assert_eq!(failed.code, 7, "{fault}: {failed}");
        for reason in reasons {
            assert!(failed.stderr.contains(reason), "{fault}, without {reason}: {failed}");
        }
        assert_eq!(self.account.image_of_service(), before);
        let history = self.machine.run(&["history", "--env", "dev", "--output", "json"]).json();
        let last = &history["deployments"][0];
        assert_eq!((&last["result"], &last["image"]), (&json!("rolled back"), &json!(image)), "{history}");
    }

    fn examined(&self) -> (i32, String) {
        let asked = self.machine.run(&["doctor", "--env", "dev", "--inside", "--output", "json"]);
        let report = asked.json();
        let checks = report["checks"].as_array().unwrap();
        let inside = checks.iter().find(|check| check["name"] == "inside");
        (asked.code, inside.unwrap_or_else(|| panic!("{asked}"))["detail"].as_str().unwrap().to_owned())
    }

    /// By a task that runs one command and nothing before it.
    fn is_examined_from_inside(&self) {
        let (code, said) = self.examined();
        assert!(code == 0 && said.starts_with("`eap-api doctor` is content: good"), "{code}: {said}");
    }

    /// The service's own definition would wait for its migration, which cannot be.
    fn is_examined_without_its_database(&self) {
        self.account.unplug_database();
        let (code, said) = self.examined();
        assert!(
            code == 1 && said.starts_with("exit code 1") && said.contains("bad      login"),
            "{code}: {said}"
        );
    }

    /// The containers' own words, from CloudWatch.
    fn tells_what_it_logs(&self) {
        let logs = self.machine.run(&["logs", "--env", "dev", "--source", "api", "--look", "raw"]);
        assert!(logs.stdout.contains("\"route\":\"/api/v1/data/seed\""), "{logs}");
    }
}
