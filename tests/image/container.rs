//! The image as it runs in production: no privileges, nothing to write to, a database behind DNS and TLS.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use sqlx::{AnyPool, Executor as _};

use crate::engine::{Engine, checkout, json_of};
use crate::name_server;
use crate::ports::free_port;

/// Lines of the sample that `eap-api seed` loads, as its own data set counts them.
const SAMPLE_ORDERS: &str = "5009";
/// As little as a container can have.
const RESTRICTED: [&str; 7] =
    ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--network", "host"];

#[tokio::test]
async fn the_pushed_image_reads_mysql_over_tls_by_name_without_any_privilege() {
    let Some(engine) = Engine::of_this_run() else { return };
    let (Ok(server), Ok(authorities)) =
        (std::env::var("EAP_TEST_MYSQL_URL"), std::env::var("EAP_TEST_MYSQL_CA"))
    else {
        eprintln!("skipped: EAP_TEST_MYSQL_URL or EAP_TEST_MYSQL_CA is not set");
        return;
    };
    let arguments = ["--builder", "native", "--registry", &engine.registry, "--output", "json"];
    let pushed = json_of(&mut engine.build_push(&checkout(), &arguments));
    assert!(pushed["size_bytes"].as_u64().unwrap() <= 12_000_000, "{pushed}");
    assert_eq!(pushed["layers"].as_array().unwrap().len(), 2);
    let image = pushed["reference"].as_str().unwrap();
    engine.say(&["pull", "--quiet", image]);

    name_server::start("database.shop.test");
    let resolver = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(resolver.path(), format!("nameserver {}\n", name_server::ADDRESS)).unwrap();
    readable_by_all(resolver.path());
    let database = database_on(&server).await;
    let url = format!("{server}/{database}").replace("@127.0.0.1:", "@database.shop.test:");
    let container =
        Container { engine: &engine, image, url: &url, resolver: resolver.path(), authorities: &authorities };

    let unknown = container.run(&["migrate"], "/etc/ssl/certs/aws-rds.pem");
    assert!(!unknown.0, "a certificate of an authority that is not Amazon's must not do");
    assert!(unknown.1.contains("UnknownIssuer"), "{}", unknown.1);
    for command in ["migrate", "seed"] {
        let (well, said) = container.run(&[command], "/mysql-ca.pem");
        assert!(well, "{said}");
    }
    // Nobody listens there; without authorities it would not even get that far.
    let said = container.relay_an_alarm();
    assert!(said.contains("post to Slack: ") && said.contains("Connection refused"), "{said}");
    container.serve_and_check();
}

struct Container<'a> {
    engine: &'a Engine,
    image: &'a str,
    url: &'a str,
    resolver: &'a std::path::Path,
    authorities: &'a str,
}

impl Container<'_> {
    fn arguments(&self, more: &[&str], command: &[&str], authorities: &str) -> Vec<String> {
        let mut arguments: Vec<String> =
            ["run", "--rm"].iter().chain(more).map(ToString::to_string).collect();
        arguments.extend(RESTRICTED.map(str::to_owned));
        for variable in [
            "ENVIRONMENT=development",
            &format!("DATABASE_URL={}", self.url),
            "DATABASE_SSL_MODE=verify-identity",
            &format!("DATABASE_SSL_CA={authorities}"),
            "EAP_SCHEMA_WAIT_SECONDS=5",
            "SLACK_WEBHOOK_URL=https://127.0.0.1:1/",
        ] {
            arguments.extend(["--env".to_owned(), variable.to_owned()]);
        }
        for (from, to) in
            [(self.resolver.to_str().unwrap(), "/etc/resolv.conf"), (self.authorities, "/mysql-ca.pem")]
        {
            arguments.extend(["--volume".to_owned(), format!("{from}:{to}:ro")]);
        }
        arguments.push(self.image.to_owned());
        arguments.extend(command.iter().map(ToString::to_string));
        arguments
    }

    /// Whether it ended well, and all it said.
    fn run(&self, command: &[&str], authorities: &str) -> (bool, String) {
        let arguments = self.arguments(&[], command, authorities);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = self.engine.docker(&arguments).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// What it says when it cannot.
    fn relay_an_alarm(&self) -> String {
        let arguments = self.arguments(&["--interactive"], &["alert-relay"], "/mysql-ca.pem");
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut docker = self.engine.docker(&arguments);
        docker.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = docker.spawn().unwrap();
        let event = br#"{"Records": [{"Sns": {"Subject": "a", "Message": "b"}}]}"#;
        child.stdin.take().unwrap().write_all(event).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    }

    fn serve_and_check(&self) {
        let port = free_port();
        let variable = format!("PORT={port}");
        let name = format!("eap-test-{port}");
        let more = ["--detach", "--name", &name, "--env", &variable];
        let arguments = self.arguments(&more, &["serve"], "/mysql-ca.pem");
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.engine.say(&arguments);
        let _stop = Stop(self.engine, &name);
        let deadline = Instant::now() + Duration::from_secs(20);
        let health = loop {
            match get(port, "/health") {
                Some(answer) if answer.starts_with("HTTP/1.1 200") => break answer,
                _ if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(100)),
                last => panic!("{last:?}; {}", self.engine.say(&["logs", &name])),
            }
        };
        assert!(health.contains("\"database_status\":\"connected\""), "{health}");
        let sales = "/api/v1/analytics/sales?start_date=2014-01-01&end_date=2017-12-31";
        let sales = get(port, sales).unwrap();
        assert!(sales.contains(&format!("\"total_transactions\":{SAMPLE_ORDERS}")), "{sales}");
        self.engine.say(&["exec", &name, "/usr/local/bin/eap-api", "healthcheck"]);
        let who = self.engine.say(&[
            "inspect",
            "--format",
            "{{.Config.User}} {{.HostConfig.ReadonlyRootfs}}",
            &name,
        ]);
        assert_eq!(who, "65532:65532 true");
    }
}

struct Stop<'a>(&'a Engine, &'a str);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        let _ = self.0.docker(&["rm", "--force", self.1]).output();
    }
}

/// The answer to a GET, head and body.
fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

async fn database_on(server: &str) -> String {
    sqlx::any::install_default_drivers();
    let name = format!("eap_test_image_{}", std::process::id());
    let admin = AnyPool::connect(&format!("{server}/mysql")).await.unwrap();
    admin.execute(format!("CREATE DATABASE {name}").as_str()).await.unwrap();
    admin.close().await;
    name
}

fn readable_by_all(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
}
