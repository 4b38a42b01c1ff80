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
    access::{Scopes, key::NewKey, store},
    config::{RateLimit, ServerOptions, Settings, StoreOptions},
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
    _folder: TempDir,
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
        let options = Options::try_parse_from([&["eap-api"], arguments].concat()).unwrap();
        let mut settings = Settings::new(&options.store, &options.server).unwrap();
        adjust(&mut settings);
        Self { state: AppState::new(db, settings, CancellationToken::new()), _folder: folder }
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
async fn without_a_key_nobody_reads_or_writes() {
    let service = Service::start(&["--environment", "prod"]).await;
    for path in ["/", "/health", "/health/live", "/docs/", "/redoc", "/openapi.json"] {
        assert_eq!(service.get(path).await.status, StatusCode::OK, "{path}");
    }
    for path in [
        "/metrics",
        "/api/v1/analytics/sales",
        "/api/v1/analytics/customers",
        "/api/v1/analytics/products",
        "/api/v1/stream/sales",
    ] {
        let answer = service.get(path).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"eap\"");
        assert_eq!(answer.json()["status"], 401);
    }
    let made_up = format!("Bearer {}", NewKey::random().unwrap().token.expose());
    for wrong in ["", "Bearer", "Bearer eap_x_y", "Basic dXNlcjpwYXNz", &made_up] {
        let answer = service.get_with("/metrics", "authorization", wrong).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{wrong:?}");
    }
}

#[tokio::test]
async fn a_refused_upload_is_never_read() {
    let service = Service::start(&["--environment", "prod"]).await;
    let touched = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let seen = touched.clone();
    let body = Body::from_stream(futures_util::stream::once(async move {
        seen.store(true, std::sync::atomic::Ordering::SeqCst);
        Ok::<_, std::io::Error>(CSV)
    }));
    let answer = service.post("/api/v1/orders", "text/csv", body).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(!touched.load(std::sync::atomic::Ordering::SeqCst));
}

#[tokio::test]
async fn scopes_open_their_own_routes_only() {
    let service = Service::start(&["--environment", "prod"]).await;
    let key = |scope| service.key(std::slice::from_ref(scope));
    let (read, ingest) = (key(&Scope::Read).await, key(&Scope::Ingest).await);
    let post = |path: &str, key: &str| {
        Request::post(path)
            .header("authorization", key)
            .header("content-type", "text/csv")
            .body(Body::from(CSV))
            .unwrap()
    };
    assert_eq!(service.get_with("/metrics", "authorization", &read).await.status, StatusCode::OK);
    assert_eq!(service.get_with("/metrics", "authorization", &ingest).await.status, StatusCode::FORBIDDEN);
    assert_eq!(service.ask(post("/api/v1/orders", &read)).await.status, StatusCode::FORBIDDEN);
    assert_eq!(service.ask(post("/api/v1/orders", &ingest)).await.status, StatusCode::OK);
    let refused = service.ask(post("/api/v1/data/seed", &ingest)).await;
    assert_eq!(refused.json()["detail"], "This needs a key with the scope `admin`.");

    // The right id with another key's secret opens nothing.
    let mixed = format!("{}{}", &read[..read.len() - 64], &ingest[ingest.len() - 64..]);
    assert_eq!(service.get_with("/metrics", "authorization", &mixed).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_revoked_key_is_refused() {
    let service = Service::start(&["--environment", "prod"]).await;
    let key = service.key(&[Scope::Read]).await;
    let id = key["Bearer eap_".len()..][..16].to_owned();
    let mut transaction = service.state.db.begin_write().await.unwrap();
    assert_eq!(store::revoke(&mut transaction, &id, jiff::Timestamp::now()).await.unwrap(), 1);
    assert_eq!(store::revoke(&mut transaction, &id, jiff::Timestamp::now()).await.unwrap(), 0);
    transaction.commit().await.unwrap();
    let answer = service.get_with("/metrics", "authorization", &key).await;
    assert_eq!(answer.json()["detail"], "This API key has been revoked.");
}

#[tokio::test]
async fn each_key_has_its_own_rate() {
    let limit = RateLimit { per_second: NonZeroU32::MIN, burst: NonZeroU32::new(2).unwrap() };
    let service = Service::start_with(&["--environment", "prod"], |s| s.rate_limit = Some(limit)).await;
    let (one, other) = (service.key(&[Scope::Read]).await, service.key(&[Scope::Read]).await);
    let first = service.get_with("/metrics", "authorization", &one).await;
    let rate =
        |a: &Answer| ["limit", "remaining", "reset"].map(|n| a.header(&format!("ratelimit-{n}")).to_owned());
    assert_eq!(rate(&first), ["2", "1", "1"]);
    service.get_with("/metrics", "authorization", &one).await;
    let third = service.get_with("/metrics", "authorization", &one).await;
    assert_eq!((third.status, third.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "1"));
    assert_eq!(rate(&third), ["2", "0", "2"]);
    assert_eq!(third.json()["type"], "urn:eap:problem:too-many-requests");
    assert_eq!(service.get_with("/metrics", "authorization", &other).await.status, StatusCode::OK);
}

#[tokio::test]
async fn browsers_may_call_from_listed_origins_only() {
    let preflight = |origin: &str| {
        Request::builder()
            .method(Method::OPTIONS)
            .uri("/api/v1/analytics/sales")
            .header("origin", origin)
            .header("access-control-request-method", "GET")
            .body(Body::empty())
            .unwrap()
    };
    let closed = Service::start(&["--environment", "prod"]).await;
    assert_eq!(closed.ask(preflight("https://a.example")).await.header("access-control-allow-origin"), "");
    let listed = ["--environment", "prod", "--cors-allowed-origins", "https://a.example"];
    let open = Service::start(&listed).await;
    assert_eq!(
        open.ask(preflight("https://a.example")).await.header("access-control-allow-origin"),
        "https://a.example"
    );
    assert_eq!(open.ask(preflight("https://b.example")).await.header("access-control-allow-origin"), "");
    let answer = open.get_with("/", "origin", "https://a.example").await;
    assert_eq!(answer.header("access-control-allow-credentials"), "");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn good_orders_land_and_the_others_are_named() {
    let service = Service::start(&["--environment", "local"]).await;
    let answer = service.post("/api/v1/orders", "text/csv; charset=utf-8", gzip(CSV.as_bytes())).await;
    let body = answer.json();
    assert_eq!(answer.status, StatusCode::OK, "{body}");
    assert_eq!((body["received"].as_u64(), body["rejected"].as_u64()), (Some(3), Some(1)), "{body}");
    assert_eq!(body["inserted"], 2);
    assert_eq!(
        (body["errors"][0]["line"].as_u64(), body["errors"][0]["field"].as_str()),
        (Some(3), Some("quantity"))
    );

    let sales = service.get("/api/v1/analytics/sales?start_date=2024-01-31&end_date=2024-01-31").await.json();
    assert_eq!(
        (sales["total_revenue"].as_f64(), sales["total_transactions"].as_u64()),
        (Some(21.25), Some(2))
    );
    let metrics = String::from_utf8(service.get("/metrics").await.body).unwrap();
    assert!(metrics.lines().any(|line| line == "eap_order_lines 2"), "{metrics}");
    let counted = r#"http_requests_total{method="POST",route="/api/v1/orders",status="200"} 1"#;
    assert!(metrics.lines().any(|line| line == counted), "{metrics}");
}

#[tokio::test]
async fn an_atomic_upload_lands_whole_or_not_at_all() {
    let service = Service::start(&["--environment", "local"]).await;
    let answer = service.post("/api/v1/orders?atomic=true", "text/csv", CSV).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        (answer.json()["inserted"].as_u64(), answer.json()["errors"][0]["line"].as_u64()),
        (Some(0), Some(3))
    );
    let sales = service.get("/api/v1/analytics/sales?start_date=2024-01-31&end_date=2024-01-31").await.json();
    assert_eq!(sales["total_transactions"], 0);
    let wrong = service.post("/api/v1/orders?atomic=maybe&x=1", "text/csv", CSV).await;
    assert_eq!(
        (wrong.status, wrong.json()["errors"].as_array().map(Vec::len)),
        (StatusCode::BAD_REQUEST, Some(2))
    );
}

#[tokio::test]
async fn other_bodies_are_refused_before_anything_lands() {
    let service =
        Service::start(&["--environment", "local", "--max-body-bytes", "1000", "--max-stream-bytes", "2000"])
            .await;
    for (kind, status) in
        [("text/plain", 415), ("application/xml", 415), ("text/csv", 400), ("application/json", 400)]
    {
        let answer = service.post("/api/v1/orders", kind, "{\"").await;
        assert_eq!(answer.status.as_u16(), status, "{kind}");
    }
    let zipped =
        Request::post("/api/v1/orders").header("content-type", "text/csv").header("content-encoding", "br");
    assert_eq!(
        service.ask(zipped.body(Body::from("x")).unwrap()).await.status,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );

    // Announced, streamed, and hidden in gzip: a JSON body is bounded each way.
    let blank = vec![b' '; 1001];
    let announced = Request::post("/api/v1/orders")
        .header("content-type", "application/json")
        .header("content-length", "209715200");
    let mut answers = vec![service.ask(announced.body(Body::empty()).unwrap()).await];
    let chunks = futures_util::stream::iter(vec![Ok::<_, std::io::Error>(blank.clone())]);
    answers.push(service.post("/api/v1/orders", "application/json", Body::from_stream(chunks)).await);
    answers.push(service.post("/api/v1/orders", "application/json", gzip(&blank)).await);
    let stream = futures_util::stream::iter(vec![blank; 3]).map(Ok::<_, std::io::Error>);
    answers.push(service.post("/api/v1/orders", "application/x-ndjson", Body::from_stream(stream)).await);
    for answer in answers {
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", String::from_utf8_lossy(&answer.body));
    }
}

#[tokio::test]
async fn the_sample_goes_into_an_empty_store_only() {
    let service = Service::start(&["--environment", "local"]).await;
    let seeded = service.post("/api/v1/data/seed", "application/json", "").await;
    assert_eq!((seeded.status, seeded.json()["inserted"].as_u64()), (StatusCode::OK, Some(9_994)));
    assert!(seeded.json()["message"].is_string());
    let again = service.post("/api/v1/data/seed", "application/json", "").await;
    assert_eq!((again.status, again.json()["status"].as_u64()), (StatusCode::CONFLICT, Some(409)));
    let sales = service.get("/api/v1/analytics/sales?start_date=2014-01-01&end_date=2017-12-31").await;
    // Counted by another program: see the issue's figures.
    assert!(String::from_utf8(sales.body).unwrap().contains("\"total_revenue\":2297201.07"));
    let acts = sqlx::query("SELECT id FROM audit_log WHERE action = ?").bind(b"data.seed".to_vec());
    assert_eq!(acts.fetch_all(&service.state.db.pool).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_long_poll_answers_at_the_first_change() {
    let service = Service::start(&["--environment", "local"]).await;
    let watch = service.state.changes.clone().watch(service.state.db.clone(), service.state.shutdown.clone());
    tokio::spawn(watch);
    let day = "start_date=2024-01-31&end_date=2024-01-31";
    let nothing = service.get(&format!("/api/v1/stream/sales?{day}&wait=0")).await;
    assert_eq!(nothing.status, StatusCode::NO_CONTENT);

    let path = format!("/api/v1/stream/sales?{day}&wait=20");
    let (polled, _) = tokio::join!(service.get(&path), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        service.post("/api/v1/orders", "text/csv", CSV).await
    });
    assert_eq!((polled.status, polled.json()["total_revenue"].as_f64()), (StatusCode::OK, Some(21.25)));
    let version = polled.json()["data_version"].as_i64().unwrap();
    assert_eq!(polled.header("last-event-id"), version.to_string());

    let seen = service.get(&format!("/api/v1/stream/sales?{day}&wait=0&after={version}")).await;
    assert_eq!(seen.status, StatusCode::NO_CONTENT);
    let missed = service.get(&format!("/api/v1/stream/sales?{day}&wait=20&after={}", version - 1)).await;
    assert_eq!(missed.json()["data_version"], version);

    let wrong = service.get("/api/v1/stream/sales?wait=99&after=x&limit=3").await;
    assert_eq!(
        (wrong.status, wrong.json()["errors"].as_array().map(Vec::len)),
        (StatusCode::BAD_REQUEST, Some(3))
    );
}

#[tokio::test]
async fn events_resume_after_the_last_one_and_end_with_the_process() {
    let service = Service::start(&["--environment", "local"]).await;
    service.post("/api/v1/orders", "text/csv", CSV).await;
    let version = service.state.db.data_version().await.unwrap();
    let request = |last: i64| {
        Request::get("/api/v1/stream/sales?start_date=2024-01-31&end_date=2024-01-31")
            .header("last-event-id", last.to_string())
            .body(Body::empty())
            .unwrap()
    };
    // Told to end before it is read: what is due already still comes, then the stream is over.
    let (behind, level) =
        (service.respond(request(version - 1)).await, service.respond(request(version)).await);
    assert_eq!(behind.headers()["content-type"], "text/event-stream");
    let shutdown = service.state.shutdown.clone();
    let end = async move {
        tokio::time::sleep(Duration::from_millis(500)).await;
        shutdown.cancel();
    };
    let read = |response: Response| axum::body::to_bytes(response.into_body(), 1 << 16);
    let (behind, level, ()) = tokio::join!(read(behind), read(level), end);
    let text = String::from_utf8(behind.unwrap().to_vec()).unwrap();
    assert_eq!(text.matches("event: sales").count(), 1, "{text}");
    assert!(text.contains(&format!("id: {version}")) && text.contains("\"total_revenue\":21.25"), "{text}");
    assert_eq!(level.unwrap().len(), 0);
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
    for page in ["/docs/", "/redoc", "/docs/swagger-initializer.js"] {
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
