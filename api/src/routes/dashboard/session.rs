//! `POST` and `DELETE /dashboard/session`: an API key becomes a cookie, and stops being one. The key comes in a body,
//! so that no address and no log has it.

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    access::session,
    config::Secret,
    error::{ApiError, FieldError, Kind},
    extract::query_string::Parameters,
    state::AppState,
};

/// Signs in. JSON (`{"key": "eap_…"}`) is answered 204, a form 303 to the dashboard.
pub(super) async fn open(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    // Else another site could sign a visitor in with a key of its own.
    if !session::is_same_origin(&headers) {
        return Err(ApiError::new(Kind::Forbidden).detail("Sign in from the dashboard itself."));
    }
    let by_form = media_type(&headers) == "application/x-www-form-urlencoded";
    let key = if by_form { form_key(&body)? } else { json_key(&body)? };
    let token = state.gate.sign_in(&state.db, key.expose(), place(&headers)).await?;
    let cookie = [(header::SET_COOKIE, session::cookie(&headers, &token)), no_store()];
    Ok(if by_form {
        (cookie, Redirect::to("/dashboard")).into_response()
    } else {
        (StatusCode::NO_CONTENT, cookie).into_response()
    })
}

/// Signs out, here and on every instance.
pub(super) async fn close(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, ApiError> {
    if !session::is_own_script(&headers) {
        return Err(ApiError::new(Kind::Forbidden).detail("Sign out from the dashboard itself."));
    }
    if let Some(token) = session::token_of(&headers) {
        session::close(&state.db, token).await?;
    }
    let cookie = [(header::SET_COOKIE, session::forget(&headers)), no_store()];
    Ok((StatusCode::NO_CONTENT, cookie).into_response())
}

fn no_store() -> (header::HeaderName, HeaderValue) {
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
}

fn media_type(headers: &HeaderMap) -> &str {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim()
}

fn json_key(body: &[u8]) -> Result<Secret, ApiError> {
    #[derive(Deserialize)]
    struct Body {
        key: String,
    }
    // The error of the parser might show a part of the key.
    let body: Body = serde_json::from_slice(body).map_err(|_| {
        ApiError::bad_request(vec![FieldError::new("key", "must be a text in a JSON object")])
    })?;
    Ok(Secret::new(body.key))
}

fn form_key(body: &[u8]) -> Result<Secret, ApiError> {
    let mut fields = Parameters::parse(&String::from_utf8_lossy(body));
    let key = fields.single("key").unwrap_or_default();
    Ok(Secret::new(fields.finish(key)?))
}

/// Where a request comes from, for the rate of sign-ins: what the load balancer before us wrote down last. The rest of
/// the header is the sender's own invention.
fn place(headers: &HeaderMap) -> &str {
    let forwarded = headers.get_all("x-forwarded-for").iter().next_back();
    let last = forwarded.and_then(|value| value.to_str().ok()?.rsplit(',').next());
    last.map_or("direct", str::trim)
}
