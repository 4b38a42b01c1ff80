//! Splits a file into parts that fit into a request and never split an order. Each part of a CSV begins with the
//! file's header; a line of a part maps back to the line of the file.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::records::{self, Record, Shape, csv_fields};
use crate::failure::{Doing, Failure};

/// A part grows to this size before the next order opens another; API Gateway takes 10 MB.
pub const PART_BYTES: usize = 4_000_000;
/// One order may make a part larger, up to this.
const MAX_PART_BYTES: usize = 9_000_000;

/// A place in a file between two orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Offset in bytes.
    pub byte: u64,
    /// Number of the line that begins there, from 1.
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
    input: BufReader<File>,
    shape: Shape,
    header: Vec<u8>,
    position: Position,
    /// The first record of the next part, read already.
    ahead: Option<Record>,
}

impl Splitter {
    /// Opens a file and reads its header. Its name or its first byte tells the format.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let file = File::open(path)
            .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?;
        let mut input = BufReader::with_capacity(1 << 18, file);
        let (shape, header) = recognise(&mut input, path)?;
        let position = Position { byte: header.len() as u64, line: 1 + line_breaks(&header) };
        Ok(Self { path: path.to_owned(), input, shape, header, position, ahead: None })
    }

    /// What to send as `Content-Type`.
    pub fn content_type(&self) -> &'static str {
        match self.shape {
            Shape::Csv { .. } => "text/csv",
            Shape::Ndjson => "application/x-ndjson",
        }
    }

    /// Goes on from a place that an earlier part named as its end.
    pub fn resume_at(&mut self, position: Position) -> Result<(), Failure> {
        self.input.seek(SeekFrom::Start(position.byte)).doing(|| format!("read {}", self.path.display()))?;
        self.position = position;
        self.ahead = None;
        Ok(())
    }

    /// The next part of at most about `limit` bytes; `None` at the end of the file.
    pub fn next_part(&mut self, limit: usize) -> Result<Option<Part>, Failure> {
        let start = self.position;
        let mut body = self.header.clone();
        let mut order: Option<Vec<u8>> = None;
        while let Some(record) = self.next_record()? {
            let same_order = record.order.is_none() || record.order == order;
            let fits = body.len() + record.bytes.len() <= limit || body.len() == self.header.len();
            if !fits && !same_order {
                self.ahead = Some(record);
                break;
            }
            if body.len() + record.bytes.len() > MAX_PART_BYTES {
                return Err(self.too_large(start));
            }
            self.position.byte += record.bytes.len() as u64;
            self.position.line += line_breaks(&record.bytes);
            body.extend_from_slice(&record.bytes);
            order = record.order.or(order);
        }
        if self.position == start {
            return Ok(None);
        }
        let header_lines = line_breaks(&self.header);
        Ok(Some(Part { body, next: self.position, start, header_lines }))
    }

    fn next_record(&mut self) -> Result<Option<Record>, Failure> {
        if let Some(record) = self.ahead.take() {
            return Ok(Some(record));
        }
        let place = format!("read {} at line {}", self.path.display(), self.position.line);
        records::read(&mut self.input, self.shape).doing(|| place)
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

/// Finds out the shape of a file and reads its header.
fn recognise(input: &mut BufReader<File>, path: &Path) -> Result<(Shape, Vec<u8>), Failure> {
    let mut head = Vec::new();
    input.by_ref().take(64).read_to_end(&mut head).doing(|| format!("read {}", path.display()))?;
    input.rewind().doing(|| format!("read {}", path.display()))?;
    if head.starts_with(&[0x1f, 0x8b]) {
        let message = format!("{} is compressed", path.display());
        return Err(Failure::usage(message).hint("decompress it first: `gunzip --keep FILE`"));
    }
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let named = matches!(extension.to_ascii_lowercase().as_str(), "ndjson" | "jsonl");
    let first = head.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        None => Err(Failure::usage(format!("{} is empty", path.display()))),
        Some(b'[') => Err(Failure::usage(format!("{} is a JSON array", path.display()))
            .hint("`jq -c '.[]' FILE` makes one JSON object per line of it")),
        Some(b'{') => Ok((Shape::Ndjson, Vec::new())),
        Some(_) if named => Ok((Shape::Ndjson, Vec::new())),
        Some(_) => recognise_csv(input, path),
    }
}

/// Our own CSV names the order `order_id`, a Shopify export `Name`.
fn recognise_csv(input: &mut BufReader<File>, path: &Path) -> Result<(Shape, Vec<u8>), Failure> {
    let header = records::read(input, Shape::Csv { order_column: 0 })
        .doing(|| format!("read the header of {}", path.display()))?
        .map(|record| record.bytes)
        .unwrap_or_default();
    let names = csv_fields(header.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&header));
    let column_of = |wanted: &str| names.iter().position(|name| name.eq_ignore_ascii_case(wanted));
    let order_column = column_of("order_id").or_else(|| column_of("Name")).ok_or_else(|| {
        Failure::usage(format!("the header of {} has no column order_id", path.display()))
            .hint("its first line must name the columns, as in the documentation of POST /api/v1/orders")
    })?;
    let mut header = header;
    if !header.ends_with(b"\n") {
        header.push(b'\n');
    }
    Ok((Shape::Csv { order_column }, header))
}

fn line_breaks(bytes: &[u8]) -> u64 {
    bytes.split(|&byte| byte == b'\n').count() as u64 - 1
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
    fn a_file_without_orders_is_refused_with_a_reason() {
        let refusal = |content: &str| Splitter::open(file(content).path()).expect_err("refused").to_string();
        assert!(refusal("a,b\n1,2\n").ends_with("has no column order_id"));
        assert!(refusal("").ends_with("is empty"));
        assert!(refusal("[{}]").ends_with("is a JSON array"));
    }
}
