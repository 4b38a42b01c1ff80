//! The environment `dev` of an account, and what everybody does with it: deploy, and ask for reports.

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
