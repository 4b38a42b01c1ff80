//! Splits a file into parts that fit into a request and never split an order. Each part of a CSV begins with the
//! file's header, each part of JSON is an array; a line of a part maps back to the line of the file.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::input::Input;
use super::objects::Objects;
use super::records::{self, Record, line_breaks};
use super::shape::{self, Shape};
use crate::failure::{Doing, Failure};

/// A part grows to this size before the next order opens another; API Gateway takes 10 MB.
pub const PART_BYTES: usize = 4_000_000;
/// One order may make a part larger, up to this.
const MAX_PART_BYTES: usize = 9_000_000;

/// A place in a file between two orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Offset in bytes, decompressed.
    pub byte: u64,
    /// Number of the line that begins there, from 1; of the order in JSON, as the API counts there.
    pub line: u64,
}

/// What goes into one request.
#[derive(Debug)]
pub struct Part {
    /// The bytes to send.
    pub body: Vec<u8>,
    /// Where the next part begins.
    pub next: Position,
    /// Where its records begin in the file.
    start: Position,
    /// Lines of the header before them.
    header_lines: u64,
}

impl Part {
    /// The line of the file that is line `line` of this part; lines of the header are the file's.
    pub fn file_line(&self, line: u64) -> u64 {
        if line <= self.header_lines { line } else { self.start.line + (line - self.header_lines - 1) }
    }
}

/// A file on its way into parts.
#[derive(Debug)]
pub struct Splitter {
    path: PathBuf,
    input: Input,
    shape: Shape,
    header: Vec<u8>,
    position: Position,
    /// The first record of the next part, read already.
    ahead: Option<Record>,
    /// What ended the part before.
    trouble: Option<Failure>,
}

impl Splitter {
    /// Opens a file, gzipped or not, and reads its header.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let (shape, header) = shape::recognise(path)?;
        let position = Position { byte: header.len() as u64, line: 1 + line_breaks(&header) };
        let input = open_at(path, position)?;
        Ok(Self { path: path.to_owned(), input, shape, header, position, ahead: None, trouble: None })
    }

    /// What to send as `Content-Type`.
    pub fn content_type(&self) -> &'static str {
        match self.shape {
            Shape::Csv { .. } => "text/csv",
            Shape::Ndjson => "application/x-ndjson",
            Shape::Json(_) => "application/json",
        }
    }

    /// What `Position::line` counts.
    pub fn unit(&self) -> &'static str {
        if matches!(self.shape, Shape::Json(_)) { "order" } else { "line" }
    }

    /// How much of the file has been read, in its own bytes.
    pub fn taken_from_disk(&self) -> u64 {
        self.input.taken_from_disk()
    }

    /// Where the next part begins.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Goes on from a place that an earlier part named as its end.
    pub fn resume_at(&mut self, position: Position) -> Result<(), Failure> {
        self.input = open_at(&self.path, position)?;
        if let Shape::Json(objects) = &mut self.shape {
            let mut start = open_at(&self.path, Position { byte: 0, line: 1 })?;
            *objects = Objects::behind_first(&mut start).doing(|| format!("read {}", self.path.display()))?;
        }
        self.position = position;
        self.ahead = None;
        Ok(())
    }

    /// The next part of at most about `limit` bytes; `None` at the end of the file. Where the file cannot be read on,
    /// what came before is a part; the failure comes after it.
    pub fn next_part(&mut self, limit: usize) -> Result<Option<Part>, Failure> {
        if let Some(trouble) = self.trouble.take() {
            return Err(trouble);
        }
        let start = self.position;
        let mut body = self.header.clone();
        let mut order: Option<Vec<u8>> = None;
        loop {
            let record = match self.next_record() {
                Ok(Some(record)) => record,
                Ok(None) => break,
                Err(trouble) if self.position == start => return Err(trouble),
                Err(trouble) => {
                    self.trouble = Some(trouble);
                    break;
                }
            };
            let size = body.len() + record.bytes.len();
            let is_first = self.position == start;
            // A row that names no order stays with the order before it as long as it can.
            let same_order = order.is_some() && (record.order.is_none() || record.order == order);
            if !is_first && (size > limit && !same_order || size > MAX_PART_BYTES && record.order.is_none()) {
                self.ahead = Some(record);
                break;
            }
            if size > MAX_PART_BYTES {
                return Err(self.too_large(start));
            }
            self.position.byte += record.taken;
            self.position.line += record.lines;
            if matches!(self.shape, Shape::Json(_)) {
                body.push(if is_first { b'[' } else { b',' });
            }
            body.extend_from_slice(&record.bytes);
            order = record.order.or(order);
        }
        if self.position == start {
            return Ok(None);
        }
        if matches!(self.shape, Shape::Json(_)) {
            body.push(b']');
        }
        let header_lines = line_breaks(&self.header);
        Ok(Some(Part { body, next: self.position, start, header_lines }))
    }

    fn next_record(&mut self) -> Result<Option<Record>, Failure> {
        if let Some(record) = self.ahead.take() {
            return Ok(Some(record));
        }
        let record = match &mut self.shape {
            Shape::Csv { order_column } => records::read_csv(&mut self.input, *order_column),
            Shape::Ndjson => records::read_ndjson(&mut self.input),
            Shape::Json(objects) => objects.read(&mut self.input),
        };
        record.doing(|| format!("read {} at {} {}", self.path.display(), self.unit(), self.position.line))
    }

    fn too_large(&self, start: Position) -> Failure {
        let message = format!(
            "an order of {} after line {} does not fit into one request of {} MB",
            self.path.display(),
            start.line,
            MAX_PART_BYTES / 1_000_000
        );
        Failure::failed(message).hint("are its rows one order? the column order_id tells")
    }
}

fn open_at(path: &Path, position: Position) -> Result<Input, Failure> {
    Input::open_at(path, position.byte).doing(|| format!("read {}", path.display()))
}

#[cfg(test)]
mod tests {
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
        let refusal =
            Splitter::open(large.path()).expect("opened").next_part(PART_BYTES).expect_err("one order");
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
}
