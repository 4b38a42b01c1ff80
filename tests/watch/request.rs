//! The load balancer's lines: followed as they are delivered, and as part of one request, by the trace that the API logs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::aws::{Answer, Call, StandIn};
use crate::follow::Follower;
use crate::store::{Store, Stored, now_ms};

const TRACE: &str = "Root=1-67891233-abcdef012345678912345678";

/// A line of the access log.
fn access(at: Timestamp, status: u16, trace: &str) -> String {
    format!(
        "http {at} app/staging/9 10.2.0.9:40000 10.2.0.4:8000 0.000 0.012 0.000 {status} {status} 99 366 \
         \"GET http://10.2.0.7:80/health HTTP/1.1\" \"curl/8.1\" - - arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/api/1 \
         \"{trace}\" \"-\" \"-\" 0"
    )
}

/// A bucket with objects, by their names, which were delivered at the beginning of the test.
struct Bucket(Vec<(String, String)>);

impl Bucket {
    fn new(lines: &[String]) -> Self {
        Self(Vec::new()).and("10.2.0.7", lines)
    }

    /// The same, with an object of another node.
    fn and(mut self, node: &str, lines: &[String]) -> Self {
        let end = Timestamp::now();
        let (day, end) = (end.strftime("%Y/%m/%d"), end.strftime("%Y%m%dT%H%MZ"));
        let file = format!("123456789012_elasticloadbalancing_us-east-1_app.staging.9_{end}_{node}_x.log.gz");
        let name = format!("alb/AWSLogs/123456789012/elasticloadbalancing/us-east-1/{day}/{file}");
        self.0.push((name, lines.join("\n")));
        self
    }

    fn answer(&self, call: &Call) -> Option<Answer> {
        let target = call.action.strip_prefix("GET /access-logs")?;
        if let Some((asked, _)) = target.split_once("?x-id=GetObject") {
            let (_, lines) = self.0.iter().find(|(name, _)| asked.ends_with(name))?;
            return Some((200, lines.clone()));
        }
        let prefix = target.split('&').find_map(|pair| pair.strip_prefix("prefix="))?.replace("%2F", "/");
        let names = self.0.iter().map(|(name, _)| name).filter(|name| name.starts_with(&prefix));
        let contents: Vec<String> =
            names.map(|name| format!("<Contents><Key>{name}</Key></Contents>")).collect();
        let contents = contents.concat();
        Some((
            200,
            format!("<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"),
        ))
    }
}

fn event(group: &'static str, stream: &str, id: &str, seconds_ago: i64, message: &Value) -> Stored {
    let at_ms = now_ms() - seconds_ago * 1000;
    Stored {
        group,
        stream: stream.to_owned(),
        id: id.to_owned(),
        at_ms,
        there_at_ms: at_ms,
        message: message.to_string(),
    }
}

/// A request at the gateway and in the API, and another one.
fn requests() -> Store {
    let api = |id: &str, trace: &str| json!({"level": "INFO", "message": "request", "request_id": id, "trace_id": trace, "route": "/health", "status": 200});
    Store::new(
        vec![
            event("/gateway/staging", "g", "1", 90, &json!({"request_id": "req-7=", "status": "200"})),
            event("/ecs/staging", "ecs/api/a", "2", 70, &api("req-7=", &format!("Self=1-6789-1;{TRACE}"))),
            event(
                "/ecs/staging",
                "ecs/api/a",
                "3",
                60,
                &api("req-8=", "Root=1-67891299-000000000000000000000000"),
            ),
        ],
        60,
    )
}

fn ago(seconds: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_secs(seconds)
}

#[test]
fn one_request_is_followed_over_gateway_load_balancer_and_api() {
    let store = requests();
    let lines = [access(ago(80), 200, TRACE), access(ago(79), 404, "Root=1-67891299-0")];
    let bucket = Bucket::new(&lines);
    let account = StandIn::start(move |call| store.answer(call).or_else(|| bucket.answer(call)));
    let machine = account.machine();
    let sources = |more: &[&str]| -> Vec<String> {
        let ran = machine.run(&[&["logs", "--env", "staging", "--output", "json"], more].concat());
        assert_eq!(ran.code, 0, "{ran}");
        let source = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            line["source"].as_str().unwrap().to_owned()
        };
        ran.stdout.lines().map(source).collect()
    };
    assert_eq!(sources(&["--request-id", "req-7="]), ["gateway", "alb", "api"]);
    assert_eq!(sources(&["--request-id", "req-7=", "--source", "alb"]), ["alb"]);
    // Nobody logged this one, so nobody knows its trace.
    assert_eq!(sources(&["--request-id", "req-9="]), Vec::<String>::new());
}

#[test]
fn a_bucket_that_cannot_be_read_leaves_the_other_lines_of_a_request() {
    let store = requests();
    let account = StandIn::start(move |call| {
        let denied = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
        let denied = || call.action.starts_with("GET /access-logs").then(|| (403, denied.to_owned()));
        store.answer(call).or_else(denied)
    });
    let ran = account.machine().run(&["logs", "--env", "staging", "--request-id", "req-7="]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (0, 2), "{ran}");
    assert!(
        ran.stderr.contains("AWS refuses s3:ListBucket: Access Denied; going on without these lines"),
        "{ran}"
    );
}

#[test]
fn followed_the_load_balancers_lines_come_when_they_are_delivered() {
    let store = requests();
    let delivered = Arc::new(AtomicBool::new(false));
    let is_delivered = Arc::clone(&delivered);
    let lines =
        [access(ago(80), 200, TRACE), access(ago(79), 404, "Root=1-67891299-0"), access(ago(78), 503, TRACE)];
    // Another node's object cannot be read for a while, which costs no line.
    let bucket = Bucket::new(&lines).and("10.2.1.7", &[access(ago(77), 502, TRACE)]);
    let readable = Arc::new(AtomicBool::new(false));
    let is_readable = Arc::clone(&readable);
    let account = StandIn::start(move |call| {
        if call.action.contains("_10.2.1.7_") && !is_readable.load(Ordering::SeqCst) {
            return Some((
                403,
                "<Error><Code>AccessDenied</Code><Message>Not yet</Message></Error>".to_owned(),
            ));
        }
        let empty = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
        let nothing = || call.action.starts_with("GET /access-logs").then(|| (200, empty.to_owned()));
        let listed = || if is_delivered.load(Ordering::SeqCst) { bucket.answer(call) } else { nothing() };
        store.answer(call).or_else(listed)
    });
    let machine = account.machine();
    let all = Follower::start(&machine, &["--source", "alb,api", "--grep", " (404|502|503) |req-8="]);
    let one = Follower::start(&machine, &["--request-id", "req-7="]);
    let statuses = |follower: &Follower| -> Vec<String> {
        let lines = follower.lines();
        let messages = lines.iter().filter_map(|line| line["message"].as_str());
        messages.map(|message| message.split(' ').nth(8).unwrap().to_owned()).collect()
    };
    all.wait_until("the line of the API", |all| all.lines().len() == 1);
    delivered.store(true, Ordering::SeqCst);
    all.wait_until("those of the load balancer", |all| statuses(all) == ["404", "503"]);
    one.wait_until("those of one request", |one| statuses(one) == ["200", "503"]);
    readable.store(true, Ordering::SeqCst);
    all.wait_until("those of the other node", |all| statuses(all) == ["404", "503", "502"]);
    one.wait_until("those of the request there", |one| statuses(one) == ["200", "503", "502"]);
    let (lines, said) = one.end();
    assert_eq!(lines.len(), 5, "each once: {lines:?} {said}");
    // The stand-in packs every answer about such an object, and the reason with it.
    let refused = "AWS refuses s3:GetObject: no reason given; the load balancer's lines come when it can be";
    assert_eq!(said.matches(refused).count(), 1, "{said}");
    all.end();
}
