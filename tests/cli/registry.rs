//! A container registry in memory, with faults as a test wants them, and the few calls of AWS around it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request as it came; bodies of uploads are counted, not kept.
#[derive(Debug, Clone)]
pub struct Request {
    /// Such as `PUT /v2/shop/manifests/v1`.
    pub line: String,
    /// Header lines, names in small letters.
    pub headers: Vec<String>,
    /// Bytes of the body that came.
    pub body: Vec<u8>,
}

/// What goes wrong once.
#[derive(Debug, Clone)]
pub enum Fault {
    /// This status, these header lines, this body.
    Say(u16, &'static str, &'static str),
    /// The connection breaks after so many bytes of the body.
    HangUpAfter(usize),
    /// Nothing happens for a long time.
    Stall,
}

#[derive(Debug, Default)]
struct State {
    requests: Vec<Request>,
    faults: Vec<(String, Fault)>,
    uploads: usize,
    blobs: BTreeMap<String, Vec<u8>>,
    manifests: BTreeMap<String, Vec<u8>>,
    /// Header lines of which one is wanted, and the challenge for those without.
    authorization: Option<(Vec<String>, String)>,
    /// The start of a request line from which on another header line is wanted.
    expiry: Option<(String, String)>,
    aws: BTreeMap<String, Vec<String>>,
}

/// A running registry; it ends with the test.
#[derive(Clone)]
pub struct TestRegistry {
    /// Host and port.
    pub address: String,
    state: Arc<Mutex<State>>,
}

impl TestRegistry {
    /// Starts an empty one that wants no credentials.
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let registry = Self { address, state: Arc::default() };
        let serving = registry.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (registry, stream) = (serving.clone(), stream.unwrap());
                std::thread::spawn(move || registry.serve(stream));
            }
        });
        registry
    }

    /// The next request whose line starts with `line` meets this fault.
    pub fn fail(&self, line: &str, fault: Fault) {
        self.state.lock().unwrap().faults.push((line.to_owned(), fault));
    }

    /// From now on only requests with one of these header lines are answered.
    pub fn want(&self, authorization: &[&str], challenge: &str) {
        let lines = authorization.iter().map(|line| (*line).to_owned()).collect();
        self.state.lock().unwrap().authorization = Some((lines, challenge.to_owned()));
    }

    /// With the first request whose line starts with `line`, what was wanted expires: then it is this header line.
    pub fn expire_at(&self, line: &str, authorization: &str) {
        self.state.lock().unwrap().expiry = Some((line.to_owned(), authorization.to_owned()));
    }

    /// What AWS answers to an action; the last answer is repeated.
    pub fn aws(&self, action: &str, answers: &[&str]) {
        let answers = answers.iter().rev().map(|answer| (*answer).to_owned()).collect();
        self.state.lock().unwrap().aws.insert(action.to_owned(), answers);
    }

    /// What came so far.
    pub fn requests(&self) -> Vec<Request> {
        self.state.lock().unwrap().requests.clone()
    }

    /// The lines of what came so far that start with `start`.
    pub fn lines(&self, start: &str) -> Vec<String> {
        self.requests()
            .into_iter()
            .map(|request| request.line)
            .filter(|line| line.starts_with(start))
            .collect()
    }

    /// Bytes that came in uploads.
    pub fn uploaded_bytes(&self) -> usize {
        self.requests().iter().filter(|r| r.line.starts_with("PATCH ")).map(|r| r.body.len()).sum()
    }

    /// A stored manifest, by `<repository>/<tag or digest>`.
    pub fn manifest(&self, reference: &str) -> Option<Vec<u8>> {
        self.state.lock().unwrap().manifests.get(reference).cloned()
    }

    fn serve(&self, mut stream: TcpStream) {
        let mut input = BufReader::new(stream.try_clone().unwrap());
        while let Some((mut request, length)) = read_head(&mut input) {
            let fault = self.fault_of(&request.line);
            let taken = match fault {
                Some(Fault::HangUpAfter(bytes)) => bytes.min(length),
                _ => length,
            };
            let mut body = vec![0; taken];
            if input.read_exact(&mut body).is_err() {
                return;
            }
            request.body = body;
            let answer = match fault {
                Some(Fault::HangUpAfter(_)) => {
                    self.state.lock().unwrap().requests.push(request);
                    let _ = stream.shutdown(Shutdown::Both);
                    return;
                }
                Some(Fault::Stall) => {
                    self.state.lock().unwrap().requests.push(request);
                    std::thread::sleep(Duration::from_secs(30));
                    return;
                }
                Some(Fault::Say(status, headers, body)) => (status, headers.to_owned(), body.into()),
                None => self.state.lock().unwrap().answer(&request),
            };
            let head = request.line.starts_with("HEAD ");
            self.state.lock().unwrap().requests.push(request);
            let (status, headers, body) = answer;
            let mut bytes = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
            if head {
                bytes = bytes.replace(&format!("content-length: {}", body.len()), "content-length: 0");
            }
            if stream.write_all(bytes.as_bytes()).is_err() || (!head && stream.write_all(&body).is_err()) {
                return;
            }
        }
    }

    fn fault_of(&self, line: &str) -> Option<Fault> {
        let mut state = self.state.lock().unwrap();
        let at = state.faults.iter().position(|(start, _)| line.starts_with(start))?;
        Some(state.faults.remove(at).1)
    }
}

type Answer = (u16, String, Vec<u8>);

impl State {
    fn answer(&mut self, request: &Request) -> Answer {
        let (method, target) = request.line.split_once(' ').unwrap();
        if target == "/" {
            return self.answer_of_aws(request);
        }
        if target.starts_with("/token") {
            return (200, String::new(), br#"{"token":"bearer-token"}"#.to_vec());
        }
        if let Some((_, next)) = self.expiry.take_if(|(line, _)| request.line.starts_with(&*line)) {
            self.authorization.as_mut().unwrap().0 = vec![next];
        }
        if let Some((wanted, challenge)) = &self.authorization
            && !request.headers.iter().any(|header| wanted.contains(header))
        {
            return (401, format!("www-authenticate: {challenge}\r\n"), Vec::new());
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let rest = path.strip_prefix("/v2/").unwrap();
        if let Some((repository, reference)) = rest.split_once("/manifests/") {
            return self.manifests(method, repository, reference, request);
        }
        let (repository, blob) = rest.split_once("/blobs/").unwrap();
        match (method, blob.strip_prefix("uploads/")) {
            ("HEAD", _) if self.blobs.contains_key(blob) => (200, String::new(), Vec::new()),
            ("HEAD", _) => (404, String::new(), Vec::new()),
            ("POST", _) => {
                self.uploads += 1;
                let place = format!("location: /v2/{repository}/blobs/uploads/{}\r\n", self.uploads);
                (202, place, Vec::new())
            }
            ("PATCH", Some(number)) => {
                self.blobs.insert(number.to_owned(), request.body.clone());
                (202, format!("location: {path}?state=x%2F1\r\n"), Vec::new())
            }
            ("PUT", Some(number)) => {
                let content = self.blobs.remove(number).unwrap_or_default();
                let digest = query.strip_prefix("state=x%2F1&digest=").unwrap().replace("%3A", ":");
                if digest != digest_of(&content) {
                    return (400, String::new(), br#"{"errors":[{"code":"DIGEST_INVALID"}]}"#.to_vec());
                }
                self.blobs.insert(digest, content);
                (201, String::new(), Vec::new())
            }
            _ => (405, String::new(), Vec::new()),
        }
    }

    fn manifests(&mut self, method: &str, repository: &str, reference: &str, request: &Request) -> Answer {
        let key = format!("{repository}/{reference}");
        match method {
            "GET" => match self.manifests.get(&key) {
                Some(manifest) => (200, String::new(), manifest.clone()),
                None => (404, String::new(), br#"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#.to_vec()),
            },
            "PUT" => {
                let manifest: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
                let descriptors =
                    manifest["layers"].as_array().into_iter().flatten().chain(manifest.get("config"));
                for descriptor in descriptors {
                    let digest = descriptor["digest"].as_str().unwrap();
                    assert!(self.blobs.contains_key(digest), "{key} was put before {digest}");
                }
                self.manifests
                    .insert(format!("{repository}/{}", digest_of(&request.body)), request.body.clone());
                self.manifests.insert(key, request.body.clone());
                (201, String::new(), Vec::new())
            }
            _ => (405, String::new(), Vec::new()),
        }
    }

    /// JSON by `x-amz-target`, or a form with `Action`.
    fn answer_of_aws(&mut self, request: &Request) -> Answer {
        let body = String::from_utf8_lossy(&request.body);
        let target = request.headers.iter().find_map(|header| header.strip_prefix("x-amz-target: "));
        let action = match target {
            Some(target) => target.rsplit_once('.').unwrap().1.to_owned(),
            None => body.split('&').find_map(|part| part.strip_prefix("Action=")).unwrap().to_owned(),
        };
        let answers = self.aws.get_mut(&action).unwrap_or_else(|| panic!("no answer to {action}"));
        let answer = if answers.len() > 1 { answers.pop().unwrap() } else { answers[0].clone() };
        let status = if answer.contains("__type") { 400 } else { 200 };
        (status, "content-type: application/x-amz-json-1.1\r\n".to_owned(), answer.into_bytes())
    }
}

fn read_head(input: &mut BufReader<TcpStream>) -> Option<(Request, usize)> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if input.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let line = lines[0].trim_end_matches(" HTTP/1.1").to_owned();
    let headers: Vec<String> = lines[1..]
        .iter()
        .map(|header| header.split_once(": ").unwrap_or((header, "")))
        .map(|(name, value)| format!("{}: {value}", name.to_ascii_lowercase()))
        .collect();
    let length = headers.iter().find_map(|header| header.strip_prefix("content-length: "));
    let length = length.map_or(0, |length| length.parse().unwrap());
    Some((Request { line, headers, body: Vec::new() }, length))
}

/// The digest of content, by another program than the one under test.
pub fn digest_of(content: &[u8]) -> String {
    let mut child = std::process::Command::new("sha256sum")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(content).unwrap();
    let output = child.wait_with_output().unwrap();
    format!("sha256:{}", String::from_utf8(output.stdout).unwrap().split(' ').next().unwrap())
}
