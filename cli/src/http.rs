//! Requests to the API: one client, and errors in words. Never retries; callers know what may be repeated.

use std::time::Duration;

use crate::failure::{Doing, Failure};

/// A client that names itself and gives up on a connection after five seconds.
pub fn client() -> Result<reqwest::Client, Failure> {
    reqwest::Client::builder()
        .user_agent(concat!("eap/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(5))
        // The API never redirects; following one could carry the key elsewhere.
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .doing(|| "set up HTTP".to_owned())
}

/// The innermost cause, which names the trouble: "connection refused" rather than "error sending request".
pub fn cause_of(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    match cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind) {
        Some(std::io::ErrorKind::ConnectionRefused) => "connection refused".to_owned(),
        Some(std::io::ErrorKind::ConnectionReset) => "connection reset".to_owned(),
        _ => cause.to_string(),
    }
}
