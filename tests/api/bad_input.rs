//! Bad input over HTTP: each kind gets a status and an explanation, and nothing of it lands.

use std::{fmt::Write as _, io::Write as _, net::SocketAddr, time::Duration};

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;

use crate::{
    http::{self, Answer},
    over_http::embedded,
    program::Server,
};

const ORDERS: &str = "/api/v1/orders";
const HEADER: &str = "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,channel";
const EVERYTHING: &str = "/api/v1/analytics/sales?start_date=2000-01-01&end_date=2099-12-31";
const MEGABYTE: usize = 1 << 20;

fn csv(rows: &str) -> Vec<u8> {
    format!("{HEADER}\n{rows}").into_bytes()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).expect("compress");
    encoder.finish().expect("compress")
}

/// Stands for all data: it changes with every change.
fn tag(address: SocketAddr) -> String {
    http::get(address, EVERYTHING).header("etag").to_owned()
}

/// That `answer` is problem+json of this status which names `field`, unless that is empty.
fn assert_problem(answer: &Answer, status: u16, field: &str) {
    let told = format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body));
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (status, "application/problem+json"),
        "{told}"
    );
    let body = answer.json();
    assert_eq!(body["status"], status, "{told}");
    assert_eq!(body["request_id"], answer.header("x-request-id"), "{told}");
    assert!(body["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{told}");
    assert!(body["type"].as_str().is_some_and(|kind| kind.starts_with("urn:eap:problem:")), "{told}");
    assert!(field.is_empty() || fields(&body).contains(&field), "{field}: {told}");
    for inner in ["sqlx", "SELECT", "panicked", ".rs:", "analytics.db"] {
        assert!(!told.contains(inner), "the inside shows: {told}");
    }
}

fn fields(body: &Value) -> Vec<&str> {
    let errors = body["errors"].as_array().expect("a list");
    errors.iter().map(|error| error["field"].as_str().expect("a field")).collect()
}

#[test]
fn bodies_that_cannot_be_read() {
    let (_folder, server) = embedded(&[]);
    let address = server.address;
    let before = tag(address);
    let good = "A,1,c,p,n,k,1,2.00,2024-01-31,r,c\n";
    let zipped = gzip(&csv(&good.repeat(500)));
    let deep = "[".repeat(200_000);
    let bodies: [(&str, Vec<u8>, &str); 14] = [
        ("text/csv", b"".to_vec(), "header"),
        ("text/csv", b"order_id,line\nA,1\n".to_vec(), "quantity"),
        ("text/csv", format!("{HEADER},colour\n{good}").into_bytes(), "colour"),
        ("text/csv", format!("{HEADER},line\n{good}").into_bytes(), "line"),
        ("text/csv", csv(&format!("\"A,1,{}", "x".repeat(2 * MEGABYTE))), ""),
        ("text/csv", b"\xff\xfeo\0r\0".to_vec(), ""),
        ("text/csv", b"PK\x03\x04 a workbook".to_vec(), ""),
        ("text/csv", b"\x1f\x8b this is no gzip".to_vec(), "body"),
        ("application/json", zipped[..zipped.len() / 2].to_vec(), "body"),
        ("application/json", b"[{\"order_id\": \"A\", ".to_vec(), ""),
        ("application/json", b"{\"order_id\": \"A\"} and more".to_vec(), ""),
        ("application/json", b"\x00\x01\x02\x03".to_vec(), ""),
        ("application/json", b"42".to_vec(), ""),
        ("application/json", deep.into_bytes(), ""),
    ];
    for (kind, body, field) in &bodies {
        assert_problem(&http::post(address, ORDERS, kind, body), 400, field);
    }
    assert_problem(&http::post(address, ORDERS, "image/png", b"\x89PNG"), 415, "");
    let put = http::open(address, "PUT", ORDERS, "Content-Length: 0\r\n").answer();
    assert_problem(&put, 405, "");
    assert_problem(&http::get(address, "/api/v1/nothing"), 404, "");
    assert_eq!(tag(address), before, "something landed");
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[test]
fn values_that_are_wrong_are_named_one_by_one() {
    let (_folder, server) = embedded(&[]);
    let address = server.address;
    let before = tag(address);
    let rows = [
        ("A,1,c,p,n,k,two,1.00,2024-01-31,r,c", "quantity"),
        ("A,1,c,p,n,k,0,1.00,2024-01-31,r,c", "quantity"),
        ("A,1,c,p,n,k,1e3,1.00,2024-01-31,r,c", "quantity"),
        ("A,1,c,p,n,k,99999999999999999999,1.00,2024-01-31,r,c", "quantity"),
        ("A,1,c,p,n,k,1,-1.00,2024-01-31,r,c", "unit_price"),
        ("A,1,c,p,n,k,1,NaN,2024-01-31,r,c", "unit_price"),
        ("A,1,c,p,n,k,1,1.00001,2024-01-31,r,c", "unit_price"),
        ("A,1,c,p,n,k,1,1.00,2024-02-30,r,c", "ordered_at"),
        ("A,1,c,p,n,k,1,1.00,0000-00-00,r,c", "ordered_at"),
        ("A,1,c,p,n,k,1,1.00,99999-12-31,r,c", "ordered_at"),
        ("A,1,c,p,n,k,1,1.00,-271821-04-20,r,c", "ordered_at"),
        ("A,1,c,p,n,k,1,1.00,yesterday,r,c", "ordered_at"),
        ("A,-1,c,p,n,k,1,1.00,2024-01-31,r,c", "line"),
        (",1,c,p,n,k,1,1.00,2024-01-31,r,c", "order_id"),
        ("A,1,c,,n,k,1,1.00,2024-01-31,r,c", "product_id"),
    ];
    for (row, field) in rows {
        let answer = http::post(address, ORDERS, "text/csv", &csv(row));
        assert_eq!((answer.status, &answer.json()["rejected"]), (200, &1.into()), "{row}: {}", answer.text());
        assert_eq!(fields(&answer.json()), [field], "{row}: {}", answer.text());
        assert_eq!(answer.json()["errors"][0]["line"], 2, "{row}");
        let atomic = http::post(address, "/api/v1/orders?atomic=true", "text/csv", &csv(row));
        assert_problem(&atomic, 422, field);
    }
    for (value, field) in
        [("[1]", "quantity"), ("null", "quantity"), ("{}", "quantity"), ("true", "quantity")]
    {
        let order = format!(
            r#"{{"order_id":"A","customer_id":"c","ordered_at":"2024-01-31","region":"r","channel":"c","lines":[{{
            "product_id":"p","product_name":"n","category":"k","unit_price":1,"quantity":{value}}}]}}"#
        );
        let answer = http::post(address, ORDERS, "application/json", order.as_bytes());
        assert_eq!(fields(&answer.json()), [format!("lines[0].{field}")], "{value}: {}", answer.text());
    }
    let latin = [csv("A,1,c,p,caf\u{e9},k,1,1.00,2024-01-31,r,c")].concat();
    let latin: Vec<u8> = String::from_utf8(latin).expect("UTF-8").chars().map(|c| c as u8).collect();
    let answer = http::post(address, ORDERS, "text/csv", &latin);
    assert_eq!(fields(&answer.json()), ["product_name"], "{}", answer.text());
    assert_eq!(tag(address), before, "something landed");
}

#[test]
fn parameters_that_are_wrong_are_all_named() {
    let (_folder, server) = embedded(&[]);
    let ask =
        |path: &str, query: &str| http::get(server.address, &format!("/api/v1/analytics/{path}?{query}"));
    let wrong = [
        ("sales", "start_date=2024-02-30", "start_date"),
        ("sales", "start_date=9999-99-99&end_date=x", "end_date"),
        ("sales", "start_date=2024-02-01&end_date=2024-01-01", "start_date"),
        ("sales", "start_date=1900-01-01&end_date=2199-12-31", "start_date"),
        ("sales", "start_date=2024-01-01'%20OR%20'1'='1", "start_date"),
        ("sales", "tz=Mars/Olympus", "tz"),
        ("sales", "tz=';DROP%20TABLE%20orders;--", "tz"),
        ("sales", "limit=-1", "limit"),
        ("sales", "limit=1;SELECT%201", "limit"),
        ("sales", "limit=99999999999999999999", "limit"),
        ("sales", "granularity=fortnight", "granularity"),
        ("sales", "sort=(SELECT%20secret%20FROM%20api_keys)", "sort"),
        ("sales", "currency=XXXX", "currency"),
        ("sales", "format=xml", "format"),
        ("sales", "colour=red", "colour"),
        ("sales", "Region=West", "Region"),
        ("customers", "granularity=day", "granularity"),
        ("customers", "cohorts=1000", "cohorts"),
        ("products", "compare=previous_year", "compare"),
        ("products", "end_date=31.12.2024", "end_date"),
    ];
    for (path, query, field) in wrong {
        assert_problem(&ask(path, query), 400, field);
    }
    // Routes that take none refuse them too.
    let metrics = http::get(server.address, "/metrics?colour=red");
    assert_problem(&metrics, 400, "colour");
    assert!(metrics.text().contains("is not a parameter here; there are none"), "{}", metrics.text());
    let seed = http::post(server.address, "/api/v1/data/seed?force=true", "application/json", b"");
    assert_problem(&seed, 400, "force");
    let stock = http::post(
        server.address,
        "/api/v1/inventory?warehouse=1",
        "text/csv",
        b"product_id,on_hand\nP-1,5\n",
    );
    assert_problem(&stock, 400, "warehouse");
    let several = ask("sales", "limit=x&tz=y&colour=z&sort=w");
    assert_problem(&several, 400, "colour");
    assert_eq!(several.json()["errors"].as_array().map(Vec::len), Some(4), "{}", several.text());
    assert_eq!(ask("sales", &format!("region={}", "x".repeat(MEGABYTE))).status, 431);
}

#[test]
fn quotes_and_sql_are_text_like_any_other() {
    let (_folder, server) = embedded(&[]);
    let address = server.address;
    let nasty = [
        "'); DROP TABLE orders; --",
        "' OR '1'='1",
        "Robert\"; --",
        "a%' UNION SELECT 1 --",
        "\\'; SELECT 1",
        "%00",
    ];
    let mut rows = String::new();
    for (number, text) in nasty.iter().enumerate() {
        let quoted = format!("\"{}\"", text.replace('"', "\"\""));
        let units = number + 1;
        writeln!(
            rows,
            "{quoted},1,{quoted},{quoted},{quoted},{quoted},{units},1.00,2024-01-31,{quoted},{quoted}"
        )
        .expect("a string takes everything");
    }
    let landed = http::post(address, ORDERS, "text/csv", &csv(&rows));
    assert_eq!((landed.status, &landed.json()["inserted"]), (200, &nasty.len().into()), "{}", landed.text());
    for (number, text) in nasty.iter().enumerate() {
        for parameter in ["region", "channel", "category", "product"] {
            let report =
                http::get(address, &format!("{EVERYTHING}&{parameter}={}", http::percent_encoded(text)))
                    .json();
            assert_eq!(report["units"], number + 1, "{parameter}={text}: {report}");
            assert_eq!(
                report["revenue_by_region"].as_object().map(serde_json::Map::len),
                Some(1),
                "{report}"
            );
            assert_eq!(report["top_selling_products"][0]["product_name"], *text);
        }
    }
    assert_eq!(http::get(address, EVERYTHING).json()["total_transactions"], nasty.len());
}

#[test]
fn two_hundred_megabytes() {
    let (_folder, server) = embedded(&[]);
    let address = server.address;
    let before = tag(address);
    // As JSON: refused when announced, when it has grown too large, and when gzip hid it.
    let announced = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", 200 * MEGABYTE);
    assert_problem(&http::open(address, "POST", ORDERS, &announced).answer(), 413, "");
    let blanks = || std::iter::repeat_with(|| vec![b' '; MEGABYTE]).take(200);
    let (refused, taken) = http::post_chunked(address, ORDERS, "application/json", blanks());
    assert_problem(&refused, 413, "");
    assert!(taken < 64 * MEGABYTE as u64, "{taken} bytes were taken of a body that was refused");
    let bomb = gzip(&vec![b' '; 200 * MEGABYTE]);
    assert_problem(&http::post(address, ORDERS, "application/json", &bomb), 413, "");
    assert_problem(
        &http::post(address, "/api/v1/data/seed", "application/json", &vec![b' '; 9 * MEGABYTE]),
        413,
        "",
    );
    assert_eq!(tag(address), before, "something landed");
    // A stream that gzip hides is cut where it has grown too large.
    let (_folder, small) = embedded(&["--max-stream-bytes", "1000000"]);
    let bomb = gzip(format!("{HEADER}\n{}", "\n".repeat(2_000_000)).as_bytes());
    assert!(bomb.len() < 100_000);
    assert_problem(&http::post(small.address, ORDERS, "text/csv", &bomb), 413, "");

    // As CSV: a stream, of which the good rows land and little is in memory. The long names are refused.
    let rows = (0..250).map(|number| {
        let row = |order: &str, name: &str| format!("{order}{number},1,c,p,{name},k,1,1.00,2024-01-31,r,c\n");
        (row("good", "n") + &row("long", &"x".repeat(MEGABYTE * 4 / 5))).into_bytes()
    });
    let pieces = std::iter::once(format!("{HEADER}\n").into_bytes()).chain(rows);
    let (streamed, taken) = http::post_chunked(address, ORDERS, "text/csv", pieces);
    assert!(taken >= 200 * MEGABYTE as u64);
    let body = streamed.json();
    assert_eq!((&body["inserted"], &body["rejected"]), (&250.into(), &250.into()), "{body}");
    if let Some(peak) = server.peak_memory() {
        assert!(peak < 96 * MEGABYTE as u64, "{} MB were resident", peak / MEGABYTE as u64);
    }
}

/// What lands all or not at all is held whole, so it is bounded like JSON; what a stream has landed is told when it is cut.
#[test]
fn what_is_too_large_lands_nothing_or_says_what_landed() {
    let (_folder, server) = embedded(&["--max-body-bytes", "100000", "--max-stream-bytes", "2000000"]);
    let address = server.address;
    let row = |number: usize| format!("order{number:06},1,c,p,{},k,1,1.00,2024-01-31,r,c\n", "n".repeat(150));
    let rows = |count: usize| (0..count).map(row).collect::<String>();
    let atomic = format!("{ORDERS}?atomic=true");
    let before = tag(address);
    let large = csv(&rows(600));
    let announced = http::post(address, &atomic, "text/csv", &large);
    assert_problem(&announced, 413, "");
    assert!(announced.text().contains("without `atomic`"), "{}", announced.text());
    let pieces = || large.chunks(10_000).map(<[u8]>::to_vec);
    assert_problem(&http::post_chunked(address, &atomic, "text/csv", pieces()).0, 413, "");
    assert_problem(&http::post(address, &atomic, "text/csv", &gzip(&large)), 413, "");
    let (_roomy_folder, roomy) = embedded(&[]);
    let short = |count: usize| {
        let rows: Vec<String> =
            (0..count).map(|number| format!("{number},1,,p,n,k,1,1,2024-01-31,r,c\n")).collect();
        rows.concat()
    };
    let many = http::post(roomy.address, &atomic, "text/csv", &csv(&short(25_001)));
    assert_problem(&many, 413, "");
    assert!(many.text().contains("More than 25000 lines"), "{}", many.text());
    assert_eq!(http::get(roomy.address, EVERYTHING).json()["total_transactions"], 0, "something landed");
    assert_eq!(tag(address), before, "something landed");
    assert_eq!(http::post(address, ORDERS, "text/csv", &large).json()["inserted"], 600);
    assert_eq!(http::post(address, &atomic, "text/csv", &csv(&rows(400))).json()["unchanged"], 400);

    // 2.4 MB: refused when announced, else cut after the first transaction's 5000 lines.
    let before = tag(address);
    let large = csv(&rows(12_000));
    assert_problem(&http::post(address, ORDERS, "text/csv", &large), 413, "");
    assert_eq!(tag(address), before, "something landed");
    let landed = || http::get(address, EVERYTHING).json()["total_transactions"].as_u64().expect("a number");
    let (cut, _) = http::post_chunked(address, ORDERS, "text/csv", large.chunks(50_000).map(<[u8]>::to_vec));
    assert_problem(&cut, 413, "");
    let told = cut.json();
    let count = |name: &str| told[name].as_u64().expect("a number");
    assert!(count("received") >= 5_000 && count("unchanged") == 600, "{told}");
    assert_eq!(count("inserted") + 600, landed(), "{told}");
    assert!(
        told["detail"].as_str().is_some_and(|detail| detail.contains("has landed if `inserted`")),
        "{told}"
    );
}

#[test]
fn an_upload_that_breaks_off_lands_no_half_order() {
    let (_folder, server) = embedded(&[]);
    let line = |id: &str, line: u32| format!("{id},{line},c,p,n,k,1,1.00,2024-01-31,r,c\n");
    let order = |id: &str| [line(id, 1), line(id, 2), line(id, 3)].concat();
    let whole = format!("{HEADER}\n{}{}", order("A"), order("B"));
    let cut = whole.len() - 45;
    assert!(whole[..cut].contains("B,2,"), "the cut lies within the second line of the second order");
    let landed = || {
        let report = http::get(server.address, EVERYTHING).json();
        (report["total_transactions"].as_u64(), report["units"].as_u64())
    };
    let length = format!("Content-Length: {}\r\n", whole.len());
    break_off(&server, "/api/v1/orders?atomic=true", &length, &whole[..cut]);
    assert_eq!(landed(), (Some(0), Some(0)));
    break_off(&server, ORDERS, &length, &whole[..cut]);
    assert!([(Some(0), Some(0)), (Some(1), Some(3))].contains(&landed()), "{:?}", landed());
    let chunk = format!("{cut:x}\r\n{}\r\n", &whole[..cut]);
    break_off(&server, ORDERS, "Transfer-Encoding: chunked\r\n", &chunk);
    assert!([(Some(0), Some(0)), (Some(1), Some(3))].contains(&landed()), "{:?}", landed());
    // Gzip that ends early: the connection lives, so the sender hears what landed.
    let zipped = gzip(whole.as_bytes());
    let answer = http::post(server.address, ORDERS, "text/csv", &zipped[..zipped.len() - 12]);
    assert_problem(&answer, 400, "");
    let landed = landed().0.expect("a number");
    assert!(landed <= 1 && answer.json()["received"].is_u64(), "{}", answer.text());
    // Sent again as a whole, it is there as a whole.
    let again = http::post(server.address, ORDERS, "text/csv", whole.as_bytes()).json();
    assert_eq!(
        (&again["inserted"], &again["unchanged"]),
        (&(6 - landed * 3).into(), &(landed * 3).into()),
        "{again}"
    );
}

/// Sends part of a body and goes away; returns when the server has noticed.
fn break_off(server: &Server, path: &str, length: &str, part: &str) {
    let ended = || server.log().matches("\"message\":\"request\"").count();
    let before = ended();
    let mut exchange =
        http::open(server.address, "POST", path, &format!("Content-Type: text/csv\r\n{length}"));
    exchange.stream.write_all(part.as_bytes()).expect("send");
    std::thread::sleep(Duration::from_millis(100));
    exchange.hang_up();
    for _ in 0..200 {
        if ended() > before {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the server has not ended the request: {}", server.log());
}
