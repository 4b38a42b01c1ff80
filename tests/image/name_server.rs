//! A name server on loopback that knows one name.

use std::net::UdpSocket;

/// Where it listens; the port is that of DNS.
pub const ADDRESS: &str = "127.77.0.53";

/// Starts it. Until the test ends it answers questions for `name` with 127.0.0.1, and others with "no such name".
pub fn start(name: &'static str) {
    let socket = UdpSocket::bind((ADDRESS, 53)).unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let answer = answer(&buffer[..length], name);
            let _ = socket.send_to(&answer, from);
        }
    });
}

/// RFC 1035: the header, the question, and one record if it is for an IPv4 address of the name.
fn answer(question: &[u8], name: &str) -> Vec<u8> {
    let end = 12 + question[12..].iter().position(|byte| *byte == 0).unwrap() + 5;
    let mut wanted = Vec::new();
    for label in name.split('.') {
        wanted.push(u8::try_from(label.len()).unwrap());
        wanted.extend(label.to_ascii_lowercase().bytes());
    }
    let asked = question[12..end - 5].to_ascii_lowercase();
    let (known, of_type_a) = (asked == wanted, question[end - 4..end - 2] == [0, 1]);
    let records = u8::from(known && of_type_a);
    let mut answer = question[..2].to_vec();
    answer.extend([0x81, if known { 0x80 } else { 0x83 }, 0, 1, 0, records, 0, 0, 0, 0]);
    answer.extend(&question[12..end]);
    if records == 1 {
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    }
    answer
}
