//! Versions, good and bad, under traffic.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::time::{Duration, Instant};

use reqwest::blocking::Client;
use serde_json::{Value, json};

use crate::account::Account;
use crate::environment::{TestEnvironment, Transcript, collect, signal};
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

    platform.follows_the_log_into(&second, &traffic);
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
        let seed = Client::new().post(format!("{}/api/v1/data/seed", self.account.url));
        let seeded = seed.header("Host", host).bearer_auth(&key).send().unwrap();
        assert!(seeded.status().is_success(), "{}", seeded.text().unwrap());
        Traffic::start(&self.account.url, host, &key)
    }

    /// A rolling deploy, whose log somebody follows: each request's line comes once, of the old tasks and of the new ones.
    fn follows_the_log_into(&self, image: &str, traffic: &Traffic) {
        let mut command = self
            .machine
            .command(&["logs", "--env", "dev", "--source", "api", "-f", "--since", "5s", "--output", "json"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let shown = collect(&mut child);
        let lines = || -> Vec<Value> {
            let text = String::from_utf8(shown.lock().unwrap().clone()).unwrap();
            let whole = text.rfind('\n').map_or("", |end| &text[..end]);
            whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        };
        let deadline = Instant::now() + Duration::from_mins(2);
        while lines().is_empty() {
            assert!(Instant::now() < deadline, "nothing is followed");
            std::thread::sleep(Duration::from_millis(200));
        }
        let before = traffic.ids().len();
        self.becomes(image);
        let wanted = traffic.ids();
        let count = |id: &str| lines().iter().filter(|line| line["record"]["request_id"] == id).count();
        while wanted.last().is_some_and(|id| count(id) == 0) {
            assert!(Instant::now() < deadline + Duration::from_mins(3), "the last line does not come");
            std::thread::sleep(Duration::from_secs(1));
        }
        // What would come late or twice comes with the next sweep.
        std::thread::sleep(Duration::from_secs(15));
        signal(child.id(), "-INT");
        let said = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
        let lines = lines();
        let mut times: BTreeMap<&str, usize> = wanted[before..].iter().map(|id| (id.as_str(), 0)).collect();
        let mut tasks = BTreeSet::new();
        for line in &lines {
            let id = line["record"]["request_id"].as_str().unwrap_or_default();
            if line["record"]["message"] == "request"
                && let Some(times) = times.get_mut(id)
            {
                *times += 1;
                tasks.insert(line["stream"].as_str().unwrap());
            }
        }
        let wrong: Vec<_> = times.iter().filter(|(_, times)| **times != 1).collect();
        assert!(wrong.is_empty(), "of {}: {wrong:?}; {said}", times.len());
        assert!(times.len() > 20 && tasks.len() >= 2, "{} lines of {tasks:?}; {said}", times.len());
    }

    /// The containers' own words, from CloudWatch.
    fn tells_what_it_logs(&self) {
        let logs = self.machine.run(&["logs", "--env", "dev", "--source", "api", "--look", "raw"]);
        assert!(logs.stdout.contains("\"route\":\"/api/v1/data/seed\""), "{logs}");
    }
}
