//! The environment `dev` of an account, and what everybody does with it: deploy, and ask for reports.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::account::Account;
use crate::environment::{TestEnvironment, Transcript};
use crate::http;
use crate::traffic::Traffic;

/// The environment.
pub struct Platform {
    /// Where it is.
    pub account: Account,
    /// Of who works on it.
    pub machine: TestEnvironment,
}

impl Platform {
    /// Deploys an image, with `more` options.
    pub fn deploy(&self, image: &str, more: &[&str]) -> Transcript {
        let wish =
            ["deploy", "--env", "dev", "--image", image, "--yes", "--timeout", "3m", "--output", "json"];
        self.machine.run(&[&wish, more].concat())
    }

    /// Answers with the host that serves it.
    pub fn becomes(&self, image: &str, more: &[&str]) -> String {
        let deployed = self.deploy(image, more);
        assert_eq!(deployed.code, 0, "{deployed}");
        assert_eq!(deployed.json()["result"], "deployed", "{deployed}");
        assert_eq!(self.account.image_of_service(), image);
        let service = self.account.service();
        assert_eq!((&service["runningCount"], &service["desiredCount"]), (&json!(1), &json!(1)), "{service}");
        deployed.json()["url"].as_str().unwrap().trim_start_matches("http://").to_owned()
    }

    /// The API of this checkout, built and pushed into the account's own registry by the deploy itself. Answers with its
    /// image, and the host that serves it.
    pub fn becomes_what_is_checked_out(&self) -> (String, String) {
        let wish = ["deploy", "--env", "dev", "--skip-tests", "--yes", "--timeout", "3m", "--output", "json"];
        let mut command = self.machine.command(&wish);
        // The toolchain is the developer's, not the test user's.
        let home = PathBuf::from(std::env::var_os("HOME").unwrap());
        for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
            command.env(name, std::env::var_os(name).unwrap_or_else(|| home.join(folder).into()));
        }
        // Else it would be built a second time.
        if let Some(folder) = std::env::var_os("CARGO_TARGET_DIR") {
            command.env("CARGO_TARGET_DIR", folder);
        }
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let deployed = self.machine.transcript(&command.current_dir(checkout).output().unwrap());
        assert_eq!(deployed.code, 0, "{deployed}");
        let told = deployed.json();
        let image = told["image"].as_str().unwrap().to_owned();
        let digest = image.strip_prefix(&self.account.repository()).and_then(|rest| rest.strip_prefix('@'));
        let history = self.machine.run(&["history", "--env", "dev", "--output", "json"]).json();
        let commit = history["deployments"][0]["commit"].as_str().unwrap().trim_end_matches("-dirty");
        assert!(self.account.pushed_tag(digest.unwrap()).starts_with(commit), "{deployed}");
        // The very image runs, and not another one of that name. The container before it may be going right now.
        assert_eq!(self.account.image_of_service(), image);
        let wanted = self.account.say(&["image", "inspect", "--format", "{{.Id}}", &image]);
        let running = self.account.containers_of(&wanted);
        assert!(!running.is_empty(), "none of {wanted}: {:?}", self.account.containers());
        (image, told["url"].as_str().unwrap().trim_start_matches("http://").to_owned())
    }

    /// The sample's orders, and somebody who goes on asking for them.
    pub fn sample_and_traffic(&self, host: &str) -> Traffic {
        let key = self.account.secret("ecommerce-analytics-dev-api-key");
        let client = http::client().build().unwrap();
        let seed = client.post(format!("{}/api/v1/data/seed", self.account.url));
        let seeded = seed.header("Host", host).bearer_auth(&key).send().unwrap();
        assert!(seeded.status().is_success(), "{}", seeded.text().unwrap());
        Traffic::start(&self.account.url, host, &key)
    }
}
