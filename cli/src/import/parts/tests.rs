//! Parts of files of every shape: whole orders, true line numbers, sizes that fit.

use std::io::Write as _;

use super::*;

const HEADER: &str = "line,order_id\n";

fn file(content: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(content.as_bytes()).expect("written");
    file
}

fn bodies(splitter: &mut Splitter, limit: usize) -> Vec<String> {
    std::iter::from_fn(|| splitter.next_part(limit).expect("a part"))
        .map(|part| String::from_utf8(part.body).expect("UTF-8"))
        .collect()
}

#[test]
fn parts_repeat_the_header_and_keep_orders_whole() {
    let file = file(&format!("{HEADER}1,A\n2,A\n3,A\n1,B\n1,C\n"));
    let mut splitter = Splitter::open(file.path()).expect("opened");
    let limit = HEADER.len() + 8;
    assert_eq!(
        bodies(&mut splitter, limit),
        [format!("{HEADER}1,A\n2,A\n3,A\n"), format!("{HEADER}1,B\n1,C\n")]
    );
}

#[test]
fn the_parts_together_are_the_file_and_a_resumed_file_goes_on() {
    let rows: Vec<String> = (0..500).map(|row| format!("{row},\"O\n{}\"\n", row / 3)).collect();
    let rows = rows.concat();
    let file = file(&format!("{HEADER}{rows}"));
    let mut splitter = Splitter::open(file.path()).expect("opened");
    let first = splitter.next_part(200).expect("a part").expect("not empty");
    let mut resumed = Splitter::open(file.path()).expect("opened");
    resumed.resume_at(first.next).expect("resumed");
    let rest = bodies(&mut splitter, 200);
    assert_eq!(bodies(&mut resumed, 200), rest);
    let first = String::from_utf8(first.body).expect("UTF-8");
    let sent: String =
        std::iter::once(&first).chain(&rest).map(|body| body.trim_start_matches(HEADER)).collect();
    assert_eq!(sent, rows);
}

#[test]
fn lines_map_back_to_the_file() {
    let file = file("order_id,\"product\nname\"\nA,\"x\ny\"\nB,z\n");
    let mut splitter = Splitter::open(file.path()).expect("opened");
    let first = splitter.next_part(1).expect("a part").expect("order A");
    let second = splitter.next_part(1).expect("a part").expect("order B");
    // The header takes lines 1 and 2, A lines 3 and 4, B line 5; in its part B comes right after the header.
    assert_eq!(first.file_line(3), 3);
    assert_eq!(second.file_line(3), 5);
    assert_eq!(second.file_line(1), 1);
}

#[test]
fn objects_are_split_without_a_header() {
    let file = file("{\"order_id\":1}\n{\"order_id\":1}\n{\"order_id\":2}");
    let mut splitter = Splitter::open(file.path()).expect("opened");
    assert_eq!(splitter.content_type(), "application/x-ndjson");
    let bodies = bodies(&mut splitter, 16);
    assert_eq!(bodies, ["{\"order_id\":1}\n{\"order_id\":1}\n", "{\"order_id\":2}"]);
}

#[test]
fn orders_as_json_become_arrays_and_are_counted() {
    let file = file("[{\"order_id\":1},\n {\"order_id\":2} , {\"order_id\":3}\n]\n");
    let mut splitter = Splitter::open(file.path()).expect("opened");
    assert_eq!((splitter.content_type(), splitter.unit()), ("application/json", "order"));
    let first = splitter.next_part(32).expect("a part").expect("two orders");
    let mut resumed = Splitter::open(file.path()).expect("opened");
    resumed.resume_at(first.next).expect("resumed");
    let second = splitter.next_part(32).expect("a part").expect("one order");
    // Its first order is the third of the file.
    assert_eq!((second.file_line(1), first.file_line(2)), (3, 2));
    assert!(splitter.next_part(32).expect("the end").is_none());
    let text = |part: Part| String::from_utf8(part.body).expect("UTF-8");
    assert_eq!(text(first), "[{\"order_id\":1},{\"order_id\":2}]");
    assert_eq!(text(second), "[{\"order_id\":3}]");
    assert_eq!(bodies(&mut resumed, 32), ["[{\"order_id\":3}]"]);
}

#[test]
fn the_largest_order_as_json_fills_the_body_that_the_api_takes() {
    // What the API takes of JSON unless it is told otherwise.
    const MOST: usize = 8_388_608;
    let frame = r#"{"order_id":1,"note":""}"#;
    let order = |bytes: usize| frame.replace("\"\"", &format!("\"{}\"", "x".repeat(bytes - frame.len())));
    let content = format!("[{},{}]", order(MOST - "[]".len()), frame);
    let whole = file(&content);
    let bodies = bodies(&mut Splitter::open(whole.path()).expect("opened"), PART_BYTES);
    assert_eq!(bodies.iter().map(String::len).collect::<Vec<_>>(), [MOST, frame.len() + "[]".len()]);
    let longer = file(&format!("[{}]", order(MOST - "[]".len() + 1)));
    let mut splitter = Splitter::open(longer.path()).expect("opened");
    let refusal = splitter.next_part(PART_BYTES).expect_err("a byte too many").to_string();
    assert!(refusal.ends_with("at order 1: it does not fit into one request of 8 MiB"), "{refusal}");
}

#[test]
fn one_order_over_several_lines_is_json_too() {
    let mut splitter = Splitter::open(file("{\n\"lines\": []\n}\n").path()).expect("opened");
    assert_eq!(bodies(&mut splitter, 9), ["[{\n\"lines\": []\n}]"]);
    let whole = file("{\"order_id\": 1, \"lines\": []}");
    assert_eq!(Splitter::open(whole.path()).expect("opened").content_type(), "application/json");
}

#[test]
fn a_compressed_file_gives_the_same_parts_from_anywhere() {
    let rows: Vec<String> = (0..900).map(|row| format!("{row},O{}\n", row / 3)).collect();
    let text = format!("{HEADER}{}", rows.concat());
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).expect("compressed");
    let mut packed_file = tempfile::NamedTempFile::new().expect("a file");
    packed_file.write_all(&packed.finish().expect("compressed")).expect("written");
    let mut splitter = Splitter::open(packed_file.path()).expect("opened");
    let first = splitter.next_part(300).expect("a part").expect("not empty");
    let mut resumed = Splitter::open(packed_file.path()).expect("opened");
    resumed.resume_at(first.next).expect("resumed");
    let rest = bodies(&mut splitter, 300);
    assert_eq!(bodies(&mut resumed, 300), rest);
    let plain = file(&text);
    let whole = bodies(&mut Splitter::open(plain.path()).expect("opened"), 300);
    assert_eq!(whole[1..], rest);
}

#[test]
fn rows_that_name_no_order_are_sent_all_the_same() {
    let junk = format!("{},\n", "x".repeat(998)).repeat(10_000);
    // First before any order, where each may be parted from the next, then after one.
    for content in [format!("{HEADER}{junk}"), format!("{HEADER}1,A\n{junk}2,B\n")] {
        let file = file(&content);
        let mut splitter = Splitter::open(file.path()).expect("opened");
        let bodies = bodies(&mut splitter, PART_BYTES);
        let sent: String = bodies.iter().map(|body| body.trim_start_matches(HEADER)).collect();
        assert!(sent == content[HEADER.len()..], "a row is missing");
        assert!(bodies.iter().all(|body| body.len() <= MAX_PART_BYTES) && bodies.len() > 1);
    }
    let large = file(&format!("{HEADER}{}", format!("{},A\n", "x".repeat(998)).repeat(10_000)));
    let refusal = Splitter::open(large.path()).expect("opened").next_part(PART_BYTES).expect_err("one order");
    assert!(refusal.to_string().contains("does not fit into one request of 9 MB"), "{refusal}");
}

#[test]
fn what_comes_before_a_broken_place_is_sent() {
    let file = file("[{\"order_id\":1}, 2]");
    let mut splitter = Splitter::open(file.path()).expect("opened");
    assert_eq!(splitter.next_part(99).expect("a part").expect("one order").body, b"[{\"order_id\":1}]");
    let refusal = splitter.next_part(99).expect_err("refused").to_string();
    assert!(refusal.ends_with("at order 2: an order object must follow"), "{refusal}");
}

#[test]
fn a_file_without_orders_is_refused_with_a_reason() {
    let refusal = |content: &str| Splitter::open(file(content).path()).expect_err("refused").to_string();
    assert!(refusal("a,b\n1,2\n").ends_with("has no column order_id"));
    assert!(refusal("").ends_with("is empty"));
}
