use proptest::prelude::*;

use super::*;
use crate::ingest::testing::{any_lines, landed, store, texts};

fn parse(text: &[u8]) -> Vec<Parsed> {
    read(text, store()).collect::<Result<_, _>>().expect("a readable stream")
}

const GOOD: &str = r#"{"order_id":1001,"line":1,"customer_id":null,"product_id":"p","product_name":"P","category":"Cat","quantity":-2,"unit_price":9.99,"ordered_at":"2024-01-31","region":"UK","channel":"web"}"#;

#[test]
fn numbers_and_strings_are_both_fine_and_money_is_exact() {
    let strings = GOOD.replace("1001", "\"1001\"").replace("9.99", "\"9.990\"").replace("-2", "\"-2\"");
    let expected = parse(GOOD.as_bytes());
    assert_eq!(expected, parse(strings.as_bytes()));
    let [Parsed::Order { lines, .. }] = expected.as_slice() else { panic!("{expected:?}") };
    let line = &lines[0].1;
    assert_eq!((line.order_id.as_str(), line.customer_id.as_str(), line.gross_minor), ("1001", "", 1_998));
    assert!(line.refund);
    // A double cannot tell this price from 0.3.
    let close = parse(GOOD.replace("9.99", "0.29999999999999999").as_bytes());
    assert!(
        matches!(&close[..], [Parsed::Rejected { rejections, .. }] if rejections[0].reason.contains("4 decimals"))
    );
}

#[test]
fn rows_are_grouped_and_bad_ones_named() {
    let text = format!(
        "\u{feff}{GOOD}\r\n\n{}\n{{\"order_id\": \"B\", \"colour\": \"red\", \"refund\": [], \"line\": {{}}}}\nnonsense\n{{\"order_id\":\"C\",\"lines\":[]}}\n{}",
        GOOD.replace("\"line\":1", "\"line\":2,\"refund\":true"),
        GOOD.replace("1001", "1002"),
    );
    let parsed = parse(text.as_bytes());
    let mut orders = Vec::new();
    let mut rejected = Vec::new();
    for item in &parsed {
        match item {
            Parsed::Order { position, lines, .. } => orders.push((*position, lines.len())),
            Parsed::Rejected { order_id, rejections, .. } => {
                let fields: Vec<&str> = rejections.iter().map(|rejection| rejection.field.as_str()).collect();
                rejected.push((rejections[0].line, order_id.as_deref(), fields.join(" ")));
            }
        }
    }
    assert_eq!(orders, [(1, 2), (7, 1)]);
    assert_eq!(
        rejected,
        [
            (4, Some("B"), "colour refund line quantity unit_price ordered_at product_id".to_owned()),
            (5, None, "row".to_owned()),
            (6, Some("C"), "lines".to_owned()),
        ]
    );
}

#[test]
fn a_line_that_is_not_utf_8_is_rejected_alone() {
    let mut text = GOOD.as_bytes().to_vec();
    text.extend_from_slice(b"\n{\"order_id\": \"caf\xe9\"}\n");
    let parsed = parse(&text);
    assert!(
        matches!(&parsed[..], [Parsed::Rejected { rejections, .. }, Parsed::Order { .. }] if rejections[0].line == 2)
    );
}

#[test]
fn an_endless_line_ends_the_stream_and_not_the_memory() {
    let endless = std::io::BufReader::new(std::io::repeat(b' '));
    let parsed: Vec<_> = read(endless, store()).collect();
    assert!(matches!(parsed.as_slice(), [Err(Fatal::Malformed { position: 1, .. })]), "{parsed:?}");
}

proptest! {
    #[test]
    fn lines_written_as_ndjson_come_back(lines in any_lines()) {
        let text: Vec<String> = lines.iter().map(|line| serde_json::to_string(&texts(line)).expect("text")).collect();
        let parsed = parse(text.join("\n").as_bytes());
        let back: Vec<&Line> = landed(&parsed).into_iter().map(|(_, line)| line).collect();
        prop_assert_eq!(back, lines.iter().collect::<Vec<_>>());
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        parse(&bytes);
    }
}
