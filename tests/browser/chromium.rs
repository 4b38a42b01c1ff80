//! A page in a Chromium without a screen, spoken to by the `DevTools` protocol over pipes. Finds no browser itself.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// How long the browser may take to answer, and a page to come to what is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// One page; dropping it ends its browser.
pub(crate) struct Page {
    browser: Child,
    commands: ChildStdin,
    messages: Receiver<Value>,
    session: Value,
    last_id: u64,
    /// By the browser's number for them, since their end is told by it.
    requests: BTreeMap<String, String>,
    _profile: TempDir,
}

impl Page {
    /// Starts the browser `program` with a fresh profile and goes to `url`.
    pub(crate) fn open(program: &str, url: &str) -> Self {
        let profile = tempfile::tempdir().expect("a temporary folder");
        let mut browser = start(program, &profile);
        let commands = browser.stdin.take().expect("a pipe");
        let mut output = BufReader::new(browser.stdout.take().expect("a pipe"));
        let (sender, messages) = mpsc::channel();
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while matches!(output.read_until(0, &mut message), Ok(1..)) {
                let parsed = serde_json::from_slice(message.strip_suffix(&[0]).unwrap_or(&message));
                if parsed.is_ok_and(|parsed| sender.send(parsed).is_err()) {
                    return;
                }
                message.clear();
            }
        });
        let requests = BTreeMap::new();
        let mut page = Self {
            browser,
            commands,
            messages,
            session: Value::Null,
            last_id: 0,
            requests,
            _profile: profile,
        };
        let target = page.ask("Target.createTarget", &json!({"url": "about:blank"}));
        let attached =
            page.ask("Target.attachToTarget", &json!({"targetId": target["targetId"], "flatten": true}));
        page.session = attached["sessionId"].clone();
        page.ask("Network.enable", &json!({}));
        page.ask("Page.navigate", &json!({"url": url}));
        page
    }

    /// What the page shows, once `condition` holds of it.
    pub(crate) fn wait_for(&mut self, condition: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let expression =
                json!({"expression": "document.documentElement.outerHTML", "returnByValue": true});
            let answer = self.ask("Runtime.evaluate", &expression);
            let html = answer["result"]["value"].as_str().unwrap_or_default();
            if condition(html) {
                return html.to_owned();
            }
            assert!(Instant::now() < deadline, "the page does not come to it: {html}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// The addresses that the page has asked for so far, without those that its own policy (CSP) kept it from asking.
    pub(crate) fn requests(&mut self) -> Vec<String> {
        // What was refused a moment ago is told by now.
        self.ask("Runtime.evaluate", &json!({"expression": "0"}));
        self.requests.values().cloned().collect()
    }

    fn ask(&mut self, method: &str, parameters: &Value) -> Value {
        self.last_id += 1;
        let mut command = json!({"id": self.last_id, "method": method, "params": parameters});
        if !self.session.is_null() {
            command["sessionId"] = self.session.clone();
        }
        self.commands.write_all(format!("{command}\0").as_bytes()).expect("speak to the browser");
        loop {
            let mut message = self.messages.recv_timeout(PATIENCE).expect("the browser answers");
            self.note_request(&message);
            if message["id"] == self.last_id {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].take();
            }
        }
    }

    fn note_request(&mut self, message: &Value) {
        let parameters = &message["params"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let number = text(&parameters["requestId"]);
        if message["method"] == "Network.requestWillBeSent" {
            self.requests.insert(number, text(&parameters["request"]["url"]));
        } else if message["method"] == "Network.loadingFailed" && parameters["blockedReason"] == "csp" {
            self.requests.remove(&number);
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // The other processes of the browser end with this one.
        let _ = self.browser.kill();
        let _ = self.browser.wait();
    }
}

fn start(program: &str, profile: &TempDir) -> Child {
    let mut command = Command::new("sh");
    // The protocol wants descriptors 3 and 4.
    command.args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", "sh", program]);
    command.args([
        "--headless",
        "--remote-debugging-pipe",
        "--no-first-run",
        "--disable-gpu",
        "--disable-sync",
    ]);
    // Inside a container, or as root, it cannot make a sandbox of its own. The pages are ours.
    command.args(["--no-sandbox", "--disable-dev-shm-usage"]);
    command.args(["--disable-background-networking", "--disable-component-update", "--disable-extensions"]);
    // No name leads anywhere: what is not on loopback cannot be had.
    command.arg("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1");
    // Tall, since pages make what is in sight only.
    command.arg("--window-size=1600,20000").arg(format!("--user-data-dir={}", profile.path().display()));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("start the browser")
}
