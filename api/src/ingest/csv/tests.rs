use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::ingest::line::{Line, Merge};
use crate::ingest::testing::{any_lines, landed, store};

const HEADER: &str = "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,channel";

fn parse(text: &[u8]) -> Result<Vec<Parsed>, Fatal> {
    read(Table::open(text)?, store())?.collect()
}

fn rows(rows: &str) -> Vec<Parsed> {
    parse(format!("{HEADER}\n{rows}").as_bytes()).expect("a readable file")
}

fn rejected(parsed: &[Parsed]) -> Vec<(u64, &str)> {
    let rejections = parsed.iter().filter_map(|parsed| match parsed {
        Parsed::Rejected { rejections, .. } => Some(rejections),
        Parsed::Order { .. } => None,
    });
    rejections.flatten().map(|rejection| (rejection.line, rejection.field.as_str())).collect()
}

#[test]
fn consecutive_rows_of_one_order_come_together() {
    let parsed = rows(
        "A,1,c,p,P,Cat,2,9.99,2024-01-31,UK,web\nA,2,c,q,Q,Cat,1,5,2024-01-31,UK,web\nB,1,,p,P,Cat,1,1,2024-02-01,UK,web\n",
    );
    let [
        Parsed::Order { position: 2, merge: Merge::UpsertLines, received: 2, lines },
        Parsed::Order { position: 4, .. },
    ] = parsed.as_slice()
    else {
        panic!("{parsed:?}");
    };
    let (position, line) = &lines[0];
    assert_eq!((*position, line.gross_minor, line.net_minor, line.unit_price), (2, 1998, 1998, 99_900));
    assert_eq!(line.at.to_string(), "2024-01-31T00:00:00Z");
    assert_eq!(lines[1].1.product_id, "q");
}

#[test]
fn the_header_may_come_in_any_order_with_a_byte_order_mark_and_crlf() {
    let text = "\u{feff}channel,Refund,region,ordered_at, discount ,unit_price,quantity,category,product_name,\
                product_id,customer_id,line,order_id\r\nweb,yes,UK,2024-01-31T12:00Z,0.50,2.25,2,Cat,\"Tea, \"\"green\"\"\r\nbag\",p,c,7,A\r\n";
    let parsed = parse(text.as_bytes()).expect("a readable file");
    let lines = landed(&parsed);
    let line = lines[0].1;
    assert_eq!((line.line, line.gross_minor, line.net_minor, line.refund), (7, 450, 400, true));
    assert_eq!(line.product_name, "Tea, \"green\"\r\nbag");
}

#[test]
fn a_bad_header_names_every_column() {
    let Err(Fatal::Header(problems)) = parse(b"order_id,line,colour,line,product_id\n") else {
        panic!("a bad header passed");
    };
    let names: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(
        names,
        [
            "colour",
            "line",
            "customer_id",
            "product_name",
            "category",
            "quantity",
            "unit_price",
            "ordered_at",
            "region",
            "channel"
        ]
    );
    let Err(Fatal::Header(problems)) = parse(HEADER.replace(',', ";").as_bytes()) else {
        panic!("semicolons passed");
    };
    assert!(problems[0].reason.contains("semicolons"), "{problems:?}");
    assert!(matches!(parse(b""), Err(Fatal::Header(_))));
    let wide = "x".repeat(1_000) + "," + &",".repeat(100_000);
    assert!(matches!(parse(wide.as_bytes()), Err(Fatal::Header(problems)) if problems.len() < 100));
}

#[test]
fn bad_rows_are_named_by_their_line_in_the_file_and_good_ones_land() {
    let parsed = rows(
        "A,1,c,p,\"two\nlines\",Cat,1,1,2024-01-31,UK,web\nA,2,c,p\n\nA,3,c,p,P,Cat,x,-1,1066-01-01,UK,web\nA,4,c,p,P,Cat,1,1,2024-01-31,UK,web\n",
    );
    assert_eq!(rejected(&parsed), [(4, "row"), (6, "quantity"), (6, "unit_price"), (6, "ordered_at")]);
    assert_eq!(
        landed(&parsed).iter().map(|(at, line)| (*at, line.line)).collect::<Vec<_>>(),
        [(2, 1), (7, 4)]
    );
}

#[test]
fn lines_are_counted_alike_for_every_line_ending() {
    let text = format!("{HEADER}\n\nbad\nA,1,c,p,\"P\nQ\",Cat,1,1,2024-01-31,UK,web\n\n\nbad\nbad");
    for text in
        [text.clone(), text.replace('\n', "\r\n"), format!("\u{feff}{text}\n"), format!("\n\n{text}\r\n")]
    {
        let moved = if text.starts_with('\n') { 2 } else { 0 };
        let parsed = parse(text.as_bytes()).expect("a readable file");
        assert_eq!(
            rejected(&parsed),
            [(3 + moved, "row"), (8 + moved, "row"), (9 + moved, "row")],
            "{text:?}"
        );
        assert_eq!(landed(&parsed)[0].0, 4 + moved);
    }
}

#[test]
fn a_row_that_is_not_utf_8_is_rejected_alone() {
    let mut text = format!("{HEADER}\nA,1,c,p,P,Cat,1,1,2024-01-31,UK,web\nB,1,c,p,").into_bytes();
    text.extend_from_slice(b"caf\xe9,Cat,1,1,2024-01-31,UK,web\nC,1,c,p,P,Cat,1,1,2024-01-31,UK,web\n");
    let parsed = parse(&text).expect("a readable file");
    assert_eq!(rejected(&parsed), [(3, "product_name")]);
    assert_eq!(landed(&parsed).len(), 2);
}

#[test]
fn the_later_of_two_rows_with_one_number_wins() {
    let parsed = rows(
        "A,1,c,p,P,Cat,1,1,2024-01-31,UK,web\nA,2,c,p,P,Cat,1,1,2024-01-31,UK,web\nA,1,c,p,P,Cat,5,1,2024-01-31,UK,web\n",
    );
    let [Parsed::Order { received: 3, lines, .. }] = parsed.as_slice() else { panic!("{parsed:?}") };
    assert_eq!(
        lines.iter().map(|(at, line)| (*at, line.line, line.quantity)).collect::<Vec<_>>(),
        [(4, 1, 5), (3, 2, 1)]
    );
}

#[test]
fn a_quote_that_never_closes_ends_the_file_and_not_the_memory() {
    let mut text = format!("{HEADER}\nA,1,c,p,\"P,Cat,1,1,2024-01-31,UK,web\n");
    while text.len() < 4 << 20 {
        text.push_str("B,1,c,p,P,Cat,1,1,2024-01-31,UK,web\n");
    }
    assert!(matches!(parse(text.as_bytes()), Err(Fatal::Malformed { position: 2, .. })));
}

#[test]
fn a_stream_that_breaks_drops_the_order_it_was_in() {
    let good =
        format!("{HEADER}\nA,1,c,p,P,Cat,1,1,2024-01-31,UK,web\nB,1,c,p,P,Cat,1,1,2024-01-31,UK,web\n");
    let broken = good.as_bytes().chain(BrokenPipe);
    let parsed: Vec<_> = read(Table::open(broken).expect("a header"), store()).expect("our header").collect();
    assert!(
        matches!(parsed.as_slice(), [Ok(Parsed::Order { position: 2, .. }), Err(Fatal::Read(_))]),
        "{parsed:?}"
    );
}

struct BrokenPipe;

impl Read for BrokenPipe {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

fn write_csv(lines: &[Line]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = FIELDS.iter();
    writer.write_record(header).expect("memory");
    for line in lines {
        let fields = crate::ingest::testing::texts(line);
        writer.write_record(FIELDS.iter().map(|name| &fields[name])).expect("memory");
    }
    writer.into_inner().expect("memory")
}

proptest! {
    #[test]
    fn lines_written_as_csv_come_back(lines in any_lines()) {
        let parsed = parse(&write_csv(&lines)).expect("a readable file");
        prop_assert_eq!(landed(&parsed).into_iter().map(|(_, line)| line).collect::<Vec<_>>(), lines.iter().collect::<Vec<_>>());
        prop_assert_eq!(rejected(&parsed), []);
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut text = format!("{HEADER}\n").into_bytes();
        text.extend_from_slice(&bytes);
        let _ = parse(&text);
        let _ = parse(&bytes);
    }

    #[test]
    fn random_rows_never_panic(cells in prop::collection::vec("[-+0-9a-zT:., \"\n\r\u{0}é]{0,12}", 11..33)) {
        let mut text = String::from(HEADER);
        for row in cells.chunks(11) {
            write!(text, "\n{}", row.join(",")).expect("memory");
        }
        let received: u64 = parse(text.as_bytes()).expect("a readable file").iter().map(|parsed| match parsed {
            Parsed::Order { received, .. } | Parsed::Rejected { received, .. } => *received,
        }).sum();
        prop_assert!(received > 0 || text.trim_start_matches(HEADER).trim_matches(['\n', '\r']).is_empty());
    }
}
