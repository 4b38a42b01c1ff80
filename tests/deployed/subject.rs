//! What is tested: an API at a URL, or one of this run's own. Owns the way to ask it.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use reqwest::blocking::{Client, RequestBuilder};
use serde_json::Value;

use crate::environment::{TestEnvironment, api_binary};
use crate::http;
use crate::ports::free_port;

/// An API.
pub struct Subject {
    base_url: String,
    key: String,
    client: Client,
    /// Whether a scratch order may be sent.
    pub may_write: bool,
    /// Whether its orders are known.
    pub has_the_sample: bool,
    _own: Option<Own>,
}

/// An API of this run's own; killed when dropped.
struct Own {
    server: Child,
    _machine: TestEnvironment,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    /// Its `ETag`; empty when it has none.
    pub tag: String,
    /// Null when it is no JSON.
    pub json: Value,
}

impl Subject {
    /// The API that the variables name, else a new one.
    pub fn find() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let client = http::client().timeout(Duration::from_mins(1)).build().unwrap();
        if let Some(url) = variable("EAP_TEST_API_URL") {
            return Self {
                base_url: url.trim_end_matches('/').to_owned(),
                key: variable("EAP_API_KEY").expect("EAP_API_KEY: a key with the scope read"),
                client,
                may_write: variable("EAP_TEST_API_WRITES").is_some_and(|value| value == "yes"),
                has_the_sample: false,
                _own: None,
            };
        }
        let (own, base_url, key) = Own::start();
        let subject = Self { base_url, key, client, may_write: true, has_the_sample: true, _own: Some(own) };
        let deadline = Instant::now() + Duration::from_mins(1);
        while subject.client.get(format!("{}/health/live", subject.base_url)).send().is_err() {
            assert!(Instant::now() < deadline, "the API does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        subject
    }

    /// Asks with the key.
    pub fn ask(&self, path: &str) -> Answer {
        answer(self.request(path).bearer_auth(&self.key))
    }

    /// Asks without a key.
    pub fn ask_as_a_stranger(&self, path: &str) -> Answer {
        answer(self.request(path))
    }

    /// Asks with the key for what is newer than `tag`.
    pub fn ask_unless(&self, path: &str, tag: &str) -> Answer {
        answer(self.request(path).bearer_auth(&self.key).header("If-None-Match", tag))
    }

    /// Sends orders as JSON, with the key.
    pub fn send(&self, orders: &Value) -> Answer {
        let request = self.client.post(format!("{}/api/v1/orders", self.base_url)).bearer_auth(&self.key);
        answer(request.json(orders))
    }

    /// Checks what holds as long as nothing lands meanwhile: again, when something did.
    pub fn steadily(&self, check: impl Fn(&Self) -> Result<(), String>) {
        let version = || self.ask("/api/v1/analytics/sales").tag;
        for _ in 0..20 {
            let before = version();
            let Err(problem) = check(self) else { return };
            assert_ne!(version(), before, "{problem}");
        }
        panic!("orders land all the time: nothing could be compared");
    }

    fn request(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.base_url))
    }
}

impl Own {
    /// Starts an API on the sample as in staging; answers its URL and a key with every scope.
    fn start() -> (Self, String, String) {
        let machine = TestEnvironment::without_api();
        let port = free_port();
        let command = |arguments: &[&str]| {
            let mut command = Command::new(api_binary());
            command.env_clear().args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
            let database = format!("sqlite:{}", machine.path("deployed.db").display());
            command.envs([("ENVIRONMENT", "staging"), ("DATABASE_URL", &database), ("HOST", "127.0.0.1")]);
            command.env("PORT", port.to_string()).stderr(Stdio::null());
            command
        };
        for subcommand in ["migrate", "seed"] {
            assert!(command(&[subcommand]).status().unwrap().success(), "{subcommand}");
        }
        let scopes = ["--scope", "read", "--scope", "ingest", "--scope", "admin"];
        let made = [&["keys", "create", "--name", "test"], &scopes[..]].concat();
        let made = command(&made).stdout(Stdio::piped()).output().unwrap();
        let key = String::from_utf8(made.stdout).unwrap().trim().to_owned();
        let server = command(&["serve"]).spawn().unwrap();
        (Self { server, _machine: machine }, format!("http://127.0.0.1:{port}"), key)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().unwrap();
    let status = response.status();
    let tag = response.headers().get("etag").map_or("", |tag| tag.to_str().unwrap()).to_owned();
    let json = serde_json::from_str(&response.text().unwrap()).unwrap_or_default();
    Answer { status, tag, json }
}

/// An amount in ten-thousandths, from its decimal text: no float is computed with.
pub fn units(amount: &Value) -> i128 {
    let text = amount.to_string();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    assert!(decimals.len() <= 4, "{text}");
    format!("{whole}{decimals:0<4}").parse().unwrap_or_else(|_| panic!("no amount: {text}"))
}
