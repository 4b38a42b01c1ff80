//! The name of a request: the caller's own, when it is sane, else a fresh one.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// Header that carries the id in both directions.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Header in which AWS traces a request.
pub const X_AMZN_TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");

const MAX_BYTES: usize = 128;
const MAX_TRACE_BYTES: usize = 512;

/// Identifies one request in answer and log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// The caller's id if it is at most 128 visible ASCII characters, else a random one.
    pub fn of(headers: &HeaderMap) -> Self {
        visible(headers, &X_REQUEST_ID, MAX_BYTES).map_or_else(Self::random, |id| Self(id.to_owned()))
    }

    /// The id itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as a header.
    pub fn header_value(&self) -> HeaderValue {
        // Visible ASCII is always a valid header value.
        HeaderValue::from_str(&self.0).unwrap_or_else(|_| HeaderValue::from_static("invalid"))
    }

    fn random() -> Self {
        let mut bytes = [0_u8; 16];
        // Without random numbers the id is useless, and the request still deserves its answer.
        let _ = getrandom::fill(&mut bytes);
        Self(format!("{:032x}", u128::from_be_bytes(bytes)))
    }
}

/// The trace that AWS put the request in, if it can be logged as it is.
pub fn trace_id(headers: &HeaderMap) -> Option<&str> {
    visible(headers, &X_AMZN_TRACE_ID, MAX_TRACE_BYTES)
}

fn visible<'a>(headers: &'a HeaderMap, name: &HeaderName, most: usize) -> Option<&'a str> {
    let value = headers.get(name)?.to_str().ok()?;
    let sane = !value.is_empty() && value.len() <= most && value.bytes().all(|b| b.is_ascii_graphic());
    sane.then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_for(value: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(X_REQUEST_ID, HeaderValue::from_str(value).unwrap());
        RequestId::of(&headers).as_str().to_owned()
    }

    #[test]
    fn a_sane_id_is_kept() {
        assert_eq!(id_for("JKJaXmPLvHcESHA="), "JKJaXmPLvHcESHA=");
        assert_eq!(id_for(&"x".repeat(128)), "x".repeat(128));
    }

    #[test]
    fn any_other_is_replaced() {
        for odd in [String::new(), "a b".into(), "x".repeat(129), "tab\there".into()] {
            let id = id_for(&odd);
            assert_eq!(id.len(), 32, "{odd:?} became {id}");
            assert!(id.bytes().all(|b| b.is_ascii_hexdigit()));
        }
        assert_ne!(RequestId::of(&HeaderMap::new()), RequestId::of(&HeaderMap::new()));
    }
}
