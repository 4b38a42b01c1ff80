//! A channel of Slack: keeps what it is told.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// The channel.
pub struct Channel {
    /// Its webhook.
    pub webhook: String,
    told: Arc<Mutex<Vec<String>>>,
}

impl Channel {
    /// An empty one.
    pub fn open() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let webhook = format!("http://{}/services/T0/B0/hush-hush", listener.local_addr().unwrap());
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let keeping = Arc::clone(&told);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                keeping.lock().unwrap().push(take(stream.unwrap()));
            }
        });
        Self { webhook, told }
    }

    /// The texts so far.
    pub fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }
}

fn take(mut stream: TcpStream) -> String {
    let mut input = BufReader::new(stream.try_clone().unwrap());
    let mut length = 0;
    for line in input.by_ref().lines() {
        let line = line.unwrap().to_lowercase();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    input.read_exact(&mut body).unwrap();
    stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok").unwrap();
    let message: Value = serde_json::from_slice(&body).unwrap();
    message["text"].as_str().unwrap().to_owned()
}
