//! Who gets in, how often, and from which web pages.

use super::*;

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
