//! Documentation that works offline: the `OpenAPI` document, Swagger UI, Redoc. All assets are in the binary.

use std::{io::Read, sync::Arc};

use axum::{
    Extension, Json, Router,
    extract::Path,
    http::{HeaderMap, HeaderValue, header},
    middleware,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use flate2::read::MultiGzDecoder;
use utoipa_swagger_ui::Config;

use crate::{
    error::{ApiError, Kind},
    openapi,
    state::AppState,
};

static REDOC_PAGE: &str = include_str!("../../assets/redoc/index.html");
static REDOC_START: &str = include_str!("../../assets/redoc/start.js");
/// Compressed: every browser takes it so, and it stays small in the binary.
static REDOC_SCRIPT_GZIP: &[u8] = include_bytes!("../../assets/redoc/redoc.standalone.js.gz");

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// Both viewers style elements in place; neither may load anything from elsewhere or run a script in place.
const PAGE_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    worker-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// The documentation's routes.
pub fn router() -> Router<AppState> {
    let swagger = Arc::new(Config::from("/openapi.json").validator_url("none"));
    Router::new()
        .route("/docs", get(|| async { Redirect::permanent("/docs/") }))
        .route("/docs/", get(swagger_page))
        .route("/docs/{*file}", get(swagger_file))
        .layer(Extension(swagger))
        .route("/redoc", get(redoc))
        .route("/redoc/start.js", get(redoc_start))
        .route("/redoc/redoc.standalone.js", get(redoc_script))
        .layer(middleware::map_response(allow_own_assets))
        .route("/openapi.json", get(document))
}

async fn document() -> impl IntoResponse {
    Json(openapi::document())
}

async fn redoc() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], REDOC_PAGE)
}

async fn redoc_start() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, JAVASCRIPT)], REDOC_START)
}

async fn redoc_script(headers: HeaderMap) -> Result<Response, ApiError> {
    let fixed = [(header::CONTENT_TYPE, JAVASCRIPT), (header::CACHE_CONTROL, "public, max-age=86400")];
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepted.contains("gzip") {
        return Ok((fixed, [(header::CONTENT_ENCODING, "gzip")], REDOC_SCRIPT_GZIP).into_response());
    }
    let mut plain = Vec::new();
    MultiGzDecoder::new(REDOC_SCRIPT_GZIP).read_to_end(&mut plain).map_err(anyhow::Error::from)?;
    Ok((fixed, plain).into_response())
}

async fn swagger_page(Extension(config): Extension<Arc<Config<'static>>>) -> Result<Response, ApiError> {
    swagger("index.html", config)
}

async fn swagger_file(
    Path(file): Path<String>,
    Extension(config): Extension<Arc<Config<'static>>>,
) -> Result<Response, ApiError> {
    swagger(&file, config)
}

fn swagger(file: &str, config: Arc<Config<'static>>) -> Result<Response, ApiError> {
    let found = utoipa_swagger_ui::serve(file, config)
        .map_err(|error| ApiError::new(Kind::Internal).caused_by(anyhow::anyhow!("Swagger UI: {error}")))?
        .ok_or_else(|| ApiError::new(Kind::NotFound))?;
    Ok(([(header::CONTENT_TYPE, found.content_type)], found.bytes).into_response())
}

async fn allow_own_assets(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
    response
}
