use std::collections::BTreeMap;
use std::io::BufReader;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::ingest::testing::{any_line, as_order, landed, store, texts};

fn parse(text: &str) -> Result<Vec<Parsed>, Fatal> {
    // A buffer of 7 bytes cuts through everything.
    read(BufReader::with_capacity(7, text.as_bytes()), store()).collect()
}

fn fields(parsed: &Parsed) -> Vec<&str> {
    match parsed {
        Parsed::Rejected { rejections, .. } => rejections.iter().map(|one| one.field.as_str()).collect(),
        Parsed::Order { .. } => panic!("{parsed:?}"),
    }
}

const ORDER: &str = r#"{"order_id": "A{]\"", "ordered_at": "2024-01-31T10:00:00Z", "region": "UK", "channel": "web",
    "lines": [{"product_id": "p", "quantity": 3, "unit_price": 9.995, "discount": "0.5"},
              {"product_id": "p", "quantity": 1, "unit_price": 9.995, "refund": true, "ordered_at": "2024-02-03"}]}"#;

#[test]
fn one_order_and_an_array_of_one_are_the_same() {
    let alone = parse(ORDER).expect("an order");
    assert_eq!(parse(&format!("\n [ {ORDER} \n]\n")).expect("an order"), alone);
    let [Parsed::Order { position: 1, merge: Merge::ReplaceOrder, received: 2, lines }] = alone.as_slice()
    else {
        panic!("{alone:?}");
    };
    let amounts: Vec<_> =
        lines.iter().map(|(_, line)| (line.line, line.gross_minor, line.net_minor, line.refund)).collect();
    // 29.985 and 29.485 round up, as does 9.995.
    assert_eq!(amounts, [(1, 2_999, 2_949, false), (2, 1_000, 1_000, true)]);
    assert_eq!(lines[0].1.order_id, "A{]\"");
    assert_eq!(lines[1].1.at.to_string(), "2024-02-03T00:00:00Z");
}

#[test]
fn a_bad_line_rejects_its_order_whole_and_the_next_one_lands() {
    let bad = ORDER
        .replace("\"quantity\": 3", "\"quantity\": 0")
        .replace("\"unit_price\": 9.995, \"refund\"", "\"refund\"");
    let parsed = parse(&format!("[{bad},{ORDER}]")).expect("readable orders");
    assert_eq!(fields(&parsed[0]), ["lines[0].quantity", "lines[1].unit_price"]);
    assert!(matches!(&parsed[0], Parsed::Rejected { order_id: Some(id), received: 2, .. } if id == "A{]\""));
    assert!(matches!(&parsed[1], Parsed::Order { position: 2, .. }));
}

#[test]
fn a_bad_field_of_the_order_is_reported_once() {
    let bad = ORDER
        .replace("\"UK\"", "\"U\\nK\"")
        .replace("2024-01-31T10:00:00Z", "soon")
        .replace("\"A{]\\\"\"", "[]");
    let parsed = parse(&bad).expect("a readable order");
    assert_eq!(fields(&parsed[0]), ["order_id", "ordered_at", "region"]);
}

#[test]
fn an_order_needs_a_time_even_where_its_lines_have_their_own() {
    let line = |at| json!({"product_id": "p", "quantity": 1, "unit_price": 1, "ordered_at": at});
    let order = json!({"order_id": "A", "lines": [line("2024-01-31"), line("2024-02-01")]});
    let parsed = parse(&order.to_string()).expect("a readable order");
    assert_eq!(fields(&parsed[0]), ["ordered_at"]);
}

#[test]
fn unknown_fields_and_strange_lines_are_named() {
    let order = json!({"order_id": "A", "ordered_at": "2024-01-31", "colour": 1, "lines": [
        {"product_id": "p", "quantity": 1, "unit_price": 1, "region": "UK", "line": 7},
        {"product_id": "p", "quantity": 1, "unit_price": 1, "line": 7},
        {"product_id": "p", "quantity": 1, "unit_price": 1, "line": 7, "refund": false},
        5,
        {"product_id": "p", "quantity": 1, "unit_price": 1, "ordered_at": "2024-02-01"},
    ]});
    let parsed = parse(&order.to_string()).expect("a readable order");
    assert_eq!(
        fields(&parsed[0]),
        ["colour", "lines[0].region", "lines[2].line", "lines[3]", "lines[4].ordered_at"]
    );
}

#[test]
fn an_order_needs_lines_and_not_too_many() {
    for lines in [json!([]), json!(null), json!({}), json!("x")] {
        let order = json!({"order_id": "A", "ordered_at": "2024-01-31", "lines": lines});
        let parsed = parse(&order.to_string()).expect("a readable order");
        assert_eq!(fields(&parsed[0]), ["lines"], "{order}");
    }
    let line = json!({"product_id": "p", "quantity": 1, "unit_price": 1});
    let long = json!({"order_id": "A", "ordered_at": "2024-01-31", "lines": vec![line; MAX_ORDER_LINES + 1]});
    let parsed: Vec<_> =
        read(long.to_string().as_bytes(), store()).collect::<Result<_, _>>().expect("readable");
    assert_eq!(fields(&parsed[0]), ["lines"]);
    assert!(matches!(parsed[0], Parsed::Rejected { received: 10_001, .. }));
}

#[test]
fn broken_structure_ends_the_stream_with_its_position() {
    assert_eq!(parse("[]").expect("no orders"), []);
    for (text, good, position) in [
        (String::new(), 0, 1),
        ("7".to_owned(), 0, 1),
        ("[".to_owned(), 0, 1),
        ("[5]".to_owned(), 0, 1),
        (format!("[{ORDER}"), 1, 1),
        (format!("[{ORDER} {ORDER}]"), 1, 1),
        (format!("[{ORDER},]"), 1, 2),
        (format!("[{ORDER}] x"), 1, 1),
        (format!("{ORDER} {ORDER}"), 1, 1),
        (format!("[{ORDER}, {{\"order_id\": \"B\""), 1, 2),
        (format!("[{ORDER}, {{\"order_id\" \"B\"}}, {ORDER}]"), 1, 2),
        ("[{]}".to_owned(), 0, 1),
    ] {
        let parsed: Vec<_> = read(text.as_bytes(), store()).collect();
        assert_eq!(parsed.len(), good + 1, "{text}: {parsed:?}");
        let found = match parsed.last() {
            Some(Err(Fatal::Malformed { position, .. })) => *position,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(found, position, "{text}");
    }
}

#[test]
fn an_endless_order_ends_the_stream_and_not_the_memory() {
    let endless = b"[{\"order_id\": \"".as_slice();
    let endless = BufReader::new(std::io::Read::chain(endless, std::io::repeat(b'x')));
    let parsed: Vec<_> = read(endless, store()).collect();
    assert!(matches!(parsed.as_slice(), [Err(Fatal::Malformed { position: 1, .. })]), "{parsed:?}");
}

/// An order as a sender would write it; its time is that of its sales, if it has any.
fn write_json(lines: &[Line]) -> serde_json::Value {
    let pick = |fields: &[&'static str], line: &Line| -> BTreeMap<&'static str, String> {
        texts(line).into_iter().filter(|(name, _)| fields.contains(name)).collect()
    };
    let sale = lines.iter().find(|line| !line.refund).unwrap_or(&lines[0]);
    let mut order = json!(pick(ORDER_FIELDS, sale));
    order["lines"] = lines.iter().map(|line| json!(pick(LINE_FIELDS, line))).collect();
    order
}

proptest! {
    #[test]
    fn orders_written_as_json_come_back(orders in prop::collection::vec(prop::collection::vec(any_line(), 1..5), 0..6)) {
        let orders: Vec<Vec<Line>> = orders.into_iter().map(as_order).collect();
        let written: Vec<_> = orders.iter().map(|lines| write_json(lines)).collect();
        let parsed = parse(&serde_json::to_string_pretty(&written).expect("text")).expect("readable orders");
        prop_assert_eq!(parsed.len(), orders.len());
        let back: Vec<&Line> = landed(&parsed).into_iter().map(|(_, line)| line).collect();
        prop_assert_eq!(back, orders.iter().flatten().collect::<Vec<_>>());
    }

    #[test]
    fn random_json_like_text_never_panics(text in "[\\[\\]{}\",:\\\\a0 ]{0,60}") {
        let _ = parse(&text);
        let _ = parse(&format!("[{text}"));
    }
}
