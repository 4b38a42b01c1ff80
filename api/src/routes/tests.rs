//! The report routes over a real, empty store; what they answer with orders is tested in `tests/api`.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
    routing::get,
};
use jiff::tz::TimeZone;
use tempfile::TempDir;
use tokio::sync::Semaphore;
use tower::ServiceExt as _;
use utoipa::OpenApi;

use super::{customers, products, report::Reporting, sales};
use crate::{
    db::Db,
    extract::{customers::CustomersRequest, products::ProductsRequest, sales::SalesRequest},
    money::Currency,
};

struct Service {
    router: Router,
    _folder: TempDir,
}

impl Service {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}/analytics.db", folder.path().display());
        let db = Db::connect(&url, 2).await.expect("connect");
        db.migrate("UTC").await.expect("migrate");
        let reporting = Reporting {
            db,
            time_zone: TimeZone::UTC,
            currency: Currency::from_code("USD").expect("a currency"),
            clock: || "2024-04-01T12:00:00Z".parse().expect("an instant"),
            customers_turn: Arc::new(Semaphore::new(1)),
        };
        let router = Router::new()
            .route("/sales", get(sales::sales))
            .route("/customers", get(customers::customers))
            .route("/products", get(products::products))
            .with_state(reporting);
        Self { router, _folder: folder }
    }

    async fn get(&self, path: &str, if_none_match: &str) -> (StatusCode, HeaderMap, String) {
        let request = Request::get(path).header(header::IF_NONE_MATCH, if_none_match).body(Body::empty());
        let response = self.router.clone().oneshot(request.expect("a request")).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 20).await.expect("a body");
        (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).expect("UTF-8"))
    }
}

#[tokio::test]
async fn an_unchanged_report_is_not_sent_again() {
    let service = Service::start().await;
    for path in ["/sales", "/customers", "/products", "/sales?format=csv&granularity=day"] {
        let (status, headers, body) = service.get(path, "\"other\"").await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        assert_eq!(headers[header::CACHE_CONTROL], "private, no-cache");
        let tag = headers[header::ETAG].to_str().expect("text");
        assert!(tag.starts_with('"'), "{tag} is strong");
        let (status, again, body) = service.get(path, tag).await;
        assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""), "{path}");
        assert_eq!(again[header::ETAG], tag);
        assert_eq!(again[header::VARY], headers[header::VARY]);
    }
}

#[tokio::test]
async fn tags_differ_where_bodies_do() {
    let service = Service::start().await;
    let mut tags = Vec::new();
    for path in
        ["/sales", "/sales?format=csv", "/sales?region=UK", "/sales?tz=Asia/Tokyo", "/customers", "/products"]
    {
        tags.push(service.get(path, "").await.1[header::ETAG].clone());
    }
    // The same dates, written out.
    let spelled = service.get("/sales?end_date=2024-04-01&start_date=2024-03-03&currency=usd", "").await;
    assert_eq!(spelled.1[header::ETAG], tags[0]);
    tags.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
    tags.dedup();
    assert_eq!(tags.len(), 6);
}

#[tokio::test]
async fn both_formats_name_themselves() {
    let service = Service::start().await;
    let (_, headers, body) = service.get("/products", "").await;
    assert_eq!(headers[header::CONTENT_TYPE], "application/json");
    assert!(body.contains("\"total_products\":0"), "{body}");
    let (_, headers, body) = service.get("/customers?format=csv", "").await;
    assert_eq!(headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    assert_eq!(body, "customer_id,total_spent,total_orders,customer_lifetime_value,currency\r\n");
}

#[tokio::test]
async fn sql_in_a_filter_finds_nothing_and_breaks_nothing() {
    let service = Service::start().await;
    let (status, _, body) =
        service.get("/sales?region='%20OR%20'1'='1&product=%22;DROP%20TABLE%20orders;--", "").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert!(body.contains("\"total_revenue\":0,"), "{body}");
    assert_eq!(service.get("/sales", "").await.0, StatusCode::OK);
}

#[tokio::test]
async fn bad_parameters_are_400() {
    let service = Service::start().await;
    for path in
        ["/sales?limit=0", "/customers?granularity=day", "/products?tz=x", "/sales?start_date=0000-00-00"]
    {
        assert_eq!(service.get(path, "*").await.0, StatusCode::BAD_REQUEST, "{path}");
    }
}

#[derive(OpenApi)]
#[openapi(paths(sales::sales, customers::customers, products::products))]
struct Document;

/// Names of the parameters that `path` documents.
fn documented(path: &str) -> Vec<String> {
    let document = serde_json::to_value(Document::openapi()).expect("JSON");
    let parameters = document["paths"][path]["get"]["parameters"].as_array().expect("parameters").clone();
    for parameter in &parameters {
        assert_eq!(parameter["in"], "query", "{parameter}");
        assert_eq!(parameter["required"], false, "{parameter}");
        assert!(parameter["description"].is_string() && !parameter["example"].is_null(), "{parameter}");
    }
    let mut names: Vec<String> =
        parameters.iter().map(|p| p["name"].as_str().expect("a name").to_owned()).collect();
    names.sort_unstable();
    names
}

/// Names of the parameters that a refusal of an unknown one lists.
fn accepted<T: std::fmt::Debug>(parsed: Result<T, Vec<crate::error::FieldError>>) -> Vec<String> {
    let problems = parsed.expect_err("an unknown parameter");
    let (_, list) = problems[0].reason.split_once("the parameters are ").expect("a list");
    let mut names: Vec<String> = list.split(", ").map(str::to_owned).collect();
    names.sort_unstable();
    names
}

#[test]
fn the_document_lists_exactly_the_parameters_that_are_read() {
    let defaults = crate::extract::Defaults {
        time_zone: TimeZone::UTC,
        currency: Currency::from_code("USD").expect("a currency"),
        now: jiff::Timestamp::UNIX_EPOCH,
    };
    let path = |name: &str| documented(&format!("/api/v1/analytics/{name}"));
    assert_eq!(path("sales"), accepted(SalesRequest::parse("?", &defaults)));
    assert_eq!(path("customers"), accepted(CustomersRequest::parse("?", &defaults)));
    assert_eq!(path("products"), accepted(ProductsRequest::parse("?", &defaults)));
}
