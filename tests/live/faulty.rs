//! A version of the API that is no good; `FAULT` says what is wrong with it. Compiled by the test into an image.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

fn main() {
    let command = std::env::args().nth(1).unwrap_or_default();
    let fault = std::env::var("FAULT").unwrap_or_default();
    match (command.as_str(), fault.as_str()) {
        ("migrate", "migration") => end(1, "migration 7: Duplicate column name 'channel'"),
        ("migrate", _) => {}
        (_, "crash") => end(101, "panicked: no key `region` in the configuration"),
        (_, "memory") => fill_memory(),
        _ => answer_503(),
    }
}

fn end(code: i32, word: &str) -> ! {
    eprintln!("{word}");
    std::process::exit(code)
}

fn fill_memory() -> ! {
    let mut kept = Vec::new();
    loop {
        kept.push(vec![1_u8; 16 << 20]);
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn answer_503() {
    let listener = TcpListener::bind(("0.0.0.0", 8000)).expect("the port of the container is free");
    for stream in listener.incoming() {
        let mut stream = stream.expect("a connection");
        let _ = stream.read(&mut [0; 4096]);
        let head = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        let _ = stream.write_all(head.as_bytes());
    }
}
