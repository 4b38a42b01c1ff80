//! `eap-api serve` over HTTP: the sample's figures to the cent, conditional requests, events, a long poll.

use std::{fmt::Write as _, io::Write as _, time::Duration};

use flate2::{Compression, write::GzEncoder};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    databases,
    http::{self, Answer},
    program::{self, Server},
};

const FOUR_YEARS: &str = "/api/v1/analytics/sales?start_date=2014-01-01&end_date=2017-12-31";

/// A migrated embedded database, and a server on it.
pub(crate) fn embedded(arguments: &[&str]) -> (TempDir, Server) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}/analytics.db", folder.path().display());
    let migrated = program::run(&url, &["migrate"]);
    assert_eq!(migrated.code, 0, "{migrated:?}");
    let server = Server::start(&url, arguments);
    (folder, server)
}

#[test]
fn the_sample_is_answered_to_the_cent() {
    let (_folder, server) = embedded(&[]);
    let ask = |path: &str| http::get(server.address, path);
    let seeded = http::post(server.address, "/api/v1/data/seed", "application/json", b"");
    assert_eq!((seeded.status, seeded.json()["inserted"].as_u64()), (200, Some(9_994)), "{}", seeded.text());

    let sales = ask(FOUR_YEARS);
    assert_eq!((sales.status, sales.header("content-type")), (200, "application/json"));
    // As text: a number that was ever a float might differ behind the cent.
    for part in [
        r#""total_revenue":2297201.07,"#,
        r#""gross_revenue":2863935.04,"#,
        r#""discounts":566733.97,"#,
        r#""total_transactions":5009,"#,
        r#""avg_transaction_value":458.61,"#,
        r#""distinct_customers":793,"#,
        r#""revenue_by_region":{"Central":501239.88,"East":678781.36,"South":391721.9,"West":725457.93}"#,
        r#""revenue_by_channel":{"online":2297201.07}"#,
    ] {
        assert!(sales.text().contains(part), "{part} is not in {}", sales.text());
    }
    let by_year = ask(&format!("{FOUR_YEARS}&granularity=year")).json();
    let revenues = by_year["series"].as_array().expect("a series").iter().map(|year| &year["revenue"]);
    let sum: f64 = revenues.map(|revenue| revenue.as_f64().expect("a number")).sum();
    assert!((sum - 2_297_201.07).abs() < 0.005, "{sum}");

    let customers = ask("/api/v1/analytics/customers?start_date=2014-01-01&end_date=2017-12-31").json();
    assert_eq!((&customers["total_customers"], &customers["active_customers"]), (&json!(793), &json!(793)));
    assert_eq!(customers["top_customers"][0]["customer_id"], "SM-20320");
    let products = ask("/api/v1/analytics/products").json();
    assert_eq!(products["total_products"], 1_862);
    assert_eq!(products["inventory_insights"]["total_categories"], 3);

    let csv = ask(&format!("{FOUR_YEARS}&granularity=year&format=csv"));
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.text().lines().count(), 5, "{}", csv.text());
    let again = http::post(server.address, "/api/v1/data/seed", "application/json", b"");
    assert_eq!(again.status, 409, "a second seed would double the sample");
}

#[test]
fn an_answer_that_is_held_is_not_sent_again_until_orders_land() {
    let (_folder, server) = embedded(&[]);
    let day = "/api/v1/analytics/sales?start_date=2024-01-31&end_date=2024-01-31";
    let first = http::get(server.address, day);
    let conditional =
        |tag: &str| http::get_with(server.address, day, &format!("If-None-Match: W/\"x\", {tag}\r\n"));
    let held = conditional(first.header("etag"));
    assert_eq!((held.status, held.header("etag"), held.body.len()), (304, first.header("etag"), 0));

    assert_eq!(send(&server, "A1", "10.00").json()["inserted"], 1);
    let fresh = conditional(first.header("etag"));
    assert_eq!((fresh.status, fresh.json()["total_revenue"].as_f64()), (200, Some(20.0)));
    assert_ne!(fresh.header("etag"), first.header("etag"));
    assert_eq!(send(&server, "A1", "10.00").json()["unchanged"], 1);
    assert_eq!(conditional(fresh.header("etag")).status, 304, "sending again changes nothing");
    assert_eq!(send(&server, "A1", "12.34").json()["replaced"], 1);
    assert_eq!(conditional(fresh.header("etag")).json()["total_revenue"], 24.68);
}

/// As `curl` sends a file when it is told what it is; without the header, the first bytes tell.
#[test]
fn what_is_gzipped_and_says_so_lands() {
    let (_folder, server) = embedded(&[]);
    let csv = "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,channel\n\
        A1,1,C1,P1,Lamp,Light,2,5.00,2024-01-31T10:00:00Z,North,online\n\
        A2,1,C1,P1,Lamp,Light,1,7.50,2024-01-31T10:00:00Z,North,online\n";
    let order = order("A3", "10.00");
    let post = |kind: &str, encoding: &str, text: &str| {
        let headers = format!("Content-Type: {kind}\r\nContent-Encoding: {encoding}\r\n");
        http::post_with(server.address, "/api/v1/orders", &headers, &gzipped(text))
    };
    for (kind, encoding, text, inserted, revenue) in [
        ("text/csv", "gzip", csv, 2, 17.5),
        ("application/json", "gzip", &order, 1, 37.5),
        ("application/json", "x-gzip", &order.replace("A3", "A4"), 1, 57.5),
    ] {
        let answer = post(kind, encoding, text);
        assert_eq!(
            (answer.status, answer.json()["inserted"].as_u64()),
            (200, Some(inserted)),
            "{encoding} {kind}"
        );
        let day =
            http::get(server.address, "/api/v1/analytics/sales?start_date=2024-01-31&end_date=2024-01-31");
        assert_eq!(day.json()["total_revenue"].as_f64(), Some(revenue), "{encoding} {kind}");
    }
}

fn gzipped(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).expect("memory takes everything");
    encoder.finish().expect("memory takes everything")
}

#[test]
fn those_who_listen_hear_of_orders_as_they_land() {
    let (_folder, server) = embedded(&[]);
    let stream = "/api/v1/stream/sales?start_date=2024-01-31&end_date=2024-01-31";
    let mut events = http::open(server.address, "GET", stream, "");
    let before = next_event(&mut events);
    assert!(before.contains("\"total_revenue\":0,"), "{before}");

    let address = server.address;
    let polled = std::thread::spawn(move || http::get(address, &format!("{stream}&wait=20")));
    std::thread::sleep(Duration::from_millis(300));
    send(&server, "A1", "10.00");
    let polled = polled.join().expect("the polling thread");
    assert_eq!((polled.status, polled.json()["total_revenue"].as_f64()), (200, Some(20.0)));
    let event = next_event(&mut events);
    assert!(event.contains("event: sales") && event.contains("\"total_revenue\":20,"), "{event}");

    // One who was away meanwhile gets what it missed at once.
    send(&server, "A2", "1.00");
    let seen = format!("Last-Event-ID: {}\r\n", polled.header("last-event-id"));
    let missed = next_event(&mut http::open(server.address, "GET", stream, &seen));
    assert!(missed.contains("\"total_revenue\":22,"), "{missed}");
    let nothing = http::get(server.address, &format!("{stream}&wait=0"));
    assert_eq!(nothing.status, 204);
}

/// What is asked of an embedded store above, of each server that the run has.
#[test]
fn servers_answer_over_http_as_an_embedded_store_does() {
    for (name, server) in databases::servers() {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let url = runtime.block_on(databases::empty_database(&server));
        assert_eq!(program::run(&url, &["migrate"]).code, 0, "{name}");
        let server = Server::start(&url, &[]);
        let ask = |path: &str, headers: &str| http::get_with(server.address, path, headers);
        let stream = "/api/v1/stream/sales?start_date=2024-01-31&end_date=2024-01-31";
        let mut events = http::open(server.address, "GET", stream, "");
        assert!(next_event(&mut events).contains("\"total_revenue\":0,"), "{name}");

        let address = server.address;
        let polled = std::thread::spawn(move || http::get(address, &format!("{stream}&wait=20")));
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(send(&server, "A1", "10.00").json()["inserted"], 1, "{name}");
        assert_eq!(polled.join().expect("the polling thread").json()["total_revenue"], 20, "{name}");
        let event = next_event(&mut events);
        assert!(event.contains("\"total_revenue\":20,"), "{name}: {event}");

        let half = "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,channel\n\
            B1,1,C1,P1,Lamp,Light,2,5.00,2024-01-31T10:00:00Z,North,online\n\
            B2,1,C1,P1,Lamp,Light,x,5.00,2024-01-31T10:00:00Z,North,online\n";
        let post = |path: &str| http::post(server.address, path, "text/csv", half.as_bytes());
        assert_eq!(post("/api/v1/orders?atomic=true").status, 422, "{name}");
        let day = "/api/v1/analytics/sales?start_date=2024-01-31&end_date=2024-01-31";
        let first = ask(day, "");
        assert_eq!(first.json()["total_revenue"], 20, "{name}: nothing of an atomic upload landed");
        let held = format!("If-None-Match: {}\r\n", first.header("etag"));
        assert_eq!(ask(day, &held).status, 304, "{name}");
        assert_eq!(post("/api/v1/orders").json()["inserted"], 1, "{name}");
        assert_eq!(
            (ask(day, &held).status, ask(day, &held).json()["total_revenue"].as_i64()),
            (200, Some(30))
        );

        let seed = || http::post(server.address, "/api/v1/data/seed", "application/json", b"");
        assert_eq!(seed().status, 409, "{name}: only an empty store takes the sample");
    }
}

fn send(server: &Server, id: &str, price: &str) -> Answer {
    http::post(server.address, "/api/v1/orders", "application/json", order(id, price).as_bytes())
}

/// Two units of a product at `price`, as one order on 2024-01-31.
fn order(id: &str, price: &str) -> String {
    let order = json!({
        "order_id": id, "customer_id": "C1", "ordered_at": "2024-01-31T23:30:00Z", "region": "North",
        "channel": "online", "lines": [{"product_id": "P1", "product_name": "Lamp", "category": "Light",
            "quantity": 2, "unit_price": price}],
    });
    order.to_string()
}

/// The lines of the next event of a stream.
fn next_event(stream: &mut http::Exchange) -> String {
    let mut event = String::new();
    while !event.contains("\ndata: ") {
        let line = stream.line().expect("an event");
        writeln!(event, "{line}").expect("a string takes everything");
    }
    event
}
