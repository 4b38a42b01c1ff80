//! Calls the API as its users do, and looks at the certificate that it shows. Judges nothing: see `rules`.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::tls::TlsInfo;

use super::certificate;
use crate::config::PlatformConfig;
use crate::deployed::Gateway;
use crate::failure::Failure;
use crate::http;

/// Users would have gone by then.
const DEADLINE: Duration = Duration::from_secs(5);

/// What came of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// How long it took.
    pub milliseconds: f64,
    /// The answer.
    pub answer: Answer,
    /// Until when the certificate is good; none without TLS.
    pub certificate_until: Option<Timestamp>,
}

/// What the API answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Success.
    Good,
    /// Another status.
    Bad(String),
    /// None at all, and why.
    None(String),
}

/// Calls `/health` once.
pub async fn call(config: &PlatformConfig, api_url: &str) -> Result<Probe, Failure> {
    let Gateway { base_url, headers } = Gateway::of(config, api_url)?;
    let client = http::probing_client(headers)?;
    let started = Instant::now();
    let answer = client.get(format!("{base_url}/health")).timeout(DEADLINE).send().await;
    let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
    let shown = answer.as_ref().ok().and_then(|answer| answer.extensions().get::<TlsInfo>());
    let certificate_until = shown.and_then(TlsInfo::peer_certificate).and_then(certificate::good_until);
    let answer = match answer {
        Ok(answer) if answer.status().is_success() => Answer::Good,
        Ok(answer) => Answer::Bad(answer.status().to_string()),
        Err(error) => Answer::None(http::cause_of(&error)),
    };
    Ok(Probe { milliseconds, answer, certificate_until })
}
