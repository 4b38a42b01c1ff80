//! A version of the API that is no good, or none any more when it is told so; `FAULT` says what is wrong with it.
//! Compiled by the test into an image.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

fn main() {
    let command = std::env::args().nth(1).unwrap_or_default();
    let fault = std::env::var("FAULT").unwrap_or_default();
    match (command.as_str(), fault.as_str()) {
        ("migrate", "migration") => end(1, "migration 7: Duplicate column name 'channel'"),
        ("migrate", _) => {}
        ("healthcheck", "steered") => {}
        (_, "steered") => answer_as_told(),
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

/// Every field that a smoke test looks for, whatever it asks for.
const ANSWER: &str = r#"{"status": "", "database_status": "", "message": "", "version": "", "docs": "", "health": "",
"total_revenue": 0, "total_transactions": 0, "avg_transaction_value": 0, "top_selling_products": [],
"revenue_by_region": {}, "revenue_by_channel": {}, "total_customers": 0, "active_customers": 0,
"avg_customer_lifetime_value": 0, "customer_retention_rate": 0, "top_customers": [], "total_products": 0,
"top_performing_products": [], "category_performance": {}, "inventory_insights": {}}"#;

/// Well until it is told otherwise: after `/eap-test/503` it answers that, after `/eap-test/memory` no more.
fn answer_as_told() {
    static STATUS: AtomicU16 = AtomicU16::new(200);
    let listener = TcpListener::bind(("0.0.0.0", 8000)).expect("the port of the container is free");
    for stream in listener.incoming() {
        std::thread::spawn(move || {
            let mut stream = stream.expect("a connection");
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            match request.split(' ').nth(1).and_then(|path| path.strip_prefix("/eap-test/")) {
                Some("memory") => fill_memory(),
                Some(status) => STATUS.store(status.parse().expect("a status"), Ordering::SeqCst),
                None => {}
            }
            let status = STATUS.load(Ordering::SeqCst);
            let length = ANSWER.len();
            let head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
            let _ = stream.write_all(&[head.as_bytes(), ANSWER.as_bytes()].concat());
        });
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
