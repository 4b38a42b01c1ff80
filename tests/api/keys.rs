//! `eap-api keys` as an operator runs it: what it makes opens a server, what it revokes no longer does, and the audit
//! log tells of both.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    databases, http,
    program::{self, Ended, Server},
};

fn keys(url: &str, arguments: &[&str]) -> Ended {
    program::run(url, &[&["keys"], arguments].concat())
}

fn json_of(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
}

/// A server that needs keys.
fn guarded(url: &str) -> Server {
    let mut server = program::command(url, &["serve", "--port", "0", "--environment", "staging"]);
    server.env("HOST", "127.0.0.1");
    Server::spawn(server)
}

/// A new key, and its id.
fn make(url: &str, name: &str, scope: &str) -> (String, String) {
    let made = keys(url, &["create", "--name", name, "--scope", scope]);
    assert_eq!(made.code, 0, "{made:?}");
    let token = made.stdout.trim_end();
    (token.to_owned(), token[4..20].to_owned())
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

#[tokio::test]
async fn keys_are_made_listed_revoked_and_audited() {
    for store in databases::stores("UTC").await {
        let url = &store.url;
        let server = guarded(url);
        let status = |path: &str, token: &str| http::get_with(server.address, path, &bearer(token)).status;

        let made =
            keys(url, &["create", "--name", "Zoë\u{2019}s shop", "--scope", "read", "--scope", "admin"]);
        assert_eq!(made.code, 0, "{made:?}");
        // The key alone, so that a script can take it; the talk goes elsewhere.
        let token = made.stdout.trim_end();
        assert!(token.starts_with("eap_") && token.len() == 85 && !made.stderr.contains(token), "{made:?}");
        let id = &token[4..20];
        assert_eq!(status("/metrics", token), 200, "{}", store.name);
        let other =
            json_of(&keys(url, &["create", "--name", "till", "--scope", "ingest", "--output", "json"]));
        let other = other["key"].as_str().expect("a key");
        assert_eq!((status("/metrics", other), status("/api/v1/audit", other)), (403, 403), "{}", store.name);

        let listed = keys(url, &["list", "--output", "json"]);
        let rows = json_of(&listed);
        let mine = rows.as_array().expect("a list").iter().find(|key| key["id"] == id).expect("the key");
        assert_eq!((&mine["name"], &mine["scopes"]), (&json!("Zoë’s shop"), &json!(["read", "admin"])));
        assert!(mine["revoked"].is_null() && !listed.stdout.contains(&token[21..]), "{listed:?}");

        let acts = http::get_with(server.address, "/api/v1/audit", &bearer(token));
        assert_eq!(acts.json(), json_of(&keys(url, &["audit", "--output", "json"])), "{}", store.name);

        let revoked = keys(url, &["revoke", &format!("eap_{id}")]);
        assert_eq!((revoked.code, revoked.stdout), (0, format!("key {id} is revoked\n")));
        assert_eq!(keys(url, &["revoke", id]).code, 0, "to revoke it again is no mistake");
        let shown = keys(url, &["list"]);
        assert!(
            shown.stdout.lines().any(|line| line.starts_with(id) && line.contains("revoked")),
            "{shown:?}"
        );
        let fresh = guarded(url);
        assert_eq!(http::get_with(fresh.address, "/metrics", &bearer(token)).status, 401, "{}", store.name);

        let acts = json_of(&keys(url, &["audit", "--limit", "3", "--output", "json"]));
        let told = |act: &Value| {
            [&act["actor"], &act["action"], &act["subject"], &act["detail"]].map(Value::to_string)
        };
        let told: Vec<_> = acts.as_array().expect("a list").iter().map(told).collect();
        let expected = [
            ["command line", "key.revoke", id, ""],
            ["command line", "key.create", &other[4..20], "till: ingest"],
            ["command line", "key.create", id, "Zoë’s shop: read, admin"],
        ];
        assert_eq!(told, expected.map(|act| act.map(|text| json!(text).to_string())), "{}", store.name);
    }
}

#[tokio::test]
async fn what_a_key_does_over_http_is_audited_with_its_request() {
    for store in databases::stores("UTC").await {
        let (name, url) = (store.name, &store.url);
        let ((admin, admin_id), (till, _)) = (make(url, "office", "admin"), make(url, "till", "ingest"));
        let server = guarded(url);
        let seed = |token: &str, request: &str| {
            let headers = format!("{}X-Request-Id: {request}\r\n", bearer(token));
            http::post_with(server.address, "/api/v1/data/seed", &headers, b"").status
        };
        assert_eq!(seed(&till, "gateway-6"), 403, "{name}");
        assert_eq!(seed(&admin, "gateway-7"), 200, "{name}");
        assert_eq!(seed(&admin, "gateway-8"), 409, "{name}: the store is not empty any more");

        let acts = http::get_with(server.address, "/api/v1/audit", &bearer(&admin)).json();
        let told = |act: &Value| {
            ["actor", "action", "subject", "detail", "request_id"].map(|field| act[field].clone())
        };
        let acts = acts.as_array().expect("a list");
        // After the two keys, one act: what was refused is none.
        assert_eq!(acts.len(), 3, "{name}: {acts:?}");
        let expected = [admin_id.as_str(), "data.seed", "superstore", "9994 lines", "gateway-7"];
        assert_eq!(told(&acts[0]), expected.map(|text| json!(text)), "{name}");
    }
}

/// The time that `eap-api keys revoke --help` promises, and a little more for the question itself.
const REVOKED_WITHIN: Duration = Duration::from_secs(32);

#[tokio::test]
async fn a_running_server_takes_a_key_no_longer_soon_after_it_is_revoked() {
    let store = databases::sqlite("UTC").await;
    let ((gone, id), (kept, _)) = (make(&store.url, "gone", "read"), make(&store.url, "kept", "read"));
    let server = guarded(&store.url);
    let ask = |token: &str| http::get_with(server.address, "/api/v1/analytics/products", &bearer(token));
    // Asked for just before it is revoked, so that the server remembers it as long as it ever does.
    assert_eq!((ask(&gone).status, ask(&kept).status), (200, 200));
    let revoked = keys(&store.url, &["revoke", &id]);
    assert_eq!(revoked.code, 0, "{revoked:?}");
    let since = Instant::now();
    while ask(&gone).status == 200 {
        assert!(since.elapsed() < REVOKED_WITHIN, "the server takes a key that was revoked");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let refused = ask(&gone);
    assert_eq!(
        (refused.status, refused.json()["detail"].as_str()),
        (401, Some("This API key has been revoked."))
    );
    assert_eq!(ask(&kept).status, 200, "the other key is as good as before");
}

#[tokio::test]
async fn wrong_calls_store_nothing_and_show_no_key() {
    let store = databases::sqlite("UTC").await;
    let secret = "eap_0123456789abcdef_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    for (arguments, code) in [
        (&["create", "--name", "x"][..], 64),
        (&["create", "--name", " ", "--scope", "read"], 64),
        (&["create", "--name", "a\nb", "--scope", "read"], 64),
        (&["create", "--name", "x", "--scope", "everything"], 64),
        (&["revoke", "0123456789abcdef"], 1),
        (&["revoke", secret], 1),
    ] {
        let ended = keys(&store.url, arguments);
        assert_eq!(ended.code, code, "{arguments:?}: {ended:?}");
        assert!(!ended.stderr.contains("aaaaaaaa") && ended.stdout.is_empty(), "{ended:?}");
    }
    let nothing = keys(&store.url, &["audit", "--output", "json"]);
    assert_eq!(json_of(&nothing), json!([]));
}
