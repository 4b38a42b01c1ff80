//! What a deploy and a destroy leave in an account, by the programs that the tests of the Terraform tree have for it.

use std::io::Write as _;
use std::process::Command;

use serde_json::{Map, Value};

use crate::account::{Account, S3};

const TESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/terraform");

/// The variables of an environment, or of a variation of one, as these tests have them.
pub fn settings(name: &str) -> Map<String, Value> {
    serde_json::from_slice(&std::fs::read(format!("{TESTS}/{name}.tfvars.json")).unwrap()).unwrap()
}

impl Account {
    /// Nothing of an environment with these settings is there but so many last snapshots of databases.
    pub fn assert_nothing_left_but(&self, snapshots: usize, settings: &Map<String, Value>, bucket: &str) {
        self.assert_by("left_over.py", settings, &[bucket, &snapshots.to_string()]);
    }

    /// What the state of an environment tells of itself is what its settings ask for.
    pub fn assert_outputs(&self, settings: &Map<String, Value>, bucket: &str) {
        let environment = settings["environment"].as_str().unwrap();
        let url = format!("{}/{bucket}/{environment}/terraform.tfstate", self.url);
        let state: Value = self.client.get(url).header("Authorization", S3).send().unwrap().json().unwrap();
        let outputs = file_of(&state["outputs"].to_string());
        self.assert_by("check_outputs.py", settings, &[outputs.path().to_str().unwrap()]);
    }

    fn assert_by(&self, program: &str, settings: &Map<String, Value>, arguments: &[&str]) {
        let variables = file_of(&Value::from(settings.clone()).to_string());
        let mut check = Command::new(std::env::var("EAP_TEST_EMULATOR_PYTHON").unwrap());
        check.arg(format!("{TESTS}/{program}")).arg(variables.path()).args(arguments);
        check.envs([("AWS_ENDPOINT_URL", self.url.as_str()), ("AWS_REGION", "us-east-1")]);
        check.envs([("AWS_DEFAULT_REGION", "us-east-1"), ("AWS_EC2_METADATA_DISABLED", "true")]);
        check.envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")]);
        let output = check.output().unwrap();
        assert!(output.status.success(), "{settings:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

fn file_of(content: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content.as_bytes()).unwrap();
    file
}
