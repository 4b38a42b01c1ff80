//! Documentation that works offline: the `OpenAPI` document, Swagger UI, Redoc. All assets are in the binary.

use std::io::Read;

use axum::{
    Json, Router,
    http::{HeaderMap, HeaderValue, header},
    middleware,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use flate2::read::MultiGzDecoder;

use crate::{error::ApiError, openapi, state::AppState};

const HTML: &str = "text/html; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

static SWAGGER_PAGE: &str = include_str!("../../assets/swagger-ui/index.html");
static SWAGGER_START: &str = include_str!("../../assets/swagger-ui/start.js");
static SWAGGER_SCRIPT: Compressed =
    Compressed(JAVASCRIPT, include_bytes!("../../assets/swagger-ui/swagger-ui-bundle.js.gz"));
static SWAGGER_STYLE: Compressed =
    Compressed(STYLE, include_bytes!("../../assets/swagger-ui/swagger-ui.css.gz"));
static REDOC_PAGE: &str = include_str!("../../assets/redoc/index.html");
static REDOC_START: &str = include_str!("../../assets/redoc/start.js");
static REDOC_SCRIPT: Compressed =
    Compressed(JAVASCRIPT, include_bytes!("../../assets/redoc/redoc.standalone.js.gz"));

/// Both viewers style elements in place; neither may load anything from elsewhere or run a script in place.
const PAGE_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    worker-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/// The documentation's routes.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/docs", get(async || Redirect::permanent("/docs/")))
        .route("/docs/", get(async || text(HTML, SWAGGER_PAGE)))
        .route("/docs/start.js", get(async || text(JAVASCRIPT, SWAGGER_START)))
        .route("/docs/swagger-ui-bundle.js", get(async |headers: HeaderMap| SWAGGER_SCRIPT.answer(&headers)))
        .route("/docs/swagger-ui.css", get(async |headers: HeaderMap| SWAGGER_STYLE.answer(&headers)))
        .route("/redoc", get(async || text(HTML, REDOC_PAGE)))
        .route("/redoc/start.js", get(async || text(JAVASCRIPT, REDOC_START)))
        .route("/redoc/redoc.standalone.js", get(async |headers: HeaderMap| REDOC_SCRIPT.answer(&headers)))
        .layer(middleware::map_response(allow_own_assets))
        .route("/openapi.json", get(document))
}

async fn document() -> impl IntoResponse {
    Json(openapi::document())
}

fn text(content_type: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, content_type)], text)
}

/// A content type, and a file that is kept compressed: every browser takes it so, and the binary stays small.
struct Compressed(&'static str, &'static [u8]);

impl Compressed {
    fn answer(&self, headers: &HeaderMap) -> Result<Response, ApiError> {
        let fixed = [(header::CONTENT_TYPE, self.0), (header::CACHE_CONTROL, "public, max-age=86400")];
        let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
        if accepted.unwrap_or_default().contains("gzip") {
            return Ok((fixed, [(header::CONTENT_ENCODING, "gzip")], self.1).into_response());
        }
        let mut plain = Vec::new();
        MultiGzDecoder::new(self.1).read_to_end(&mut plain).map_err(anyhow::Error::from)?;
        Ok((fixed, plain).into_response())
    }
}

async fn allow_own_assets(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
    response
}
