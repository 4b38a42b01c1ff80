//! Requests over HTTP: a client, errors in words, and how long to wait before another try. Never retries;
//! callers know what may be repeated.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::failure::{Doing, Failure};

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A server that asks for more patience than this is asked again sooner.
const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(5);

/// The beginnings of every client: its cryptography, and the name of the program.
pub fn builder() -> reqwest::ClientBuilder {
    // Refused when somebody was first: then TLS has its cryptography.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().user_agent(concat!("eap/", env!("CARGO_PKG_VERSION")))
}

/// A client for the API, which gives up on a connection after five seconds.
pub fn client() -> Result<reqwest::Client, Failure> {
    client_with(HeaderMap::new())
}

/// The same, sending `headers` with each request.
pub fn client_with(headers: HeaderMap) -> Result<reqwest::Client, Failure> {
    for_the_api(headers).build().doing(|| "set up HTTP".to_owned())
}

/// The same; answers carry the certificate of the server.
pub fn probing_client(headers: HeaderMap) -> Result<reqwest::Client, Failure> {
    for_the_api(headers).tls_info(true).build().doing(|| "set up HTTP".to_owned())
}

fn for_the_api(headers: HeaderMap) -> reqwest::ClientBuilder {
    builder()
        .default_headers(headers)
        .connect_timeout(Duration::from_secs(5))
        // The API never redirects; following one could carry the key elsewhere.
        .redirect(reqwest::redirect::Policy::none())
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

/// The pause after this many attempts: it doubles from half a second to half a minute.
pub fn backoff(attempt: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(attempt - 1)).min(LONGEST_PAUSE)
}

/// The pause of the header `Retry-After`: seconds, or an instant.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?;
    let pause = if let Ok(seconds) = value.trim().parse() {
        Duration::from_secs(seconds)
    } else {
        let instant = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
        Duration::try_from(instant.duration_since(Timestamp::now())).unwrap_or_default()
    };
    Some(pause.min(LONGEST_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_half_a_minute() {
        let pauses: Vec<u128> = (1..=8).map(|attempt| backoff(attempt).as_millis()).collect();
        assert_eq!(pauses, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    }

    #[test]
    fn retry_after_is_seconds_or_an_instant() {
        let pause = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().expect("a header"));
            retry_after(&headers)
        };
        assert_eq!(pause("7"), Some(Duration::from_secs(7)));
        assert_eq!(pause("86400"), Some(LONGEST_RETRY_AFTER));
        assert_eq!(pause("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(pause("soon"), None);
    }
}
