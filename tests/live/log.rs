//! `eap logs -f` over a rolling deploy: each request's line once, whichever task answered it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::environment::{TestEnvironment, collect, signal};
use crate::platform::Platform;
use crate::traffic::Traffic;

/// What came late or twice would come with a look after this time.
const AFTERWARDS: Duration = Duration::from_secs(15);

/// Deploys `image` while somebody follows the log.
pub fn is_followed_into(platform: &Platform, image: &str, traffic: &Traffic) {
    let followed = Followed::start(&platform.machine);
    followed.wait_for("any line", |lines| !lines.is_empty());
    let before = traffic.ids().len();
    platform.becomes(image, &[]);
    let wanted = traffic.ids().split_off(before);
    let last = wanted.last().unwrap();
    followed.wait_for("the last line", |lines| lines.iter().any(|line| is_of(line, last)));
    std::thread::sleep(AFTERWARDS);
    let (lines, said) = followed.end();

    let mut times: BTreeMap<&str, usize> = wanted.iter().map(|id| (id.as_str(), 0)).collect();
    let mut tasks = BTreeSet::new();
    for line in lines.iter().filter(|line| line["record"]["message"] == "request") {
        let id = line["record"]["request_id"].as_str().unwrap();
        if let Some(times) = times.get_mut(id) {
            *times += 1;
            tasks.insert(line["stream"].as_str().unwrap());
        }
    }
    let wrong: Vec<_> = times.iter().filter(|(_, times)| **times != 1).collect();
    assert!(wrong.is_empty(), "of {}: {wrong:?}; {said}", times.len());
    assert!(times.len() > 20 && tasks.len() == 2, "{} lines of {tasks:?}; {said}", times.len());
}

fn is_of(line: &Value, id: &str) -> bool {
    line["record"]["message"] == "request" && line["record"]["request_id"] == id
}

/// `eap logs -f`, and what it has shown.
struct Followed {
    child: Child,
    shown: Arc<Mutex<Vec<u8>>>,
}

impl Followed {
    fn start(machine: &TestEnvironment) -> Self {
        let wish = ["logs", "--env", "dev", "--source", "api", "-f", "--since", "5s", "--output", "json"];
        let mut command = machine.command(&wish);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let shown = collect(&mut child);
        Self { child, shown }
    }

    /// The lines that are whole.
    fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.shown.lock().unwrap().clone()).unwrap();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn wait_for(&self, what: &str, there: impl Fn(&[Value]) -> bool) {
        let deadline = Instant::now() + Duration::from_mins(1);
        while !there(&self.lines()) {
            assert!(Instant::now() < deadline, "{what} does not come: {:?}", self.lines().last());
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    /// Interrupts it: its lines, and what it said besides.
    fn end(mut self) -> (Vec<Value>, String) {
        signal(self.child.id(), "-INT");
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        self.child.wait().unwrap();
        (self.lines(), said)
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}
