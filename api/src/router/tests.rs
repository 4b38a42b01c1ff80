//! The whole service, asked as clients ask it, on a real embedded database.

mod access;
mod dashboard;
mod orders;
mod stream;

use std::{num::NonZeroU32, time::Duration};

use axum::{
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
    response::Response,
};
use clap::Parser;
use futures_util::StreamExt;
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::*;
use crate::{
    access::{Scopes, key::NewKey, session, store},
    config::{RateLimit, ServerOptions, Settings, StoreOptions, parse_alone},
    db::Db,
};

#[derive(Parser)]
struct Options {
    #[command(flatten)]
    store: StoreOptions,
    #[command(flatten)]
    server: ServerOptions,
}

/// A service on an embedded database of its own.
struct Service {
    state: AppState,
    folder: TempDir,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Service {
    async fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, |_| {}).await
    }

    async fn start_with(arguments: &[&str], adjust: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::connect(&format!("sqlite:{}/t.db", folder.path().display()), 4).await.unwrap();
        db.migrate("UTC").await.unwrap();
        let options = parse_alone::<Options>(arguments).unwrap();
        let mut settings = Settings::new(&options.store, &options.server).unwrap();
        adjust(&mut settings);
        Self { state: AppState::new(db, settings, CancellationToken::new()), folder }
    }

    async fn key(&self, scopes: &[Scope]) -> String {
        let key = NewKey::random().unwrap();
        let mut transaction = self.state.db.begin_write().await.unwrap();
        let now = jiff::Timestamp::now();
        store::insert(&mut transaction, &key, "test", Scopes::of(scopes), now).await.unwrap();
        transaction.commit().await.unwrap();
        format!("Bearer {}", key.token.expose())
    }

    async fn respond(&self, request: Request<Body>) -> Response {
        router(self.state.clone()).oneshot(request).await.unwrap()
    }

    async fn ask(&self, request: Request<Body>) -> Answer {
        let (head, body) = self.respond(request).await.into_parts();
        let body = axum::body::to_bytes(body, 64 << 20).await.unwrap().to_vec();
        Answer { status: head.status, headers: head.headers, body }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn get_with(&self, path: &str, name: &str, value: &str) -> Answer {
        self.ask(Request::get(path).header(name, value).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, kind: &str, body: impl Into<Body>) -> Answer {
        self.ask(Request::post(path).header(header::CONTENT_TYPE, kind).body(body.into()).unwrap()).await
    }
}

const CSV: &str = "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,channel\n\
    A1,1,C1,P1,Lamp,Light,2,10.00,2024-01-31T23:30:00Z,North,online\n\
    A1,2,C1,P2,Bulb,Light,x,1.00,2024-01-31T23:30:00Z,North,online\n\
    A2,1,,P2,Bulb,Light,1,1.25,2024-01-31T23:30:00Z,South,store\n";

fn gzip(text: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn the_contract_s_own_fields_are_there() {
    let service = Service::start(&["--environment", "local"]).await;
    let root = service.get("/").await.json();
    assert_eq!((root["docs"].as_str(), root["health"].as_str()), (Some("/docs"), Some("/health")));
    assert!(root["message"].is_string() && root["version"].is_string());

    let health = service.get("/health").await;
    assert_eq!(health.status, StatusCode::OK);
    let body = health.json();
    assert_eq!((body["status"].as_str(), body["environment"].as_str()), (Some("healthy"), Some("local")));
    assert_eq!(body["database_status"], "connected");
    let timestamp: jiff::Timestamp = body["timestamp"].as_str().unwrap().parse().unwrap();
    assert!(timestamp.duration_since(jiff::Timestamp::now()).abs() < jiff::SignedDuration::from_secs(5));
}

#[tokio::test]
async fn health_tells_of_a_database_that_is_away() {
    let service = Service::start(&["--environment", "local"]).await;
    service.state.db.pool.close().await;
    service.state.db.readers.close().await;
    let health = service.get("/health").await;
    assert_eq!(health.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        (health.json()["status"].as_str(), health.json()["database_status"].as_str()),
        (Some("unhealthy"), Some("disconnected"))
    );
    assert_eq!(service.get("/health/live").await.status, StatusCode::OK);

    let report = service.get("/api/v1/analytics/sales").await;
    assert_eq!(report.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(report.json()["type"], "urn:eap:problem:unavailable");
    assert_eq!(report.header("retry-after"), "2");
    let metrics = service.get("/metrics").await;
    assert!(String::from_utf8(metrics.body).unwrap().contains("eap_database_up 0"));
}

#[tokio::test]
async fn reports_come_from_the_reader_and_orders_go_to_the_writer() {
    let reader = Service::start(&["--environment", "local"]).await;
    reader.post("/api/v1/orders", "text/csv", CSV).await;
    let mut service = Service::start(&["--environment", "local"]).await;
    let url = format!("sqlite:{}/t.db", reader.folder.path().display());
    service.state.db = service.state.db.clone().with_reader(&url, 2).await.unwrap();
    let day = "/api/v1/analytics/sales?start_date=2024-01-31&end_date=2024-01-31";
    let order = CSV.replace("A1", "B1").replace("A2", "B2");
    assert_eq!(service.post("/api/v1/orders", "text/csv", order).await.json()["inserted"], 2);
    assert_eq!(service.get(day).await.json()["total_revenue"].as_f64(), Some(21.25), "the reader's lines");
    assert_eq!(reader.get(day).await.json()["total_transactions"], 2, "nothing was written there");
    let written = sqlx::query("SELECT id FROM orders").fetch_all(&service.state.db.pool).await.unwrap();
    assert_eq!(written.len(), 2);

    assert_eq!(service.get("/health").await.status, StatusCode::OK);
    service.state.db.pool.close().await;
    assert_eq!(service.get("/health").await.status, StatusCode::SERVICE_UNAVAILABLE, "no order can be taken");
    assert_eq!(service.get(day).await.status, StatusCode::OK, "reports go on");
}

#[tokio::test]
async fn every_failure_is_a_problem_with_the_request_s_id() {
    let service = Service::start(&["--environment", "local"]).await;
    let unknown = service.get_with("/nowhere?key=hunter2", "x-request-id", "gateway-7").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(unknown.header("content-type"), "application/problem+json");
    assert_eq!(
        (unknown.header("x-request-id"), &unknown.json()["request_id"]),
        ("gateway-7", &"gateway-7".into())
    );
    assert!(!String::from_utf8(unknown.body).unwrap().contains("hunter2"));

    let method = service.ask(Request::delete("/health").body(Body::empty()).unwrap()).await;
    assert_eq!((method.status, method.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET,HEAD"));
    assert_eq!(method.json()["type"], "urn:eap:problem:method-not-allowed");
    assert_eq!(method.json()["request_id"].as_str().unwrap(), method.header("x-request-id"));

    let large = Request::post("/api/v1/data/seed").header("content-length", (8 << 20) + 1);
    let large = service.ask(large.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (large.status, large.header("content-type")),
        (StatusCode::PAYLOAD_TOO_LARGE, "application/problem+json")
    );

    let wrong = service.get("/api/v1/analytics/sales?start_date=2024-02-30&colour=red").await;
    let fields: Vec<_> =
        wrong.json()["errors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
    assert_eq!((wrong.status, fields), (StatusCode::BAD_REQUEST, vec!["start_date".into(), "colour".into()]));
}

#[tokio::test]
async fn a_panic_and_a_slow_answer_are_problems_too() {
    async fn panics() -> &'static str {
        panic!("hunter2")
    }
    let metrics = std::sync::Arc::new(crate::telemetry::Metrics::new());
    let slow = || async { tokio::time::sleep(Duration::from_mins(1)).await };
    let app = Router::new()
        .route("/panics", get(panics))
        .route("/slow", get(slow))
        .layer(from_fn_with_state(Duration::from_millis(20), limits::timeout))
        .layer(CatchPanicLayer::custom(observe::panicked))
        .layer(from_fn_with_state(metrics, observe::observe));
    for (path, status, kind) in [("/panics", 500, "internal"), ("/slow", 503, "unavailable")] {
        let response = app.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        let body = axum::body::to_bytes(response.into_body(), 1 << 16).await.unwrap();
        let problem: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem["type"], format!("urn:eap:problem:{kind}"));
        assert!(!String::from_utf8_lossy(&body).contains("hunter2"));
    }
}

#[tokio::test]
async fn the_documentation_needs_nobody_else() {
    let service = Service::start(&["--environment", "prod"]).await;
    let document = service.get("/openapi.json").await.json();
    for path in [
        "/",
        "/health",
        "/metrics",
        "/api/v1/orders",
        "/api/v1/analytics/sales",
        "/api/v1/stream/sales",
        "/api/v1/data/seed",
    ] {
        assert!(document["paths"][path].is_object(), "{path}");
    }
    assert_eq!(document["components"]["securitySchemes"]["key"]["scheme"], "bearer");
    for page in ["/docs/", "/redoc", "/docs/start.js"] {
        let answer = service.get(page).await;
        let text = String::from_utf8(answer.body.clone()).unwrap();
        assert_eq!(answer.status, StatusCode::OK, "{page}");
        assert!(
            !text.contains("//cdn") && !text.contains("src=\"http") && !text.contains("href=\"http"),
            "{text}"
        );
        assert!(answer.header("content-security-policy").starts_with("default-src 'self'"), "{page}");
    }
    assert_eq!(service.get("/docs").await.header("location"), "/docs/");
    assert_eq!(service.get("/docs/nothing.js").await.status, StatusCode::NOT_FOUND);
    let plain = service.get("/redoc/redoc.standalone.js").await;
    assert!(plain.body.len() > 1_000_000 && plain.header("content-encoding").is_empty());
    let zipped = service.get_with("/redoc/redoc.standalone.js", "accept-encoding", "gzip").await;
    assert_eq!((zipped.header("content-encoding"), &zipped.body[..2]), ("gzip", &[0x1f, 0x8b][..]));
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_ask() {
    let service = Service::start(&["--environment", "local"]).await;
    let zipped = service.get_with("/openapi.json", "accept-encoding", "gzip").await;
    assert_eq!(zipped.header("content-encoding"), "gzip");
    let plain = service.get("/openapi.json").await;
    assert!(zipped.body.len() * 3 < plain.body.len());
}
