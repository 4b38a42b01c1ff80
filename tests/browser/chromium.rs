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
    complaints: Vec<String>,
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
            complaints: Vec::new(),
            _profile: profile,
        };
        let target = page.ask("Target.createTarget", &json!({"url": "about:blank"}));
        let attached =
            page.ask("Target.attachToTarget", &json!({"targetId": target["targetId"], "flatten": true}));
        page.session = attached["sessionId"].clone();
        for domain in ["Network", "Page", "Runtime", "Log"] {
            page.ask(&format!("{domain}.enable"), &json!({}));
        }
        page.go(url);
        page
    }

    /// Goes to `url`.
    pub(crate) fn go(&mut self, url: &str) {
        self.ask("Page.navigate", &json!({"url": url}));
    }

    /// The value of an expression of `JavaScript`, or of the promise that it is.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let question = json!({"expression": expression, "returnByValue": true, "awaitPromise": true, "userGesture": true});
        let mut answer = self.ask("Runtime.evaluate", &question);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].take()
    }

    /// Runs `script` in each page that is opened from now on, before its own scripts.
    pub(crate) fn before_scripts(&mut self, script: &str) {
        self.ask("Page.addScriptToEvaluateOnNewDocument", &json!({"source": script}));
    }

    /// Waits until an expression is true.
    pub(crate) fn wait_until(&mut self, expression: &str) {
        let deadline = Instant::now() + PATIENCE;
        // The page may be between two documents.
        while self.value(&format!(
            "(() => {{ try {{ return Boolean({expression}) }} catch {{ return false }} }})()"
        )) != Value::Bool(true)
        {
            if Instant::now() >= deadline {
                let text = self.value("document.body.innerText");
                panic!("{expression} does not come true; {:?}; the page shows {text}", self.complaints);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Pretends a screen of that width, light or dark, without motion.
    pub(crate) fn pretend(&mut self, width: u32, theme: &str) {
        let size = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600});
        self.ask("Emulation.setDeviceMetricsOverride", &size);
        let feature = |name, value| json!({"name": name, "value": value});
        let features = [feature("prefers-color-scheme", theme), feature("prefers-reduced-motion", "reduce")];
        self.ask("Emulation.setEmulatedMedia", &json!({"features": features}));
    }

    /// Presses a key as a person does.
    pub(crate) fn press(&mut self, key: &str, code: u32) {
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code});
            if key == "Enter" && kind == "keyDown" {
                event["text"] = json!("\r");
            }
            self.ask("Input.dispatchKeyEvent", &event);
        }
    }

    /// Puts files into the input that `selector` finds.
    pub(crate) fn choose_file(&mut self, selector: &str, path: &std::path::Path) {
        let found = self
            .ask("Runtime.evaluate", &json!({"expression": format!("document.querySelector({selector:?})")}));
        let files = json!({"files": [path], "objectId": found["result"]["objectId"]});
        self.ask("DOM.setFileInputFiles", &files);
    }

    /// Where the page may save files.
    pub(crate) fn save_into(&mut self, folder: &std::path::Path) {
        self.ask("Browser.setDownloadBehavior", &json!({"behavior": "allow", "downloadPath": folder}));
    }

    /// The page as PNG in base 64: at most `most_height` pixels of it, made `scale` times as large.
    pub(crate) fn picture(&mut self, width: u32, most_height: u32, scale: f64) -> String {
        let height = self.value("document.documentElement.scrollHeight").as_u64().unwrap_or(900);
        let clip = json!({"x": 0, "y": 0, "width": width, "height": height.min(u64::from(most_height)), "scale": scale});
        let question = json!({"captureBeyondViewport": true, "clip": clip});
        let mut shot = self.ask("Page.captureScreenshot", &question);
        shot["data"].take().as_str().unwrap_or_default().to_owned()
    }

    /// From now on nothing can be reached.
    pub(crate) fn cut_off(&mut self) {
        self.ask("Network.emulateNetworkConditions", &network(true));
    }

    /// The end of that.
    pub(crate) fn reconnect(&mut self) {
        self.ask("Network.emulateNetworkConditions", &network(false));
    }

    /// What scripts and policies have complained about since last asked: errors, exceptions, what the CSP refused.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        self.value("0");
        std::mem::take(&mut self.complaints)
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
        let complaint = match message["method"].as_str() {
            Some("Runtime.exceptionThrown") => Some(&parameters["exceptionDetails"]),
            Some("Log.entryAdded") if parameters["entry"]["level"] == "error" => Some(&parameters["entry"]),
            Some("Runtime.consoleAPICalled") if parameters["type"] == "error" => Some(&parameters["args"]),
            _ => None,
        };
        self.complaints.extend(complaint.map(ToString::to_string));
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

fn network(offline: bool) -> Value {
    json!({"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})
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
