//! The program as Lambda runs it: a runtime that hands out events, Slack that takes messages, and secrets in the
//! Secrets Manager of an emulator.

#![expect(clippy::print_stderr, reason = "a run says what it skips")]

use std::{
    env,
    process::{Child, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use crate::{databases, program};

#[tokio::test]
async fn an_alarm_reaches_slack_and_a_failure_is_told_to_lambda() {
    let Some(aws) = Aws::given() else { return };
    let world = World::start(vec![alarm("errors"), json!({"no": "event of SNS"}), alarm("refused")]).await;
    let webhook = aws.make_secret(&format!("http://{}/hunter2", world.address)).await;
    let _function = world.run_function("alert-relay", &aws, &[("SLACK_WEBHOOK_SECRET_ARN", &webhook)]);
    world.wait_for_answers(3).await;

    let messages: Vec<_> = world.messages().iter().map(|message| message["text"].clone()).collect();
    assert_eq!(messages, ["[staging] ALARM: errors", "[staging] ALARM: refused"]);
    let answers = world.answers();
    assert_eq!(answers[0], ("response".to_owned(), json!({"posted": 1})));
    for ((kind, said), expected) in answers[1..].iter().zip(["read the event of SNS", "Slack answers 403"]) {
        let message = said["errorMessage"].as_str().expect("a message");
        assert_eq!(kind, "error");
        assert!(message.starts_with(expected) && !message.contains("hunter2"), "{message}");
    }
}

#[tokio::test]
async fn user_and_password_come_from_the_managed_secret() {
    let (Some(aws), Some((_, server))) = (Aws::given(), databases::servers().into_iter().next()) else {
        return;
    };
    let url = reqwest::Url::parse(&databases::empty_database(&server).await).expect("a URL");
    let password = decoded(url.password().unwrap_or_default());
    let login = json!({"username": decoded(url.username()), "password": password, "engine": "mysql"});
    let secret = aws.make_secret(&login.to_string()).await;
    let ended = migrate(&aws, &url, &secret).await;
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));

    let wrong = aws.make_secret("hunter2").await;
    for (secret, expected) in [
        (wrong.as_str(), "is not a JSON object with `username` and `password`"),
        ("arn:aws:secretsmanager:us-east-1:000000000000:secret:gone", "read the secret arn:aws:"),
    ] {
        let ended = migrate(&aws, &url, secret).await;
        assert_eq!(ended.code, 1);
        assert!(ended.stderr.contains(expected) && !ended.stderr.contains("hunter2"), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn models_are_fitted_whatever_the_event_says() {
    let (Some(aws), Some((_, server))) = (Aws::given(), databases::servers().into_iter().next()) else {
        return;
    };
    let url = databases::empty_database(&server).await;
    let migrating = url.clone();
    let migrated = tokio::task::spawn_blocking(move || program::run(&migrating, &["migrate"])).await;
    assert_eq!(migrated.expect("run the program").code, 0);
    let world = World::start(vec![json!({"source": "aws.scheduler"}), json!([])]).await;
    let _function = world.run_function("fit", &aws, &[("DATABASE_URL", &url)]);
    world.wait_for_answers(2).await;
    let answers = world.answers();
    assert!(answers.iter().all(|(kind, _)| kind == "response"), "{answers:?}");
    let (first, second) = (&answers[0].1, &answers[1].1);
    // An empty store: every model says that there is too little.
    assert_eq!(
        (&first["status"], &first["fitted"], &first["data_version"]),
        (&"fitted".into(), &0.into(), &0.into())
    );
    assert!(first["refused"].as_u64() > Some(10), "{first}");
    assert_eq!(second, &json!({"status": "up_to_date", "data_version": 0}));
}

/// Runs `eap-api migrate` on the parts of `url`, with the login in `secret`.
async fn migrate(aws: &Aws, url: &reqwest::Url, secret: &str) -> program::Ended {
    let mut command = program::command("", &["migrate"]);
    command.envs(aws.variables()).env("DATABASE_SECRET_ARN", secret);
    command.env("DATABASE_HOST", url.host_str().expect("a host"));
    command.env("DATABASE_PORT", url.port().unwrap_or(3306).to_string());
    command.env("DATABASE_NAME", url.path().trim_start_matches('/'));
    tokio::task::spawn_blocking(|| program::ended(command)).await.expect("run the program")
}

/// A part of a URL as plain text.
fn decoded(part: &str) -> String {
    let pair = format!("https://localhost?part={}", part.replace('+', "%2B"));
    let pair = reqwest::Url::parse(&pair).expect("a URL");
    pair.query_pairs().next().expect("a part").1.into_owned()
}

fn alarm(name: &str) -> Value {
    let change = json!({"AlarmName": name, "NewStateValue": "ALARM", "NewStateReason": "7.5 > 5"});
    json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Subject": "ALARM", "Message": change.to_string()}}]})
}

/// An emulator of AWS.
struct Aws {
    url: String,
}

impl Aws {
    fn given() -> Option<Self> {
        let url = env::var("EAP_TEST_MINISTACK_URL").ok();
        if url.is_none() {
            eprintln!("skipped: EAP_TEST_MINISTACK_URL is not set");
        }
        Some(Self { url: url? })
    }

    fn variables(&self) -> [(&'static str, &str); 5] {
        [
            ("AWS_ENDPOINT_URL", &self.url),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]
    }

    /// Makes a secret with this text; answers its ARN. The emulator looks at no signature.
    async fn make_secret(&self, text: &str) -> String {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut random = [0_u8; 8];
        getrandom::fill(&mut random).expect("random numbers");
        let name = format!("eap-test-{:016x}", u64::from_le_bytes(random));
        let scope = "Credential=test/20260101/us-east-1/secretsmanager/aws4_request";
        let _ = rustls::crypto::ring::default_provider().install_default();
        let request = reqwest::Client::new()
            .post(&self.url)
            .header("X-Amz-Target", "secretsmanager.CreateSecret")
            .header("Content-Type", "application/x-amz-json-1.1")
            .header("Authorization", format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"))
            .body(json!({"Name": name, "SecretString": text, "ClientRequestToken": name}).to_string());
        let made: Value = request.send().await.expect("an answer").json().await.expect("JSON");
        made["ARN"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
    }
}

/// Lambda's runtime and Slack, on one port.
struct World {
    address: String,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    events: Vec<Value>,
    answers: Vec<(String, Value)>,
    messages: Vec<Value>,
}

type Shared = State<Arc<Mutex<Seen>>>;

impl World {
    /// A world where these events happen, one after the other.
    async fn start(events: Vec<Value>) -> Self {
        let seen = Arc::new(Mutex::new(Seen { events, ..Seen::default() }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next_event))
            .route("/2018-06-01/runtime/invocation/{id}/{kind}", post(take_answer))
            .route("/hunter2", post(take_message))
            .with_state(Arc::clone(&seen));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, seen }
    }

    /// Starts the program as Lambda does.
    fn run_function(&self, subcommand: &str, aws: &Aws, variables: &[(&str, &str)]) -> Function {
        let mut command = program::command("", &[subcommand]);
        command
            .envs(aws.variables())
            .envs(variables.iter().copied())
            .env("ENVIRONMENT", "staging")
            .env("AWS_LAMBDA_RUNTIME_API", &self.address)
            .env("AWS_LAMBDA_FUNCTION_NAME", subcommand)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .stderr(Stdio::inherit());
        Function(command.spawn().expect("start the program"))
    }

    async fn wait_for_answers(&self, count: usize) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.answers().len() < count {
            assert!(Instant::now() < deadline, "only {:?}", self.answers());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn answers(&self) -> Vec<(String, Value)> {
        self.seen.lock().expect("what was seen").answers.clone()
    }

    fn messages(&self) -> Vec<Value> {
        self.seen.lock().expect("what was seen").messages.clone()
    }
}

/// A running function; dropping it kills it.
struct Function(Child);

impl Drop for Function {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn next_event(State(seen): Shared) -> Response {
    let event = {
        let events = &mut seen.lock().expect("what was seen").events;
        (!events.is_empty()).then(|| events.remove(0))
    };
    // As Lambda: it answers when there is an event.
    let Some(event) = event else { return std::future::pending().await };
    let headers = [
        ("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        ("Lambda-Runtime-Deadline-Ms", "4102444800000"),
        ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:f"),
    ];
    (headers, Json(event)).into_response()
}

async fn take_answer(
    State(seen): Shared,
    Path((_, kind)): Path<(String, String)>,
    body: Bytes,
) -> StatusCode {
    // Lambda does not ask for a content type either.
    let said = serde_json::from_slice(&body).expect("JSON");
    seen.lock().expect("what was seen").answers.push((kind, said));
    StatusCode::ACCEPTED
}

/// Slack refuses what says that it will be refused.
async fn take_message(State(seen): Shared, Json(message): Json<Value>) -> StatusCode {
    let refused = message["text"].as_str().is_some_and(|text| text.contains("refused"));
    seen.lock().expect("what was seen").messages.push(message);
    if refused { StatusCode::FORBIDDEN } else { StatusCode::OK }
}
