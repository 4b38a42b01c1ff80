//! An emulated account of AWS for one test, and a user's machine that works on it.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::blocking::Client;
use serde_json::{Value, json};

use crate::environment::TestEnvironment;
use crate::http;
use crate::ports::free_port;

/// Of the emulator.
pub const ACCOUNT: &str = "123456789012";

/// The emulator looks at who signs and for what, not at the signature.
pub(crate) const S3: &str =
    "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";

/// An account; dropping it forgets everything.
pub struct Account {
    /// Its address.
    pub url: String,
    emulator: Child,
    pub(crate) client: Client,
}

impl Account {
    /// An empty account; nothing where this run has no Terraform or no emulator.
    pub fn empty() -> Option<Self> {
        let (Ok(python), Ok(_)) =
            (std::env::var("EAP_TEST_EMULATOR_PYTHON"), std::env::var("EAP_TEST_TERRAFORM_CONFIG"))
        else {
            eprintln!("skipped: EAP_TEST_EMULATOR_PYTHON or EAP_TEST_TERRAFORM_CONFIG is not set");
            return None;
        };
        let port = free_port();
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/emulators/aws");
        let mut command = Command::new(python);
        command.args([program, "--port", &port.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
        let account = Self {
            url: format!("http://127.0.0.1:{port}"),
            emulator: command.spawn().unwrap(),
            client: http::client().build().unwrap(),
        };
        let deadline = Instant::now() + Duration::from_mins(1);
        while account.client.get(format!("{}/moto-api/", account.url)).send().is_err() {
            assert!(Instant::now() < deadline, "the emulator does not start");
            std::thread::sleep(Duration::from_millis(100));
        }
        Some(account)
    }

    /// A machine whose credentials are of this account, in the checkout.
    pub fn machine(&self) -> TestEnvironment {
        let mut machine = TestEnvironment::without_api();
        for (name, value) in [
            ("AWS_ENDPOINT_URL", self.url.as_str()),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            // A fifth of Terraform's time is spent on collecting garbage.
            ("GOGC", "400"),
            // What takes long and adds nothing here.
            ("TF_VAR_leave_out", r#"["scaling", "functions", "observability", "compliance"]"#),
        ] {
            machine.set(name, value);
        }
        machine.set("TF_CLI_CONFIG_FILE", std::env::var("EAP_TEST_TERRAFORM_CONFIG").unwrap());
        machine.set("PATH", std::env::var_os("PATH").unwrap());
        // The tree is found from the working folder.
        std::os::unix::fs::symlink(
            concat!(env!("CARGO_MANIFEST_DIR"), "/../terraform"),
            machine.path("work/terraform"),
        )
        .unwrap();
        machine
    }

    /// Steers the emulator: see its `control`.
    pub fn steer(&self, what: &str, how: &Value) {
        let answer = self.client.post(format!("{}/eap-test/{what}", self.url)).json(how).send().unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().unwrap());
    }

    /// How many calls are still to be lost: see its `losses`.
    pub fn losses_to_come(&self) -> u64 {
        let answer = self.client.get(format!("{}/eap-test/losses", self.url)).send().unwrap();
        answer.json::<Value>().unwrap()["to_come"].as_u64().unwrap()
    }

    /// Brings a content of an image, and answers its digest.
    pub fn blob(&self, content: &str) -> String {
        let url = format!("{}/eap-test/blobs", self.url);
        let answer = self.client.post(url).json(&json!({"content": content})).send().unwrap();
        answer.json::<Value>().unwrap()["digest"].as_str().unwrap().to_owned()
    }

    /// The answer to a call of an API that speaks JSON.
    pub fn call(&self, service: &str, target: &str, body: &Value) -> Value {
        let scope = format!("Credential=test/20260101/us-east-1/{service}/aws4_request");
        let request = self
            .client
            .post(&self.url)
            .header("X-Amz-Target", target)
            .header("Content-Type", "application/x-amz-json-1.1")
            .header("Authorization", format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"));
        request.body(body.to_string()).send().unwrap().json().unwrap()
    }

    /// The answer of IAM to an action with its parameters, as it is.
    pub fn iam(&self, action: &str) -> String {
        self.query("iam", "2010-05-08", action)
    }

    /// The answer of an API that is asked in the older of AWS's two ways.
    pub fn query(&self, service: &str, version: &str, action: &str) -> String {
        let scope = format!("Credential=test/20260101/us-east-1/{service}/aws4_request");
        let request = self
            .client
            .post(&self.url)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Authorization", format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"));
        let body = format!("Action={action}&Version={version}");
        request.body(body).send().unwrap().text().unwrap()
    }

    /// Makes a zone of Route 53, as somebody did who owns the name, and answers its id.
    pub fn zone(&self, name: &str) -> String {
        let scope = "Credential=test/20260101/us-east-1/route53/aws4_request";
        let request = self
            .client
            .post(format!("{}/2013-04-01/hostedzone", self.url))
            .header("Authorization", format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"));
        let wish = format!("<Name>{name}</Name><CallerReference>1</CallerReference>");
        let wish = format!("<CreateHostedZoneRequest>{wish}</CreateHostedZoneRequest>");
        let made = request.body(wish).send().unwrap().text().unwrap();
        let id = made.split_once("<Id>/hostedzone/").and_then(|(_, rest)| rest.split_once('<'));
        id.unwrap_or_else(|| panic!("{made}")).0.to_owned()
    }

    /// The value of the secret of that name, once it is there.
    pub fn secret(&self, name: &str) -> Option<String> {
        let found = self.call("secretsmanager", "secretsmanager.GetSecretValue", &json!({"SecretId": name}));
        found["SecretString"].as_str().map(ToOwned::to_owned)
    }

    /// The service of an environment, as ECS describes it.
    pub fn service(&self, environment: &str) -> Value {
        let name = format!("ecommerce-analytics-{environment}");
        let target = "AmazonEC2ContainerServiceV20141113.DescribeServices";
        let found = self.call(
            "ecs",
            target,
            &json!({"cluster": format!("{name}-cluster"), "services": [format!("{name}-api-service")]}),
        );
        found["services"][0].clone()
    }

    /// The container `api` of its task definition.
    pub fn container_of_service(&self, environment: &str) -> Value {
        let target = "AmazonEC2ContainerServiceV20141113.DescribeTaskDefinition";
        let revision = self.service(environment)["taskDefinition"].clone();
        let found = self.call("ecs", target, &json!({"taskDefinition": revision}));
        let containers = found["taskDefinition"]["containerDefinitions"].as_array().unwrap();
        containers.iter().find(|container| container["name"] == "api").unwrap().clone()
    }

    /// The image that it names.
    pub fn image_of_service(&self, environment: &str) -> String {
        self.container_of_service(environment)["image"].as_str().unwrap().to_owned()
    }

    /// Whether there is a bucket of this name.
    pub fn has_bucket(&self, name: &str) -> bool {
        let request = self.client.head(format!("{}/{name}", self.url));
        request.header("Authorization", S3).send().unwrap().status().is_success()
    }

    /// Whether there is an object of this name.
    pub fn has_object(&self, bucket: &str, name: &str) -> bool {
        let request = self.client.head(format!("{}/{bucket}/{name}", self.url));
        request.header("Authorization", S3).send().unwrap().status().is_success()
    }

    /// Writes an object.
    pub fn put_object(&self, bucket: &str, name: &str, content: &str) {
        let request = self.client.put(format!("{}/{bucket}/{name}", self.url)).header("Authorization", S3);
        assert!(request.body(content.to_owned()).send().unwrap().status().is_success());
    }

    /// How many of the things that a deploy makes are there: stacks' buckets, VPCs, clusters.
    pub fn things(&self) -> usize {
        let clusters = self.call("ecs", "AmazonEC2ContainerServiceV20141113.ListClusters", &json!({}));
        let buckets = self.client.get(&self.url).header("Authorization", S3);
        let buckets = buckets.send().unwrap().text().unwrap();
        clusters["clusterArns"].as_array().unwrap().len() + buckets.matches("<Bucket>").count()
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let _ = self.emulator.kill();
        let _ = self.emulator.wait();
    }
}
