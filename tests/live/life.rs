//! Versions, good and bad, under traffic.

use serde_json::json;

use crate::account::Account;
use crate::environment::{TestEnvironment, Transcript};
use crate::http;
use crate::traffic::Traffic;
use crate::versions;

#[test]
fn bad_versions_are_taken_back_while_the_old_one_serves() {
    let Some(account) = Account::empty() else { return };
    let first = versions::good(&account);
    let second = versions::changed(&account, &first);
    let platform = Platform { machine: account.machine(), account };
    let host = platform.becomes(&first);
    let traffic = platform.sample_and_traffic(&host);
    platform.tells_what_it_logs();

    platform.becomes(&second);
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

struct Platform {
    account: Account,
    machine: TestEnvironment,
}

impl Platform {
    fn deploy(&self, image: &str) -> Transcript {
        let wish =
            ["deploy", "--env", "dev", "--image", image, "--yes", "--timeout", "3m", "--output", "json"];
        self.machine.run(&wish)
    }

    /// Answers with the host that serves it.
    fn becomes(&self, image: &str) -> String {
        let deployed = self.deploy(image);
        assert_eq!(deployed.code, 0, "{deployed}");
        assert_eq!(deployed.json()["result"], "deployed", "{deployed}");
        assert_eq!(self.account.image_of_service(), image);
        let service = self.account.service();
        assert_eq!((&service["runningCount"], &service["desiredCount"]), (&json!(1), &json!(1)), "{service}");
        deployed.json()["url"].as_str().unwrap().trim_start_matches("http://").to_owned()
    }

    /// What comes of a bad version: another exit code, the true reason, and the good version as before.
    fn takes_back(&self, fault: &str, reasons: &[&str]) {
        let before = self.account.image_of_service();
        let image =
            if fault == "missing" { versions::missing() } else { versions::faulty(&self.account, fault) };
        let failed = self.deploy(&image);
        assert_eq!(failed.code, 7, "{fault}: {failed}");
        for reason in reasons {
            assert!(failed.stderr.contains(reason), "{fault}, without {reason}: {failed}");
        }
        assert_eq!(self.account.image_of_service(), before);
        let history = self.machine.run(&["history", "--env", "dev", "--output", "json"]).json();
        let last = &history["deployments"][0];
        assert_eq!((&last["result"], &last["image"]), (&json!("rolled back"), &json!(image)), "{history}");
    }

    /// The sample's orders, and somebody who goes on asking for them.
    fn sample_and_traffic(&self, host: &str) -> Traffic {
        let key = self.account.secret("ecommerce-analytics-dev-api-key");
        let client = http::client().build().unwrap();
        let seed = client.post(format!("{}/api/v1/data/seed", self.account.url));
        let seeded = seed.header("Host", host).bearer_auth(&key).send().unwrap();
        assert!(seeded.status().is_success(), "{}", seeded.text().unwrap());
        Traffic::start(&self.account.url, host, &key)
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
