//! `eap monitor --continuous` through what a long watch meets: a lost network, credentials that end, a deploy that changes
//! names, more that goes wrong, a full disk, and somebody to tell.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::aws::{Answer, StandIn, state};
use crate::environment::{TestEnvironment, collect, signal, wait_until};
use crate::monitor::ALARM;

/// A watch that goes on until it is told to end.
struct Watch {
    child: Child,
    shown: Arc<Mutex<Vec<u8>>>,
    said: Arc<Mutex<Vec<u8>>>,
}

impl Watch {
    fn start(machine: &TestEnvironment, more: &[&str]) -> Self {
        let arguments =
            [&["monitor", "--env", "staging", "--continuous", "--interval", "300ms"], more].concat();
        let mut command = machine.command(&arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let shown = collect(&mut child);
        let (mut stream, said) = (child.stderr.take().unwrap(), Arc::<Mutex<Vec<u8>>>::default());
        let sink = Arc::clone(&said);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = stream.read(&mut buffer) {
                sink.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        Self { child, shown, said }
    }

    fn shown(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned()
    }

    fn said(&self) -> String {
        String::from_utf8_lossy(&self.said.lock().unwrap()).into_owned()
    }

    fn wait_for(&self, text: &str) {
        let both = || format!("{}\n--- said\n{}", self.shown(), self.said());
        let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
        while !self.shown().contains(text) {
            assert!(std::time::Instant::now() < deadline, "no `{text}` in\n{}", both());
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// Interrupts it, which has to be what ends it.
    fn end(mut self) {
        signal(self.child.id(), "-INT");
        assert_eq!(self.child.wait().unwrap().code(), Some(130));
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

fn once(machine: &mut TestEnvironment) {
    // One attempt only: the SDK's own patience is not what is looked at.
    machine.set("AWS_MAX_ATTEMPTS", "1");
}

/// Somebody who hears what is posted: the bodies as they come.
fn listener() -> (String, Arc<Mutex<Vec<Value>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let heard = Arc::<Mutex<Vec<Value>>>::default();
    let sink = Arc::clone(&heard);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut bytes = Vec::new();
            let mut buffer = [0; 4096];
            let body = loop {
                let count = stream.read(&mut buffer).unwrap();
                bytes.extend_from_slice(&buffer[..count]);
                let text = String::from_utf8_lossy(&bytes);
                let body = text.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str(body).ok());
                match body {
                    Some(body) => break body,
                    None => assert!(count > 0, "{text}"),
                }
            };
            sink.lock().unwrap().push(body);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok").unwrap();
        }
    });
    (url, heard)
}

#[test]
fn a_lost_network_is_unknown_and_no_alarm() {
    let lost = Arc::new(AtomicBool::new(false));
    let is_lost = Arc::clone(&lost);
    // Every connection breaks, those to the API too.
    let account = StandIn::start(move |_| is_lost.load(Ordering::SeqCst).then(|| (0, String::new())));
    let mut machine = account.machine();
    once(&mut machine);
    let told = machine.path("told");
    let watch = Watch::start(&machine, &["--on-change", &format!("cat >> {}", told.display())]);
    watch.wait_for("Verdict: Healthy");
    lost.store(true, Ordering::SeqCst);
    watch.wait_for("Verdict: Unknown (nothing in AWS can be seen: cannot call ");
    watch.wait_for("AWS does not answer from here either");
    lost.store(false, Ordering::SeqCst);
    watch.wait_for("api: Unknown → Healthy");
    let (shown, said) = (watch.shown(), watch.said());
    assert!(!shown.contains("Unhealthy"), "{shown}");
    assert_eq!(
        said.matches("hint: is AWS, or the address of --endpoint-url, reachable").count(),
        1,
        "{said}"
    );
    watch.end();
    let told = std::fs::read_to_string(&told).unwrap_or_default();
    assert!(!told.contains("\"verdict\":\"Unhealthy\""), "{told}");
}

#[test]
fn credentials_that_end_are_said_and_new_ones_are_taken_up() {
    let expired: Answer = (
        400,
        json!({"__type": "ExpiredTokenException", "message": "The security token is expired"}).to_string(),
    );
    let xml =
        "<ErrorResponse><Error><Code>ExpiredToken</Code><Message>expired</Message></Error></ErrorResponse>";
    let valid = Arc::new(Mutex::new("FIRST".to_owned()));
    let taken = Arc::clone(&valid);
    let account = StandIn::start(move |call| {
        let key = taken.lock().unwrap().clone();
        let unsigned = call.action == "GET /health";
        (!unsigned && !call.authorization.contains(&key)).then(|| match call.action.as_str() {
            action if action.starts_with("GET /") || call.text.starts_with("Action=") => {
                (403, xml.to_owned())
            }
            _ => expired.clone(),
        })
    });
    let mut machine = account.machine();
    once(&mut machine);
    let file = |key: &str| format!("[default]\naws_access_key_id = {key}\naws_secret_access_key = s\n");
    let credentials = machine.write("credentials", &file("FIRST"));
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        machine.set(name, "");
    }
    machine.set("AWS_SHARED_CREDENTIALS_FILE", credentials);
    let watch = Watch::start(&machine, &[]);
    watch.wait_for("Verdict: Healthy");
    "SECOND".clone_into(&mut valid.lock().unwrap());
    watch.wait_for("Verdict: Unknown");
    wait_until("the hint", || watch.said().contains("hint: the AWS credentials have expired: log in again"));
    machine.write("credentials", &file("SECOND"));
    watch.wait_for("service: Unknown → Healthy");
    watch.end();
}

#[test]
fn names_that_a_deploy_changed_are_found_again() {
    let deployed = Arc::new(AtomicBool::new(false));
    let is_deployed = Arc::clone(&deployed);
    let account = StandIn::start(move |call| {
        let new = is_deployed.load(Ordering::SeqCst);
        match call.action.as_str() {
            "GET /states/staging/terraform.tfstate?x-id=GetObject" if new => {
                Some((200, state().to_string().replace("targetgroup/api/1", "targetgroup/api/2")))
            }
            "DescribeTargetHealth" if new && call.text.contains("targetgroup%2Fapi%2F1") => {
                let gone = "<ErrorResponse><Error><Code>TargetGroupNotFound</Code><Message>gone</Message></Error></ErrorResponse>";
                Some((400, gone.to_owned()))
            }
            _ => None,
        }
    });
    let mut machine = account.machine();
    once(&mut machine);
    let watch = Watch::start(&machine, &[]);
    watch.wait_for("Verdict: Healthy");
    deployed.store(true, Ordering::SeqCst);
    wait_until("looks at the new names", || {
        account
            .calls("DescribeTargetHealth")
            .iter()
            .filter(|call| call.text.contains("targetgroup%2Fapi%2F2"))
            .count()
            > 2
    });
    // What was looked at under the old names in between is nobody's concern.
    assert!(!watch.shown().contains("targets: Healthy →"), "{}", watch.shown());
    watch.end();
}

#[test]
fn slack_hears_of_the_verdict_and_of_what_goes_wrong_besides() {
    let looks = Arc::new(AtomicUsize::new(0));
    let step = Arc::clone(&looks);
    let account = StandIn::start(move |call| {
        let step = step.load(Ordering::SeqCst);
        let (alarm, log) = (step > 0, step > 1);
        match call.action.as_str() {
            "DescribeAlarms" if alarm => {
                let alarm =
                    json!({"AlarmName": ALARM, "StateValue": "ALARM", "StateReason": "7 > 5 & <!here>"});
                Some((200, json!({"MetricAlarms": [alarm]}).to_string()))
            }
            "FilterLogEvents" if log => {
                let events: Vec<Value> = (0..6).map(|id| json!({"eventId": id.to_string()})).collect();
                Some((200, json!({"events": events}).to_string()))
            }
            _ => None,
        }
    });
    let (hook, heard) = listener();
    let mut machine = account.machine();
    once(&mut machine);
    machine.set("SLACK_WEBHOOK_URL", hook);
    let texts = || -> Vec<String> {
        heard.lock().unwrap().iter().map(|body| body["text"].as_str().unwrap().to_owned()).collect()
    };
    // A report that cannot be written is said once, and ends nothing.
    let watch = Watch::start(&machine, &["--report", "no/such/folder/look.html"]);
    watch.wait_for("Verdict: Healthy");
    looks.store(1, Ordering::SeqCst);
    wait_until("the first word", || !texts().is_empty());
    looks.store(2, Ordering::SeqCst);
    wait_until("the second word", || texts().len() > 1);
    let said = watch.said();
    watch.end();
    assert_eq!(
        texts(),
        [
            format!("*staging* is Degraded, was Healthy: alarms: {ALARM} (7 &gt; 5 &amp; &lt;!here&gt;)"),
            "*staging* is still Degraded; besides, log: 6 lines of level ERROR in 5 minutes".to_owned(),
        ]
    );
    assert_eq!(said.matches("warning: cannot write no/such/folder/look.html").count(), 1, "{said}");
}

#[test]
fn the_exit_code_tells_only_what_was_asked_for() {
    let rings = || {
        StandIn::start(|call| {
            let alarm = json!({"AlarmName": ALARM, "StateValue": "ALARM"});
            (call.action == "DescribeAlarms").then(|| (200, json!({"MetricAlarms": [alarm]}).to_string()))
        })
    };
    let account = rings();
    let machine = account.machine();
    let code = |more: &[&str]| machine.run(&[&["monitor", "--env", "staging"], more].concat()).code;
    assert_eq!(code(&[]), 0);
    assert_eq!(code(&["--exit-code"]), 3);
    assert_eq!(code(&["--fail-on", "degraded"]), 3);
    assert_eq!(code(&["--fail-on", "unhealthy"]), 0);
}
