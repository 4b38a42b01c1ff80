//! Totals as orders land.

use super::*;

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
async fn a_place_is_free_again_when_its_listener_is_gone() {
    let service = Service::start(&["--environment", "local", "--max-listeners", "1"]).await;
    let listen = Request::get("/api/v1/stream/sales").body(Body::empty()).unwrap();
    let first = service.respond(listen).await;
    let second = service.get("/api/v1/stream/sales?wait=0").await;
    assert_eq!(
        (second.status, second.header("retry-after").is_empty()),
        (StatusCode::SERVICE_UNAVAILABLE, false)
    );
    drop(first);
    assert_eq!(service.get("/api/v1/stream/sales?wait=0").await.status, StatusCode::NO_CONTENT);
}
