//! An account whose tasks are containers, and a user's machine that works on it.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::blocking::Client;
use serde_json::{Value, json};
use sqlx::{AnyPool, Executor as _};

use crate::environment::TestEnvironment;
use crate::http;
use crate::ports::free_port;

const CLUSTER: &str = "ecommerce-analytics-dev-cluster";
const SERVICE: &str = "ecommerce-analytics-dev-api-service";
const REPOSITORY: &str = "ecommerce-analytics-api";

/// An account; dropping it forgets everything and removes its containers.
pub struct Account {
    /// Its address.
    pub url: String,
    engine: String,
    programs: PathBuf,
    emulator: Child,
    unplug: tempfile::TempDir,
    client: Client,
}

impl Account {
    /// An empty account; nothing where this run lacks what it takes.
    pub fn empty() -> Option<Self> {
        let [python, engine, programs, server, authorities, _] = [
            "EAP_TEST_MINISTACK_PYTHON",
            "EAP_TEST_DOCKER_HOST",
            "EAP_TEST_DOCKER_PATH",
            "EAP_TEST_MYSQL_URL",
            "EAP_TEST_MYSQL_CA",
            "EAP_TEST_TERRAFORM_CONFIG",
        ]
        .map(|name| std::env::var(name).inspect_err(|_| eprintln!("skipped: {name} is not set")).ok());
        let (python, engine, programs) = (python?, engine?, PathBuf::from(programs?));
        let database = format!("{}/{}", server.as_ref()?, make_database(server.as_ref()?));
        std::env::var_os("EAP_TEST_TERRAFORM_CONFIG")?;
        let port = free_port();
        let mut command = Command::new(python);
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/emulators/containers"));
        command.args(["--port", &port.to_string(), "--database", &database, "--database-ca", &authorities?]);
        let unplug = tempfile::tempdir().unwrap();
        command.arg("--unplug").arg(unplug.path().join("now"));
        command.env("DOCKER_HOST", &engine).stdout(Stdio::null()).stderr(Stdio::null());
        let account = Self {
            url: format!("http://127.0.0.1:{port}"),
            engine,
            programs,
            emulator: command.spawn().unwrap(),
            unplug,
            client: http::client().build().unwrap(),
        };
        let deadline = Instant::now() + Duration::from_mins(1);
        while account.client.get(format!("{}/_ministack/health", account.url)).send().is_err() {
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
            // What this emulator lacks.
            ("TF_VAR_leave_out", r#"["scaling", "gateway", "functions", "observability", "compliance"]"#),
        ] {
            machine.set(name, value);
        }
        machine.set("TF_CLI_CONFIG_FILE", std::env::var("EAP_TEST_TERRAFORM_CONFIG").unwrap());
        machine.set("PATH", std::env::var_os("PATH").unwrap());
        let tree = concat!(env!("CARGO_MANIFEST_DIR"), "/../terraform");
        std::os::unix::fs::symlink(tree, machine.path("work/terraform")).unwrap();
        machine
    }

    /// From now on the database lets nobody in any more.
    pub fn unplug_database(&self) {
        std::fs::write(self.unplug.path().join("now"), "").unwrap();
    }

    /// `docker` with these arguments.
    pub fn docker(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.programs.join("docker"));
        command.args(arguments).env("DOCKER_HOST", &self.engine);
        command
    }

    /// Runs `docker` to its end, which has to be a good one, and answers with what it said.
    pub fn say(&self, arguments: &[&str]) -> String {
        let output = self.docker(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        assert!(output.status.success(), "docker {arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// The service, as ECS describes it.
    pub fn service(&self) -> Value {
        let found = self.ecs("DescribeServices", &json!({"cluster": CLUSTER, "services": [SERVICE]}));
        found["services"][0].clone()
    }

    /// The image that its task definition names for the container `api`.
    pub fn image_of_service(&self) -> String {
        let found =
            self.ecs("DescribeTaskDefinition", &json!({"taskDefinition": self.service()["taskDefinition"]}));
        let containers = found["taskDefinition"]["containerDefinitions"].as_array().unwrap();
        let api = containers.iter().find(|container| container["name"] == "api").unwrap();
        api["image"].as_str().unwrap().to_owned()
    }

    /// The account's repository, as images in it are named.
    pub fn repository(&self) -> String {
        format!("{}/{REPOSITORY}", self.url.trim_start_matches("http://"))
    }

    /// The tag of the image with this digest in it, as ECR describes it.
    pub fn pushed_tag(&self, digest: &str) -> String {
        let asked = json!({"repositoryName": REPOSITORY, "imageIds": [{"imageDigest": digest}]});
        let found = self.call("ecr", "AmazonEC2ContainerRegistry_V20150921.DescribeImages", &asked);
        let tag = found["imageDetails"][0]["imageTags"][0].as_str();
        tag.unwrap_or_else(|| panic!("{found}")).to_owned()
    }

    /// The value of the secret of that name.
    pub fn secret(&self, name: &str) -> String {
        let found = self.call("secretsmanager", "secretsmanager.GetSecretValue", &json!({"SecretId": name}));
        found["SecretString"].as_str().unwrap_or_else(|| panic!("{found}")).to_owned()
    }

    /// The load balancer's targets: address and state.
    pub fn targets(&self) -> Vec<(String, String)> {
        let groups = self.query("elasticloadbalancing", "Action=DescribeTargetGroups&Version=2015-12-01");
        let arn = between(&groups, "<TargetGroupArn>", "</TargetGroupArn>").next().unwrap();
        let asked = format!("Action=DescribeTargetHealth&Version=2015-12-01&TargetGroupArn={arn}");
        let found = self.query("elasticloadbalancing", &asked);
        let ids: Vec<String> = between(&found, "<Id>", "</Id>").map(ToOwned::to_owned).collect();
        let states = between(&found, "<State>", "</State>").map(ToOwned::to_owned);
        ids.into_iter().zip(states).collect()
    }

    /// Stops (`StopDBInstance`) or starts (`StartDBInstance`) the database.
    pub fn database(&self, action: &str) {
        let found = self.query("rds", "Action=DescribeDBInstances&Version=2014-10-31");
        let name = between(&found, "<DBInstanceIdentifier>", "</DBInstanceIdentifier>").next().unwrap();
        self.query("rds", &format!("Action={action}&Version=2014-10-31&DBInstanceIdentifier={name}"));
    }

    /// Puts an alarm of the environment into a state, and answers which one.
    pub fn set_alarm(&self, state: &str) -> String {
        let found = self.query("monitoring", "Action=DescribeAlarms&Version=2010-08-01");
        let name = between(&found, "<AlarmName>", "</AlarmName>").next().unwrap().to_owned();
        let asked = format!(
            "Action=SetAlarmState&Version=2010-08-01&AlarmName={name}&StateValue={state}&StateReason=tried"
        );
        self.query("monitoring", &asked);
        name
    }

    /// Ids of the containers that run the API, for `docker`.
    pub fn containers(&self) -> Vec<String> {
        self.running(&[])
    }

    /// Those of them that were made from the image with this id. Docker picks them itself: a container of its list may be
    /// gone by the time that one asks about it.
    pub fn containers_of(&self, image: &str) -> Vec<String> {
        self.running(&["--filter", &format!("ancestor={image}")])
    }

    fn running(&self, more: &[&str]) -> Vec<String> {
        let tasks = ["ps", "--quiet", "--filter", "label=com.amazonaws.ecs.task-arn"];
        let ids = self.say(&[&tasks, more].concat());
        ids.lines().map(ToOwned::to_owned).collect()
    }

    /// A call in the older of AWS's two ways; its answer is XML.
    fn query(&self, service: &str, form: &str) -> String {
        let scope = format!("Credential=test/20260101/us-east-1/{service}/aws4_request");
        let request = self
            .client
            .post(&self.url)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Authorization", format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"));
        let answer = request.body(form.to_owned()).send().unwrap();
        let (status, text) = (answer.status(), answer.text().unwrap());
        assert!(status.is_success(), "{form}: {text}");
        text
    }

    fn ecs(&self, action: &str, body: &Value) -> Value {
        self.call("ecs", &format!("AmazonEC2ContainerServiceV20141113.{action}"), body)
    }

    fn call(&self, service: &str, target: &str, body: &Value) -> Value {
        let scope = format!("Credential=test/20260101/us-east-1/{service}/aws4_request");
        let request = self
            .client
            .post(&self.url)
            .header("X-Amz-Target", target)
            .header("Content-Type", "application/x-amz-json-1.1")
            .header("Authorization", format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"));
        request.body(body.to_string()).send().unwrap().json().unwrap()
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let _ = self.emulator.kill();
        let _ = self.emulator.wait();
        let tasks = self.docker(&["ps", "--all", "--quiet", "--filter", "label=com.amazonaws.ecs.task-arn"]);
        let ids = { tasks }.output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        for id in ids.unwrap_or_default().lines() {
            let _ = self.docker(&["rm", "--force", id]).output();
        }
    }
}

fn between<'a>(text: &'a str, open: &'static str, close: &'static str) -> impl Iterator<Item = &'a str> {
    text.split(open).skip(1).filter_map(move |rest| rest.split_once(close)).map(|(inner, _)| inner)
}

fn make_database(server: &str) -> String {
    sqlx::any::install_default_drivers();
    let name = format!("eap_test_live_{}", std::process::id());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let admin = AnyPool::connect(&format!("{server}/mysql")).await.unwrap();
        admin.execute(format!("CREATE DATABASE {name}").as_str()).await.unwrap();
        admin.close().await;
    });
    name
}
