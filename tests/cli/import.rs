//! `eap import`: parts, patience, resuming, and lines that do not land.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::environment::{TestEnvironment, assert_transcript};
use crate::order_server::{Answer, OrderServer, Request, summary};

const HEADER: &str = "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,channel";

/// The content of a file, compressed.
fn gzipped(content: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Rows of orders with three lines each, about 100 bytes a row.
fn rows(orders: usize) -> String {
    let mut rows = String::new();
    for order in 0..orders {
        for line in 0..3 {
            writeln!(rows, "order-{order:06},{line},customer-1,product-0001,A product with a long name,Furniture,2,19.99,2024-05-01T12:00:00Z,West,online").unwrap();
        }
    }
    rows
}

/// The files that the dashboard of the local platform lists, newest first: name, lines, new, unchanged and rejected ones.
fn listed(environment: &TestEnvironment) -> Vec<serde_json::Value> {
    let mut stream = TcpStream::connect(("127.0.0.1", environment.port)).unwrap();
    stream.write_all(b"GET /dashboard/uploads HTTP/1.0\r\nhost: x\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let uploads: Vec<serde_json::Value> =
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    let names = ["file", "received", "inserted", "unchanged", "rejected"];
    uploads.iter().map(|upload| json!(names.map(|name| &upload[name]))).collect()
}

/// What tells the API that a request comes again.
fn key_of(request: &Request) -> Option<&str> {
    request.headers.iter().find_map(|header| header.strip_prefix("idempotency-key: "))
}

#[test]
fn a_large_file_goes_in_parts_that_keep_orders_whole() {
    let mut environment = TestEnvironment::without_api();
    environment.set("EAP_API_KEY", "eap_secret");
    let rows = rows(30_000);
    environment.write("orders.csv", &format!("{HEADER}\n{rows}"));
    let server = OrderServer::start(Vec::new());
    let transcript = environment.run(&["import", "--url", &server.url, "orders.csv", "--output", "json"]);
    assert_eq!(transcript.code, 0, "{transcript}");
    assert_eq!(
        (transcript.json()["received"].clone(), transcript.json()["inserted"].clone()),
        (90_000.into(), 90_000.into())
    );
    let requests = server.requests();
    assert!(requests.len() > 2, "{} parts", requests.len());
    let mut sent = String::new();
    // Which file that was, and what became of its lines before, goes with the last part.
    let (last, others) = requests.split_last().unwrap();
    assert!(others.iter().all(|request| request.line == "POST /api/v1/orders HTTP/1.1"));
    let before: usize = others.iter().map(|request| request.body.lines().count() - 1).sum();
    let counts = format!("{before}%2C{before}%2C0%2C0%2C0");
    assert_eq!(last.line, format!("POST /api/v1/orders?file=orders.csv&before={counts} HTTP/1.1"));
    assert!(others.iter().all(|request| key_of(request).is_none()) && key_of(last).is_some());
    for request in &requests {
        assert!(request.headers.contains(&"content-type: text/csv".to_owned()));
        assert!(request.headers.contains(&"authorization: bearer eap_secret".to_owned()));
        assert!(request.body.len() < 4_100_000, "{} bytes", request.body.len());
        let body = request.body.strip_prefix(HEADER).unwrap().strip_prefix('\n').unwrap();
        let order_of = |line: &str| line.split(',').next().unwrap().to_owned();
        let (first, last) = (body.lines().next().unwrap(), body.lines().last().unwrap());
        assert!(first.starts_with(&format!("{},0,", order_of(first))), "begins amid an order: {first}");
        assert!(last.starts_with(&format!("{},2,", order_of(last))), "ends amid an order: {last}");
        sent.push_str(body);
    }
    assert!(sent == rows, "the parts together are not the file");
}

#[test]
fn a_stopped_import_goes_on_where_it_stopped() {
    let environment = TestEnvironment::without_api();
    let rows = rows(30_000);
    environment.write("orders.csv", &format!("{HEADER}\n{rows}"));
    let first = summary(1, 0, "[]");
    let server = OrderServer::start(vec![
        Answer::Say(200, "", first),
        Answer::Say(401, "", r#"{"title":"Unauthorized","status":401,"detail":"no key"}"#.into()),
    ]);
    let arguments = ["import", "--url", &server.url, "orders.csv", "--output", "json"];
    let stopped = environment.run(&arguments);
    assert_eq!(stopped.code, 1, "{stopped}");
    assert!(stopped.stderr.contains("answered 401 Unauthorized: no key\n"), "{stopped}");
    assert!(stopped.stderr.contains("hint: set EAP_API_KEY"), "{stopped}");
    let resumed = environment.run(&arguments);
    assert_eq!(resumed.code, 0, "{resumed}");
    assert!(resumed.stderr.contains("where an earlier import stopped"), "{resumed}");
    let requests = server.requests();
    assert_eq!(requests[1].body, requests[2].body, "the refused part is sent again");
    let sent: String = [0, 2]
        .into_iter()
        .chain(3..requests.len())
        .map(|part| requests[part].body.strip_prefix(HEADER).unwrap().trim_start_matches('\n'))
        .collect();
    assert!(sent == rows, "a part is missing or came twice");
    let first_part = requests[0].body.lines().count() - 1;
    assert_eq!(
        resumed.json()["received"],
        90_000 - first_part + 1,
        "the sum includes the first run's answer"
    );
    let again = environment.run(&arguments);
    assert!(!again.stderr.contains("earlier import"), "a finished import leaves nothing to resume: {again}");
}

#[test]
fn what_may_pass_is_tried_again() {
    let environment = TestEnvironment::without_api();
    environment.write("orders.csv", &format!("{HEADER}\n{}", rows(1)));
    let server = OrderServer::start(vec![
        Answer::Say(429, "retry-after: 0\r\n", String::new()),
        Answer::Say(503, "retry-after: 0\r\n", String::new()),
        Answer::HangUp,
    ]);
    let transcript = environment.run(&["import", "--url", &server.url, "orders.csv"]);
    let requests = server.requests();
    assert_eq!(requests.len(), 4);
    assert!(requests.iter().all(|request| key_of(request) == key_of(&requests[0])), "{requests:?}");
    let mut shown = transcript;
    assert_eq!(shown.code, 0, "{shown}");
    shown.stderr = shown.stderr.replace(&server.url, "[URL]");
    assert!(
        shown.stderr.contains("the API answered 429 Too Many Requests; trying again in 0.0 s"),
        "{shown}"
    );
    assert!(
        shown.stderr.contains("the API answered 503 Service Unavailable; trying again in 0.0 s"),
        "{shown}"
    );
}

/// Whoever is stopped before the last answer does not know whether the file is listed: the next run says that it is the same.
#[test]
fn the_last_part_keeps_its_key_until_it_is_answered() {
    let environment = TestEnvironment::without_api();
    environment.write("orders.json", r#"[{"order_id": "J-1"}]"#);
    let refused = r#"{"title":"Unauthorized","status":401,"detail":"no key"}"#;
    let server = OrderServer::start(vec![Answer::Say(401, "", refused.into())]);
    let import = || environment.run(&["import", "--url", &server.url, "orders.json"]);
    let codes = [import().code, import().code, import().code];
    assert_eq!(codes, [1, 0, 0]);
    let requests = server.requests();
    let keys: Vec<&str> = requests.iter().map(|request| key_of(request).expect("a key")).collect();
    assert_eq!((keys.len(), keys[0].len(), keys[0]), (3, 32, keys[1]));
    assert_ne!(keys[1], keys[2], "another import");
    assert!(requests.iter().all(|request| request.body == requests[0].body), "{requests:?}");
}

#[test]
fn rejected_lines_are_named_as_lines_of_the_file() {
    let environment = TestEnvironment::without_api();
    let rows = rows(30_000);
    environment.write("orders.csv", &format!("{HEADER}\n{rows}"));
    let error = |line: u64| format!(r#"[{{"line":{line},"field":"quantity","reason":"is not a number"}}]"#);
    let server = OrderServer::start(vec![
        Answer::Say(200, "", summary(5, 1, &error(4))),
        Answer::Say(200, "", summary(5, 1, &error(2))),
    ]);
    let transcript = environment.run(&["import", "--url", &server.url, "orders.csv", "--output", "json"]);
    assert_eq!(transcript.code, 1, "{transcript}");
    let first_part_lines = server.requests()[0].body.lines().count();
    let errors = transcript.json()["errors"].clone();
    assert_eq!(errors[0]["line"], 4);
    assert_eq!(errors[1]["line"], first_part_lines + 1, "the first row of the second part");
    assert_eq!(errors[1]["field"], "quantity");
}

#[test]
fn the_summary_for_people() {
    let environment = TestEnvironment::without_api();
    environment.write("orders.csv", &format!("{HEADER}\n{}", rows(1)));
    let errors = r#"[{"line":3,"field":"quantity","reason":"`two` is not a whole number"}]"#;
    let server = OrderServer::start(vec![Answer::Say(200, "", summary(2, 1, errors))]);
    let url = server.url.clone();
    let mut command = environment.command(&["import", "--url", &url, "orders.csv"]);
    let mut output = command.output().unwrap();
    output.stderr = String::from_utf8(output.stderr).unwrap().replace(&url, "[URL]").into_bytes();
    assert_transcript("import_rejected", &environment.transcript(&output));
}

#[test]
fn files_that_are_no_orders_are_refused_before_anything_is_sent() {
    let environment = TestEnvironment::without_api();
    environment.write("good.csv", &format!("{HEADER}\n{}", rows(1)));
    environment.write("bad.csv", "a,b\n1,2\n");
    let server = OrderServer::start(Vec::new());
    let transcript = environment.run(&["import", "--url", &server.url, "good.csv", "bad.csv"]);
    assert_eq!(transcript.code, 64, "{transcript}");
    assert!(server.requests().is_empty());
    assert_transcript("import_no_orders", &transcript);
    assert_transcript("import_missing_file", &environment.run(&["import", "--url", &server.url, "none.csv"]));
}

#[test]
fn without_a_url_there_must_be_a_local_platform() {
    let environment = TestEnvironment::without_api();
    environment.write("orders.csv", &format!("{HEADER}\n{}", rows(1)));
    assert_transcript("import_not_running", &environment.run(&["import", "--env", "local", "orders.csv"]));
    assert_transcript("import_nowhere", &environment.run(&["import", "orders.csv"]));
    let transcript =
        environment.run(&["import", "--url", "https://me:hunter2@api.example.com", "orders.csv"]);
    assert_eq!(transcript.code, 64);
    assert!(!format!("{transcript}").contains("hunter2"), "{transcript}");
}

#[test]
fn the_local_platform_takes_orders_and_names_bad_lines() {
    let environment = TestEnvironment::new();
    environment.deploy(&[]);
    let good = "A-1,1,c1,p1,\"Chair,\nblue\",Furniture,2,10.50,2024-05-01T12:00:00Z,West,online";
    let bad = "A-2,1,c1,p1,Chair,Furniture,two,10.50,2024-05-01T12:00:00Z,West,online";
    environment.write("orders.csv", &format!("{HEADER}\n{good}\n{bad}\n"));
    let import = || environment.run(&["import", "--env", "local", "orders.csv", "--output", "json"]);
    let first = import();
    assert_eq!(first.code, 1, "{first}");
    let summary = first.json();
    assert_eq!((summary["inserted"].clone(), summary["rejected"].clone()), (1.into(), 1.into()), "{first}");
    // The good order takes lines 2 and 3.
    assert_eq!(
        (summary["errors"][0]["line"].clone(), summary["errors"][0]["field"].clone()),
        (4.into(), "quantity".into())
    );
    assert_eq!(import().json()["unchanged"], 1, "sending again changes nothing");
    let listed = listed(&environment);
    assert_eq!((listed.len(), &listed[1]), (2, &json!(["orders.csv", 2, 1, 0, 1])), "{listed:?}");
    assert_eq!(listed[0], json!(["orders.csv", 2, 0, 1, 1]), "the second time");
    let shown = environment.deploy(&["--output", "json"]).json();
    assert_eq!(
        (shown["orders"].clone(), shown["net_revenue"].clone()),
        (5010.into(), serde_json::json!(2_297_222.07))
    );
}

/// Orders as JSON, gzipped CSV and an export of Shopify go through `eap import` to the real API; what cannot land is
/// named by its order.
#[test]
fn every_kind_of_file_lands() {
    let environment = TestEnvironment::new();
    environment.deploy(&[]);
    let before = environment.deploy(&["--output", "json"]).json();
    let order = |id: &str, quantity: &str| {
        format!(
            r#"{{"order_id": "{id}", "customer_id": "c1", "ordered_at": "2024-05-01T12:00:00Z", "region": "West",
            "channel": "online", "lines": [{{"product_id": "p1", "product_name": "Chair", "category": "Furniture",
            "quantity": {quantity}, "unit_price": 10.50}}]}}"#
        )
    };
    environment.write(
        "orders.json",
        &format!("[{},\n{},\n{}]\n", order("J-1", "2"), order("J-2", "0.5"), order("J-3", "1")),
    );
    let row = "G-1,1,c1,p1,Chair,Furniture,2,10.50,2024-05-01T12:00:00Z,West,online";
    std::fs::write(environment.path("work/orders.csv.gz"), gzipped(&format!("{HEADER}\n{row}\n"))).unwrap();
    environment.write(
        "shopify.csv",
        "Name,Email,Financial Status,Created at,Currency,Lineitem quantity,Lineitem name,Lineitem price\n\
         #1001,a@example.com,paid,2024-05-01 12:00:00 +0000,USD,1,Chair,20.25\n#1001,,,,,3,Cushion,1.10\n",
    );
    let files =
        ["import", "--env", "local", "orders.json", "orders.csv.gz", "shopify.csv", "--output", "json"];
    let first = environment.run(&files);
    assert_eq!(first.code, 1, "J-2 cannot land: {first}");
    let summary = first.json();
    assert_eq!((&summary["inserted"], &summary["rejected"]), (&5.into(), &1.into()), "{first}");
    let error = &summary["errors"][0];
    assert_eq!((&error["file"], &error["line"]), (&"orders.json".into(), &2.into()), "{first}");
    assert_eq!(error["field"], "lines[0].quantity", "{first}");
    let listed = listed(&environment);
    let expected = [
        json!(["shopify.csv", 2, 2, 0, 0]),
        json!(["orders.csv.gz", 1, 1, 0, 0]),
        json!(["orders.json", 3, 2, 0, 1]),
    ];
    assert_eq!(listed, expected);
    let again = environment.run(&files);
    assert_eq!((again.code, again.json()["unchanged"].clone()), (1, 5.into()), "{again}");
    let after = environment.deploy(&["--output", "json"]).json();
    let orders = |shown: &serde_json::Value| shown["orders"].as_u64().unwrap();
    assert_eq!(orders(&after) - orders(&before), 4);
    let cents = |shown: &serde_json::Value| (shown["net_revenue"].as_f64().unwrap() * 100.0).round();
    // 21.00 + 10.50 + 21.00 + 23.55
    assert!((cents(&after) - cents(&before) - 7_605.0).abs() < 0.5, "{after}");
}

/// A kill that nothing can catch, amid the parts: the next run goes on, and every order is there once.
#[test]
fn a_killed_import_goes_on_and_every_order_is_there_once() {
    let environment = TestEnvironment::new();
    environment.deploy(&[]);
    let before = environment.deploy(&["--output", "json"]).json()["orders"].as_u64().unwrap();
    std::fs::write(environment.path("work/orders.csv.gz"), gzipped(&format!("{HEADER}\n{}", rows(30_000))))
        .unwrap();
    let arguments = ["import", "--env", "local", "orders.csv.gz", "--output", "json"];
    let mut importing = environment.command(&arguments);
    let mut importing = importing.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let journals = environment.path("state/imports");
    // Written beside it first: only the name that the next run looks for counts.
    let is_written = |entry: &std::fs::DirEntry| entry.path().extension().is_some_and(|kind| kind == "json");
    let is_under_way = || {
        std::fs::read_dir(&journals).is_ok_and(|entries| entries.flatten().any(|entry| is_written(&entry)))
    };
    let deadline = Instant::now() + Duration::from_mins(1);
    while !is_under_way() {
        assert!(Instant::now() < deadline, "the first part has not landed");
        std::thread::sleep(Duration::from_millis(2));
    }
    importing.kill().unwrap();
    importing.wait().unwrap();
    assert!(is_under_way(), "it was over before it was killed");
    let resumed = environment.run(&arguments);
    assert_eq!(resumed.code, 0, "{resumed}");
    assert!(resumed.stderr.contains("where an earlier import stopped"), "{resumed}");
    let summary = resumed.json();
    let count = |name: &str| summary[name].as_u64().unwrap();
    // The part that was on its way when the kill came may have landed without anyone knowing.
    assert_eq!((count("received"), count("inserted") + count("unchanged")), (90_000, 90_000), "{summary}");
    assert!(count("unchanged") < 90_000, "{summary}");
    let after = environment.deploy(&["--output", "json"]).json()["orders"].as_u64().unwrap();
    assert_eq!(after - before, 30_000);
    // One entry for the file, with the sums of both runs.
    let counts = ["received", "inserted", "unchanged", "rejected"].map(|name| summary[name].clone());
    let [received, inserted, unchanged, rejected] = counts;
    assert_eq!(listed(&environment), [json!(["orders.csv.gz", received, inserted, unchanged, rejected])]);
}
