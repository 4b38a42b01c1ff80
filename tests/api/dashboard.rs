//! Signing in and what the dashboard asks beside the reports, on every kind of database, with two instances on each.

use std::{io::Write as _, net::SocketAddr};

use serde_json::json;

use crate::{
    databases,
    http::{self, Answer},
    program::{self, Server},
};

const CSV: &str = "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,channel,refund\n\
    A1,1,C1,P1,Lamp,Light,2,10.00,2024-01-31T23:30:00Z,North,online,\n\
    A1,2,C1,P2,Bulb,Light,1,4.99,2024-02-02T10:00:00Z,North,online,true\n\
    A2,1,,P2,Bulb,Light,1,1.25,2023-12-31T23:30:00Z,Süd,store,\n\
    A3,1,,P2,Bulb,Light,none,1.25,2023-12-31T23:30:00Z,Süd,store,\n";

/// Sends as a script of the dashboard does.
fn send(address: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> Answer {
    let headers = format!(
        "{headers}Sec-Fetch-Site: same-origin\r\nX-Eap-Dashboard: 1\r\nContent-Length: {}\r\n",
        body.len()
    );
    let mut exchange = http::open(address, method, path, &headers);
    exchange.stream.write_all(body.as_bytes()).expect("send");
    exchange.answer()
}

#[tokio::test]
async fn a_sign_in_holds_on_every_instance_and_database() {
    for store in databases::stores("UTC").await {
        let name = store.name;
        let keys =
            ["keys", "create", "--name", "x", "--scope", "read", "--scope", "ingest", "--output", "json"];
        let made = program::run(&store.url, &keys);
        let made: serde_json::Value =
            serde_json::from_str(&made.stdout).unwrap_or_else(|error| panic!("{name}: {error}: {made:?}"));
        let start = || Server::start(&store.url, &["--environment", "staging", "--host", "127.0.0.1"]);
        let (one, other) = (start(), start());

        let key = json!({"key": made["key"]}).to_string();
        let json = "Content-Type: application/json\r\n";
        let answer = send(one.address, "POST", "/dashboard/session", json, &key);
        assert_eq!(answer.status, 204, "{name}: {}", answer.text());
        let cookie = answer.header("set-cookie").split(';').next().unwrap_or_default();
        assert!(cookie.starts_with("eap_session="), "{name}: no Secure on loopback: {cookie}");
        let cookie = format!("Cookie: {cookie}\r\n");

        let csv = format!("{cookie}Content-Type: text/csv\r\n");
        let landed =
            send(other.address, "POST", "/api/v1/orders?file=%C3%A4%20b.csv&before=5,3,0,0,2", &csv, CSV);
        assert_eq!((landed.status, landed.json()["inserted"].as_u64()), (200, Some(3)), "{name}");
        let uploads = send(one.address, "GET", "/dashboard/uploads", &cookie, "").json();
        let counts = json!([uploads[0]["received"], uploads[0]["inserted"], uploads[0]["rejected"]]);
        assert_eq!((&uploads[0]["file"], counts), (&json!("ä b.csv"), json!([9, 6, 3])), "{name}");
        let orders = send(one.address, "GET", "/api/v1/orders", &cookie, "").text();
        let newest = r#"[{"order_id":"A2","ordered_at":"2023-12-31T23:30:00Z","customer_id":"","region":"Süd","channel":"store","currency":"USD","lines":1,"net_revenue":1.25},{"order_id":"A1","ordered_at":"2024-01-31T23:30:00Z","customer_id":"C1","region":"North","channel":"online","currency":"USD","lines":2,"net_revenue":15.01}]"#;
        assert_eq!(orders, newest, "{name}");
        let context = send(other.address, "GET", "/dashboard/context", &cookie, "").json();
        assert_eq!(context["scopes"], json!(["read", "ingest"]), "{name}");
        assert_eq!(context["regions"], json!(["North", "Süd"]), "{name}");
        assert_eq!(
            (&context["first_day"], &context["last_day"]),
            (&json!("2023-12-31"), &json!("2024-01-31")),
            "{name}"
        );

        // Twice, as after an answer that was lost, and to both instances: listed once, as it was the first time.
        let keyed = format!("{csv}Idempotency-Key: 0f4e\r\n");
        let csv_of_others = CSV.replace(",C1,", ",C2,");
        for (address, replaced) in [(one.address, 2), (other.address, 0)] {
            let landed = send(address, "POST", "/api/v1/orders?file=again.csv", &keyed, &csv_of_others);
            assert_eq!((landed.status, landed.json()["replaced"].as_u64()), (200, Some(replaced)), "{name}");
        }
        let uploads = send(other.address, "GET", "/dashboard/uploads", &cookie, "").json();
        let listed = json!([uploads[0]["file"], uploads[0]["replaced"], uploads[1]["file"], uploads[2]]);
        assert_eq!(listed, json!(["again.csv", 2, "ä b.csv", null]), "{name}");

        assert_eq!(send(other.address, "DELETE", "/dashboard/session", &cookie, "").status, 204, "{name}");
        assert_eq!(send(one.address, "GET", "/dashboard/context", &cookie, "").status, 401, "{name}");
    }
}
