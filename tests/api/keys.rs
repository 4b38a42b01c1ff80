//! `eap-api keys` as an operator runs it: what it makes opens a server, what it revokes no longer does, and the audit
//! log tells of both.

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

#[tokio::test]
async fn keys_are_made_listed_revoked_and_audited() {
    for store in databases::stores("UTC").await {
        let url = &store.url;
        let mut server = program::command(url, &["serve", "--port", "0", "--environment", "staging"]);
        server.env("HOST", "127.0.0.1");
        let server = Server::spawn(server);
        let status = |path: &str, token: &str| {
            http::get_with(server.address, path, &format!("Authorization: Bearer {token}\r\n")).status
        };

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

        let acts =
            http::get_with(server.address, "/api/v1/audit", &format!("Authorization: Bearer {token}\r\n"));
        assert_eq!(acts.json(), json_of(&keys(url, &["audit", "--output", "json"])), "{}", store.name);

        let revoked = keys(url, &["revoke", &format!("eap_{id}")]);
        assert_eq!((revoked.code, revoked.stdout), (0, format!("key {id} is revoked\n")));
        assert_eq!(keys(url, &["revoke", id]).code, 0, "to revoke it again is no mistake");
        let shown = keys(url, &["list"]);
        assert!(
            shown.stdout.lines().any(|line| line.starts_with(id) && line.contains("revoked")),
            "{shown:?}"
        );
        let fresh = program::command(url, &["serve", "--port", "0", "--environment", "staging"]);
        let fresh = Server::spawn(fresh);
        let header = format!("Authorization: Bearer {token}\r\n");
        assert_eq!(http::get_with(fresh.address, "/metrics", &header).status, 401, "{}", store.name);

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
