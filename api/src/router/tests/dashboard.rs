//! The dashboard's page and files, and signing in to it.

use super::*;

const HOST: &str = "shop.example";

fn sign_in(body: String) -> Request<Body> {
    Request::post("/dashboard/session")
        .header("host", HOST)
        .header("content-type", "application/json")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(body))
        .unwrap()
}

/// Signs in with `key` (`Bearer eap_…`); answers the cookie as browsers send it.
async fn cookie(service: &Service, key: &str) -> String {
    let answer = service.ask(sign_in(format!(r#"{{"key":"{}"}}"#, &key["Bearer ".len()..]))).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

/// A request as a script of the dashboard sends it.
fn own(method: Method, path: &str, cookie: &str, body: &'static str) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", HOST)
        .header("cookie", cookie)
        .header("content-type", "text/csv")
        .header("sec-fetch-site", "same-origin")
        .header("x-eap-dashboard", "1")
        .body(Body::from(body))
        .unwrap()
}

#[tokio::test]
async fn browsers_get_the_page_and_programs_the_contract() {
    let service = Service::start(&["--environment", "prod"]).await;
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let page = service.get_with("/", "accept", browser).await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("vary"), "Accept, Accept-Encoding");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    for accept in ["*/*", "application/json", "text/htmlx"] {
        let answer = service.get_with("/", "accept", accept).await;
        assert_eq!(answer.json()["docs"], "/docs", "{accept}");
    }
    let again = service.get_with("/dashboard/sales", "if-none-match", page.header("etag")).await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
}

#[tokio::test]
async fn files_are_kept_for_good_under_their_digest_only() {
    let service = Service::start(&["--environment", "prod"]).await;
    let page = String::from_utf8(service.get("/dashboard").await.body).unwrap();
    let start = page.find("/dashboard/assets/").unwrap();
    let main = format!("{}/main.js", &page[start..start + "/dashboard/assets/".len() + 16]);
    assert!(page.contains(&main), "{main}");

    let plain = service.get(&main).await;
    assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(plain.header("content-type"), "text/javascript; charset=utf-8");
    let packed = service.get_with(&main, "accept-encoding", "gzip, br").await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(packed.body.as_slice()), &mut unpacked)
        .unwrap();
    assert_eq!(unpacked, plain.body);

    let other = service.get("/dashboard/assets/0000000000000000/main.js").await;
    assert_eq!((other.header("cache-control"), &other.body), ("no-cache", &plain.body));
    for none in ["/dashboard/assets/x/index.html", "/dashboard/assets/x/../../main.rs", "/dashboard/a/b"] {
        assert_eq!(service.get(none).await.status, StatusCode::NOT_FOUND, "{none}");
    }
}

#[tokio::test]
async fn a_key_becomes_a_cookie_that_reads_and_ends() {
    let service = Service::start(&["--environment", "prod"]).await;
    let key = service.key(&[Scope::Read]).await;
    let cookie = cookie(&service, &key).await;
    assert!(cookie.starts_with("__Host-eap_session="), "{cookie}");
    assert!(!cookie.contains(&key[key.len() - 64..]), "the key is not in it");

    let context = service.ask(own(Method::GET, "/dashboard/context", &cookie, "")).await;
    assert_eq!((context.status, &context.json()["scopes"]), (StatusCode::OK, &serde_json::json!(["read"])));
    let report = service.ask(own(Method::GET, "/api/v1/analytics/sales", &cookie, "")).await;
    assert_eq!(report.status, StatusCode::OK);
    // Its scopes are the key's.
    let refused = service.ask(own(Method::POST, "/api/v1/orders", &cookie, CSV)).await;
    assert_eq!(refused.json()["detail"], "This needs a key with the scope `ingest`.");

    let ended = service.ask(own(Method::DELETE, "/dashboard/session", &cookie, "")).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    assert!(ended.header("set-cookie").contains("Max-Age=0"));
    // Even for whoever kept a copy.
    let after = service.ask(own(Method::GET, "/dashboard/context", &cookie, "")).await;
    assert_eq!(
        (after.status, &after.json()["detail"]),
        (StatusCode::UNAUTHORIZED, &"This sign-in has ended.".into())
    );
}

#[tokio::test]
async fn a_cookie_writes_from_our_own_page_only() {
    let service = Service::start(&["--environment", "prod"]).await;
    let key = service.key(&[Scope::Read, Scope::Ingest]).await;
    let cookie = cookie(&service, &key).await;
    let landed = service.ask(own(Method::POST, "/api/v1/orders?file=a.csv", &cookie, CSV)).await;
    assert_eq!((landed.status, &landed.json()["inserted"]), (StatusCode::OK, &2.into()));
    let uploads = service.ask(own(Method::GET, "/dashboard/uploads", &cookie, "")).await.json();
    assert_eq!(
        (&uploads[0]["file"], &uploads[0]["inserted"], &uploads[0]["rejected"]),
        (&"a.csv".into(), &2.into(), &1.into())
    );

    let mut forged = own(Method::POST, "/api/v1/orders", &cookie, CSV);
    forged.headers_mut().remove("x-eap-dashboard");
    assert_eq!(service.ask(forged).await.status, StatusCode::FORBIDDEN, "a form of another site");
    let mut forged = own(Method::POST, "/api/v1/orders", &cookie, CSV);
    forged.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
    assert_eq!(service.ask(forged).await.status, StatusCode::FORBIDDEN, "a script of another site");
    let mut forged = own(Method::DELETE, "/dashboard/session", &cookie, "");
    forged.headers_mut().insert("sec-fetch-site", "same-site".parse().unwrap());
    assert_eq!(service.ask(forged).await.status, StatusCode::FORBIDDEN, "signing out");
}

#[tokio::test]
async fn sessions_end_with_their_key_and_with_time() {
    let service = Service::start(&["--environment", "prod"]).await;
    let key = service.key(&[Scope::Read]).await;
    let cookie = cookie(&service, &key).await;
    let id = key["Bearer eap_".len()..][..16].to_owned();
    // A session that was opened thirteen hours ago.
    let now = jiff::Timestamp::now();
    let old =
        session::open(&service.state.db, &id, now - jiff::SignedDuration::from_hours(13)).await.unwrap();
    let old = format!("__Host-eap_session={}", old.expose());
    assert_eq!(service.ask(own(Method::GET, "/metrics", &old, "")).await.status, StatusCode::UNAUTHORIZED);

    let mut transaction = service.state.db.begin_write().await.unwrap();
    store::revoke(&mut transaction, &id, now).await.unwrap();
    transaction.commit().await.unwrap();
    // Another instance, which remembers nothing of the key.
    let other = Service {
        state: AppState::new(
            service.state.db.clone(),
            (*service.state.settings).clone(),
            CancellationToken::new(),
        ),
        folder: tempfile::tempdir().unwrap(),
    };
    let answer = other.ask(own(Method::GET, "/metrics", &cookie, "")).await;
    assert_eq!(answer.json()["detail"], "This API key has been revoked.");
}

#[tokio::test]
async fn signing_in_is_refused_in_words() {
    let service = Service::start(&["--environment", "prod"]).await;
    let made_up = NewKey::random().unwrap();
    let answer = service.ask(sign_in(format!(r#"{{"key":"{}"}}"#, made_up.token.expose()))).await;
    assert_eq!((answer.status, answer.header("set-cookie")), (StatusCode::UNAUTHORIZED, ""));
    let secret = "eap_not_json";
    let answer = service.ask(sign_in(format!("{{{secret}"))).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(!String::from_utf8(answer.body).unwrap().contains(secret), "what was sent is not shown");

    let mut foreign = sign_in(r#"{"key":"x"}"#.to_owned());
    foreign.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
    assert_eq!(service.ask(foreign).await.status, StatusCode::FORBIDDEN);
    let mut last = StatusCode::OK;
    for _ in 0..12 {
        last = service.ask(sign_in(r#"{"key":"x"}"#.to_owned())).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);

    let local = Service::start(&["--environment", "local"]).await;
    let answer = local.ask(sign_in(r#"{"key":"x"}"#.to_owned())).await;
    assert_eq!(
        (answer.status, &answer.json()["detail"]),
        (StatusCode::CONFLICT, &"No key is needed here.".into())
    );
}

#[tokio::test]
async fn a_refusal_can_be_read_by_clients_that_take_gzip() {
    let service = Service::start(&["--environment", "prod"]).await;
    let answer = service.get_with("/dashboard/context", "accept-encoding", "gzip").await;
    assert_eq!((answer.status, answer.header("content-encoding")), (StatusCode::UNAUTHORIZED, ""));
    assert_eq!(answer.json()["status"], 401);
}

#[tokio::test]
async fn a_form_signs_in_too() {
    let service = Service::start(&["--environment", "prod"]).await;
    let key = service.key(&[Scope::Read]).await;
    let mut form = sign_in(format!("key={}", &key["Bearer ".len()..]));
    form.headers_mut().insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    let answer = service.ask(form).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/dashboard"));
    assert!(answer.header("set-cookie").contains("; HttpOnly; SameSite=Strict; Max-Age=43200; Secure"));
}

#[tokio::test]
async fn the_newest_orders_come_exactly() {
    let service = Service::start(&[]).await;
    assert_eq!(service.get("/api/v1/orders").await.json(), serde_json::json!([]));
    assert_eq!(service.get("/dashboard/context").await.json()["last_day"], Value::Null);
    service.post("/api/v1/orders", "text/csv", CSV).await;
    let orders = service.get("/api/v1/orders?limit=1").await;
    assert_eq!(
        String::from_utf8(orders.body).unwrap(),
        r#"[{"order_id":"A2","ordered_at":"2024-01-31T23:30:00Z","customer_id":"","region":"South","channel":"store","currency":"USD","lines":1,"net_revenue":1.25}]"#
    );
    let context = service.get("/dashboard/context").await.json();
    assert_eq!((&context["first_day"], &context["last_day"]), (&"2024-01-31".into(), &"2024-01-31".into()));
    assert_eq!(context["regions"], serde_json::json!(["North", "South"]));
    assert_eq!(service.get("/api/v1/orders?limit=0").await.status, StatusCode::BAD_REQUEST);
}
