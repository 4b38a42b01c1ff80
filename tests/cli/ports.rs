//! Ports for programs that tests start.

use std::hash::{BuildHasher as _, RandomState};
use std::net::TcpListener;

/// Below those that the kernel gives to outgoing connections, which come and go by the hundred beside a test.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// A port on which nobody listened a moment ago.
pub fn free_port() -> u16 {
    let mut number = RandomState::new().hash_one(std::process::id());
    loop {
        let port = FIRST + u16::try_from(number % u64::from(COUNT)).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
        number += 1;
    }
}
