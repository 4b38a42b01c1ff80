use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;
use crate::ingest::testing::{any_lines, landed, store};

const ROW: &str =
    r#"{"order_id":"A","line":1,"product_id":"p","quantity":1,"unit_price":1,"ordered_at":"2024-01-31"}"#;
const ORDER: &str =
    r#"{"order_id":"A","ordered_at":"2024-01-31","lines":[{"product_id":"p","quantity":1,"unit_price":1}]}"#;
const CSV: &str = "order_id,line,customer_id,product_id,product_name,category,quantity,unit_price,ordered_at,region,channel\n\
    A,1,,p,,,1,1,2024-01-31,,\n";

fn open(text: impl Into<Vec<u8>>, declared: Option<Format>) -> Result<Source, Fatal> {
    Source::open(Cursor::new(text.into()), declared, store())
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).expect("memory");
    encoder.finish().expect("memory")
}

#[test]
fn the_content_tells_its_format() {
    let shopify = "Name,Created at,Lineitem quantity,Lineitem name,Lineitem price\n#1,2024-01-31,1,Mug,10\n";
    let pretty = ORDER.replace(",\"", ",\n\"");
    for (text, format) in [
        (CSV.to_owned(), Format::Csv),
        (format!("\u{feff}{CSV}"), Format::Csv),
        (shopify.to_owned(), Format::Shopify),
        (ROW.to_owned(), Format::Ndjson),
        (format!("\n {ROW}\n{ROW}\n"), Format::Ndjson),
        (ORDER.to_owned(), Format::Json),
        (pretty, Format::Json),
        (format!("\u{feff}\n[{ORDER}]"), Format::Json),
    ] {
        for bytes in [text.as_bytes().to_vec(), gzip(text.as_bytes())] {
            let source = open(bytes, None).expect("a readable head");
            assert_eq!(source.format, format, "{text}");
            let parsed: Vec<Parsed> = source.collect::<Result<_, _>>().expect("a readable text");
            assert_eq!(landed(&parsed).len(), 1, "{text}: {parsed:?}");
        }
    }
}

#[test]
fn what_is_declared_wins_over_what_it_looks_like() {
    assert_eq!(open(ROW, Some(Format::Json)).expect("JSON").format, Format::Json);
    assert_eq!(open(ORDER, Some(Format::Ndjson)).expect("NDJSON").format, Format::Ndjson);
    assert!(matches!(open(ORDER, Some(Format::Csv)), Err(Fatal::Header(_))));
}

#[test]
fn content_types_and_file_names_declare_formats() {
    assert_eq!(Format::of_content_type("Text/CSV; charset=utf-8"), Some(Format::Csv));
    assert_eq!(Format::of_content_type("application/x-ndjson"), Some(Format::Ndjson));
    assert_eq!(Format::of_content_type("application/json"), Some(Format::Json));
    assert_eq!(Format::of_content_type("application/x-www-form-urlencoded"), None);
    assert_eq!(Format::of_file_name("2024.orders.CSV.gz"), Some(Format::Csv));
    assert_eq!(Format::of_file_name("a.jsonl"), Some(Format::Ndjson));
    assert_eq!(Format::of_file_name("orders"), None);
    assert_eq!(Format::of_file_name("orders.gz"), None);
}

#[test]
fn several_gzip_members_are_one_text() {
    let (head, tail) = CSV.as_bytes().split_at(70);
    let parsed: Vec<Parsed> =
        open([gzip(head), gzip(tail)].concat(), None).expect("gzip").collect::<Result<_, _>>().expect("gzip");
    assert_eq!(landed(&parsed).len(), 1);
}

#[test]
fn a_cut_gzip_stream_is_an_error_and_not_an_end() {
    let row = &CSV[CSV.find('\n').expect("a header") + 1..];
    let rows: String = (0..20_000).map(|number| row.replace('A', &number.to_string())).collect();
    let whole = gzip(format!("{}{rows}", &CSV[..CSV.len() - row.len()]).as_bytes());
    let cut = &whole[..whole.len() - 20];
    let parsed: Vec<_> = open(cut, None).expect("a readable head").collect();
    assert!(matches!(parsed.last(), Some(Err(Fatal::Read(_)))));
}

#[test]
fn what_is_no_text_is_named() {
    for (head, word) in [(&b"\xff\xfeo\0r\0"[..], "UTF-16"), (b"PK\x03\x04....", "Excel")] {
        let fatal = open(head, None).err().expect("a refusal");
        assert!(fatal.to_string().contains(word), "{fatal}");
    }
    assert!(matches!(open("", None), Err(Fatal::Header(_))));
    let empty: Vec<_> = open("", Some(Format::Json)).expect("JSON").collect();
    assert!(matches!(empty[..], [Err(Fatal::Malformed { .. })]));
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for declared in [None, Some(Format::Csv), Some(Format::Json), Some(Format::Ndjson)] {
            if let Ok(source) = open(bytes.clone(), declared) {
                let _ = source.count();
            }
        }
    }

    #[test]
    fn compression_changes_nothing(lines in any_lines()) {
        let rows: Vec<String> = lines.iter().map(|line| {
            serde_json::to_string(&crate::ingest::testing::texts(line)).expect("text")
        }).collect();
        let text = rows.join("\n");
        let plain: Vec<Parsed> = open(text.as_bytes(), None).expect("text").collect::<Result<_, _>>().expect("text");
        let packed: Vec<Parsed> = open(gzip(text.as_bytes()), None).expect("gzip").collect::<Result<_, _>>().expect("gzip");
        prop_assert_eq!(landed(&plain).len(), lines.len());
        prop_assert_eq!(plain, packed);
    }
}
