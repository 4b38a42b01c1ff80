//! The dashboard: one page for every address below `/dashboard`, and for browsers at `/`; its assets; signing in.
//! All of it is in the binary. The page gets its numbers from the same routes as every other client.

mod assets;
mod context;
mod session;

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};

use self::assets::ASSETS;
use crate::{
    error::{ApiError, Kind},
    state::AppState,
};

/// Nothing from elsewhere, nothing in place: scripts, styles and requests of this origin only.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const FOR_GOOD: &str = "public, max-age=31536000, immutable";

/// What needs no key: the page, its assets, signing in and out.
pub fn open_router() -> Router<AppState> {
    Router::new()
        .route("/dashboard", get(shown))
        .route("/dashboard/{page}", get(shown))
        .route("/dashboard/assets/{version}/{*file}", get(asset))
        .route("/dashboard/session", post(session::open).delete(session::close))
}

/// What needs a key to read.
pub fn reading_router() -> Router<AppState> {
    Router::new()
        .route("/dashboard/context", get(context::show))
        .route("/dashboard/uploads", get(context::uploads))
}

/// Whether a request for `/` is a browser's.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|kind| kind.split(';').next().unwrap_or_default().trim() == "text/html")
}

/// The page itself; which view it shows is the address's matter, and read by its script.
pub fn page(headers: &HeaderMap) -> Response {
    // Weak: the same tag stands for the page compressed and not.
    let tag = format!("W/\"{}\"", ASSETS.version);
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        // Without a referrer browsers send no origin either, and writing needs one where `Sec-Fetch-Site` is unknown.
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
        (header::VARY, HeaderValue::from_static("Accept, Accept-Encoding")),
        (header::ETAG, HeaderValue::from_str(&tag).unwrap_or_else(|_| HeaderValue::from_static("\"\""))),
    ];
    let held = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if held.contains(&tag) {
        return (StatusCode::NOT_MODIFIED, fixed).into_response();
    }
    (fixed, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], encoded(headers, &ASSETS.page))
        .into_response()
}

async fn shown(headers: HeaderMap) -> Response {
    page(&headers)
}

async fn asset(
    Path((version, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let asset = ASSETS.files.get(file.as_str()).ok_or_else(|| ApiError::new(Kind::NotFound))?;
    // While versions are replaced, a page of one may ask an instance of the other: it gets what there is, for now.
    let kept = if version == ASSETS.version { FOR_GOOD } else { "no-cache" };
    let fixed = [(header::CONTENT_TYPE, asset.kind), (header::CACHE_CONTROL, kept)];
    Ok((fixed, [(header::VARY, "Accept-Encoding")], encoded(&headers, &asset.body)).into_response())
}

fn encoded(headers: &HeaderMap, body: &assets::Body) -> Response {
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepted.contains("gzip") {
        ([(header::CONTENT_ENCODING, "gzip")], body.gzip.clone()).into_response()
    } else {
        body.plain.clone().into_response()
    }
}
