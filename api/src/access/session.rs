//! Sign-ins of browsers: table `dashboard_sessions`, and the cookie that names one. The store holds hashes only, so any
//! instance can tell a session and none can give one away. Decides nothing about scopes: a session is as good as its key.

use anyhow::{Context, Result, anyhow};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::{SignedDuration, Timestamp};

use super::key::{SecretHash, hex, is_hex};
use crate::{columns, config::Secret, db::Db};

/// How long a sign-in lasts.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(12);

const TOKEN_BYTES: usize = 32;
/// Browsers take a cookie of this prefix only with `Secure`, of this host and path `/`.
const SECURE_NAME: &str = "__Host-eap_session";
/// On plain HTTP to this machine, where `Secure` cannot be had.
const LOOPBACK_NAME: &str = "eap_session";
/// Only a script of our own page can set it: another origin's would need a preflight, which is refused.
const OWN_HEADER: HeaderName = HeaderName::from_static("x-eap-dashboard");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Stores a session of the key `key_id`; answers its token, which exists only here and in the cookie.
pub async fn open(db: &Db, key_id: &str, now: Timestamp) -> Result<Secret> {
    let mut bytes = [0_u8; TOKEN_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no random numbers: {error}"))?;
    let token = hex(&bytes);
    sqlx::query("DELETE FROM dashboard_sessions WHERE expires_ms <= ?")
        .bind(now.as_millisecond())
        .execute(&db.pool)
        .await
        .context("drop old sessions")?;
    sqlx::query("INSERT INTO dashboard_sessions (token_sha256, key_id, expires_ms) VALUES (?, ?, ?)")
        .bind(SecretHash::of(&token).as_bytes().to_vec())
        .bind(key_id.as_bytes().to_vec())
        .bind((now + LIFETIME).as_millisecond())
        .execute(&db.pool)
        .await
        .context("store a session")?;
    Ok(Secret::new(token))
}

/// Id of the key whose session `token` names, unless it has expired. Asks the writer: a replica may lag behind.
pub async fn key_of(db: &Db, token: &str, now: Timestamp) -> Result<Option<String>> {
    let row = sqlx::query("SELECT key_id FROM dashboard_sessions WHERE token_sha256 = ? AND expires_ms > ?")
        .bind(SecretHash::of(token).as_bytes().to_vec())
        .bind(now.as_millisecond())
        .fetch_optional(&db.pool)
        .await
        .context("look up a session")?;
    row.map(|row| columns::text(&row, 0)).transpose()
}

/// Ends a session at once, on every instance.
pub async fn close(db: &Db, token: &str) -> Result<()> {
    sqlx::query("DELETE FROM dashboard_sessions WHERE token_sha256 = ?")
        .bind(SecretHash::of(token).as_bytes().to_vec())
        .execute(&db.pool)
        .await
        .context("end a session")?;
    Ok(())
}

/// The token in a request's cookie, if it can be one.
pub fn token_of(headers: &HeaderMap) -> Option<&str> {
    let name = cookie_name(headers);
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, token)| (found == name && is_hex(token, TOKEN_BYTES)).then_some(token))
}

/// The cookie that carries `token`.
pub fn cookie(headers: &HeaderMap, token: &Secret) -> HeaderValue {
    write_cookie(headers, token.expose(), LIFETIME.as_secs())
}

/// The cookie that makes the browser forget its token.
pub fn forget(headers: &HeaderMap) -> HeaderValue {
    write_cookie(headers, "", 0)
}

/// Whether a request comes from a page of this very origin. Browsers say so and pages cannot change what they say;
/// those without `Sec-Fetch-Site` send `Origin` with every request that writes.
pub fn is_same_origin(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get(SEC_FETCH_SITE) {
        return site == "same-origin";
    }
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let origin = text(header::ORIGIN).and_then(|origin| origin.split_once("://"));
    matches!((origin, text(header::HOST)), (Some((_, origin)), Some(host)) if origin == host)
}

/// Whether a script of our own page sent it.
pub fn is_own_script(headers: &HeaderMap) -> bool {
    headers.contains_key(OWN_HEADER) && is_same_origin(headers)
}

fn write_cookie(headers: &HeaderMap, token: &str, seconds: i64) -> HeaderValue {
    let name = cookie_name(headers);
    let secure = if name == SECURE_NAME { "; Secure" } else { "" };
    let text = format!("{name}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    let mut value = HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

fn cookie_name(headers: &HeaderMap) -> &'static str {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _port)| name);
    if matches!(name, "127.0.0.1" | "localhost" | "[::1]") { LOOPBACK_NAME } else { SECURE_NAME }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn only_loopback_goes_without_secure() {
        let token = Secret::new("ab".repeat(32));
        let at = |host| cookie(&headers(&[("host", host)]), &token).to_str().unwrap().to_owned();
        let strict = format!(
            "__Host-eap_session={}; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200; Secure",
            "ab".repeat(32)
        );
        for host in ["shop.example", "shop.example:443", "127.0.0.1.evil.example", "localhost.example:80", ""]
        {
            assert_eq!(at(host), strict, "{host}");
        }
        for host in ["127.0.0.1:8000", "localhost", "[::1]:8000"] {
            assert!(at(host).starts_with("eap_session=") && !at(host).contains("Secure"), "{host}");
        }
    }

    #[test]
    fn a_token_is_read_from_its_own_cookie_only() {
        let token = "0f".repeat(32);
        let read = |host: &str, cookie: &str| {
            token_of(&headers(&[("host", host), ("cookie", cookie)])).map(str::to_owned)
        };
        let other = format!("a=b; eap_session={token}; c=d");
        assert_eq!(read("localhost:1", &other), Some(token.clone()));
        assert_eq!(read("shop.example", &other), None, "a name without the prefix can be set by a subdomain");
        assert_eq!(read("shop.example", &format!("__Host-eap_session={token}")), Some(token.clone()));
        assert_eq!(read("localhost", "eap_session=' OR 1=1"), None);
        assert_eq!(read("localhost", &format!("eap_session={token}0")), None);
    }

    #[test]
    fn writes_come_from_our_own_page() {
        let own = ("x-eap-dashboard", "1");
        let host = ("host", "shop.example");
        assert!(is_own_script(&headers(&[own, host, ("sec-fetch-site", "same-origin")])));
        assert!(is_own_script(&headers(&[own, host, ("origin", "https://shop.example")])));
        for forged in [
            vec![host, ("sec-fetch-site", "same-origin")],
            vec![own, host, ("sec-fetch-site", "same-site")],
            vec![own, host, ("sec-fetch-site", "cross-site"), ("origin", "https://shop.example")],
            vec![own, host, ("origin", "https://evil.example")],
            vec![own, host, ("origin", "null")],
            vec![own, host],
        ] {
            assert!(!is_own_script(&headers(&forged)), "{forged:?}");
        }
    }
}
