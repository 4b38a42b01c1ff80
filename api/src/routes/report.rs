//! What the three report routes share: what they need of the application, conditional requests and both formats.

use std::sync::Arc;

use anyhow::Result;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::{
    db::Db,
    extract::{Defaults, Format},
    money::Currency,
    queries::store::store_id,
};

/// What report routes need; the application's state gives it by `FromRef`.
#[derive(Debug, Clone)]
pub struct Reporting {
    /// The store.
    pub db: Db,
    /// The store's own zone, with an IANA name.
    pub time_zone: TimeZone,
    /// The store's own currency.
    pub currency: Currency,
    /// Tells the present: [`Timestamp::now`], except in tests.
    pub clock: fn() -> Timestamp,
    /// Has one place: a report about customers takes some 70 bytes for each of the store while it is made, so that one
    /// comes after the other.
    pub customers_turn: Arc<Semaphore>,
}

impl Reporting {
    /// What applies where a request says nothing.
    pub fn defaults(&self) -> Defaults {
        Defaults { time_zone: self.time_zone.clone(), currency: self.currency, now: (self.clock)() }
    }

    /// The tag of the answer to a resolved request. `key` names the report and everything that its body depends on
    /// beside the data. Read it before the data: a tag may be older than its body, never newer.
    pub async fn entity_tag(&self, key: &str) -> Result<EntityTag> {
        let version = self.db.data_version().await?;
        Ok(EntityTag::new(&store_id(&self.db).await?, version, key))
    }
}

/// A strong entity tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityTag(String);

impl EntityTag {
    /// Stands for the answer of this build of the program to `key` at `version` of the data of a store.
    pub fn new(store_id: &[u8], version: i64, key: &str) -> Self {
        let mut hash = Sha256::new();
        // Lengths first, so that no two inputs run together alike.
        for part in [env!("EAP_BUILD").as_bytes(), store_id, &version.to_be_bytes(), key.as_bytes()] {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        let mut start = [0; 16];
        start.copy_from_slice(&hash.finalize()[..16]);
        Self(format!("\"{:032x}\"", u128::from_be_bytes(start)))
    }

    /// Whether the client has this answer already, by its `If-None-Match`.
    pub fn is_held(&self, headers: &HeaderMap) -> bool {
        let held = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        // The comparison is the weak one (RFC 9110, 13.1.2); a proxy that compresses may have marked the tag.
        held.flat_map(|list| list.split(','))
            .map(str::trim)
            .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.0)
    }

    /// 304, without a body.
    pub fn not_modified(&self) -> Response {
        self.stamp(StatusCode::NOT_MODIFIED.into_response())
    }

    /// `response` with its validators: it may be kept by the client alone, and asked for again each time.
    pub fn stamp(&self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        if let Ok(tag) = HeaderValue::from_str(&self.0) {
            headers.insert(header::ETAG, tag);
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        headers.insert(header::VARY, HeaderValue::from_static("Authorization, Cookie, Accept-Encoding"));
        response
    }
}

/// A report as the request wants it written.
pub fn write(format: Format, report: &impl Serialize, to_csv: impl FnOnce() -> String) -> Result<Response> {
    let (kind, body) = match format {
        Format::Json => ("application/json", serde_json::to_string(report)?),
        Format::Csv => ("text/csv; charset=utf-8", to_csv()),
    };
    Ok(([(header::CONTENT_TYPE, kind)], Body::from(body)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_str(value).expect("a header"))])
    }

    #[test]
    fn a_tag_stands_for_store_version_and_question() {
        let tag = EntityTag::new(b"shop", 7, "sales");
        assert_eq!(tag, EntityTag::new(b"shop", 7, "sales"));
        assert_ne!(tag, EntityTag::new(b"shop", 8, "sales"));
        assert_ne!(tag, EntityTag::new(b"other", 7, "sales"));
        assert_ne!(tag, EntityTag::new(b"shop", 7, "sales DE"));
    }

    #[test]
    fn held_tags_are_found_in_any_spelling() {
        let tag = EntityTag::new(b"shop", 7, "sales");
        let text = tag.0.clone();
        for held in [text.clone(), format!("\"x\", {text}"), format!("W/{text}"), "*".to_owned()] {
            assert!(tag.is_held(&headers(&held)), "{held}");
        }
        for other in ["\"x\"", "", "W/\"x\"", text.trim_matches('"')] {
            assert!(!tag.is_held(&headers(other)), "{other}");
        }
        assert!(!tag.is_held(&HeaderMap::new()));
    }
}
