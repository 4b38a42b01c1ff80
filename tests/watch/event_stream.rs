//! Messages of AWS's event streams (`application/vnd.amazon.eventstream`), as `StartLiveTail` answers.

use std::io::Write as _;
use std::net::TcpStream;

use serde_json::{Value, json};

/// Begins an answer that lasts until the connection ends.
pub fn begin(stream: &mut TcpStream) {
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\nconnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let initial = message("initial-response", &json!({}));
    stream.write_all(&initial).unwrap();
    let start = json!({"requestId": "r", "sessionId": "s", "logGroupIdentifiers": []});
    stream.write_all(&message("sessionStart", &start)).unwrap();
}

/// Sends a second's events; false when nobody listens any more.
pub fn update(stream: &mut TcpStream, events: &[Value], sampled: bool) -> bool {
    let body = json!({"sessionMetadata": {"sampled": sampled}, "sessionResults": events});
    stream.write_all(&message("sessionUpdate", &body)).is_ok()
}

/// Ends the session as AWS does after three hours.
pub fn time_out(stream: &mut TcpStream) {
    let body = json!({"message": "The session has timed out."}).to_string();
    let headers = [
        (":message-type", "exception"),
        (":exception-type", "SessionTimeoutException"),
        (":content-type", JSON),
    ];
    let _ = stream.write_all(&framed(&headers, body.as_bytes()));
}

const JSON: &str = "application/json";

fn message(kind: &str, body: &Value) -> Vec<u8> {
    let headers = [(":message-type", "event"), (":event-type", kind), (":content-type", JSON)];
    framed(&headers, body.to_string().as_bytes())
}

/// Lengths, their checksum, headers, payload, the checksum of it all.
fn framed(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    for (name, value) in headers {
        packed.push(u8::try_from(name.len()).unwrap());
        packed.extend(name.as_bytes());
        packed.push(7);
        packed.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        packed.extend(value.as_bytes());
    }
    let total = u32::try_from(12 + packed.len() + payload.len() + 4).unwrap();
    let mut bytes = [total.to_be_bytes(), u32::try_from(packed.len()).unwrap().to_be_bytes()].concat();
    bytes.extend(checksum(&bytes).to_be_bytes());
    bytes.extend(&packed);
    bytes.extend(payload);
    bytes.extend(checksum(&bytes).to_be_bytes());
    bytes
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut sum = flate2::Crc::new();
    sum.update(bytes);
    sum.sum()
}
