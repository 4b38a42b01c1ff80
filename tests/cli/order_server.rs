//! An API that takes orders as a script says: each request gets the next answer. It keeps what it was sent.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// Method and path.
    pub line: String,
    /// Header lines in small letters.
    pub headers: Vec<String>,
    /// The body.
    pub body: String,
}

/// One answer of the script.
#[derive(Debug, Clone)]
pub enum Answer {
    /// This status, these header lines, this body.
    Say(u16, &'static str, String),
    /// Close the connection without an answer.
    HangUp,
}

/// A running server; it ends with the test.
pub struct OrderServer {
    /// Its base URL.
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl OrderServer {
    /// Starts a server that gives these answers in turn, then accepts everything: each line of the body counts
    /// as inserted.
    pub fn start(script: Vec<Answer>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        std::thread::spawn(move || {
            let mut script = script.into_iter();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                while let Some(request) = read(&mut BufReader::new(stream.try_clone().unwrap())) {
                    let answer = script.next().unwrap_or_else(|| accepted(&request));
                    kept.lock().unwrap().push(request);
                    if !write(&mut stream, &answer) {
                        break;
                    }
                }
            }
        });
        Self { url, requests }
    }

    /// What came so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn read(input: &mut BufReader<TcpStream>) -> Option<Request> {
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
    let headers: Vec<String> = lines[1..].iter().map(|header| header.to_ascii_lowercase()).collect();
    let length = headers.iter().find_map(|header| header.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    input.read_exact(&mut body).ok()?;
    Some(Request { line: lines[0].clone(), headers, body: String::from_utf8(body).unwrap() })
}

/// Whether the connection lives on.
fn write(stream: &mut TcpStream, answer: &Answer) -> bool {
    match answer {
        Answer::HangUp => {
            let _ = stream.shutdown(std::net::Shutdown::Both);
            false
        }
        Answer::Say(status, headers, body) => {
            let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
            stream.write_all(format!("{head}{body}").as_bytes()).is_ok()
        }
    }
}

fn accepted(request: &Request) -> Answer {
    let header_lines = usize::from(request.headers.iter().any(|header| header.contains("text/csv")));
    let lines = request.body.lines().count() - header_lines;
    Answer::Say(200, "", summary(lines, 0, "[]"))
}

/// An answer's body.
pub fn summary(inserted: usize, rejected: usize, errors: &str) -> String {
    let received = inserted + rejected;
    format!(
        r#"{{"received":{received},"inserted":{inserted},"replaced":0,"unchanged":0,"rejected":{rejected},"errors":{errors}}}"#
    )
}
