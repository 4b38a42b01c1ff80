//! Records of a file, one at a time, with the key that says to which order they belong. Keeps their bytes as they
//! are, so that line numbers stay true and the API sees what the user wrote.

use std::io::{self, BufRead, ErrorKind, Read as _};

use serde::Deserialize;

/// No row or line is longer; a quote that is never closed ends here.
const MAX_RECORD_BYTES: usize = 1 << 20;

/// A record without a meaning: its bytes with the line break, and its order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// The bytes as they are in the file.
    pub(super) bytes: Vec<u8>,
    /// The id of the order that it is a line of; `None` when it names none, or is a whole order.
    pub(super) order: Option<Vec<u8>>,
    /// How many bytes of the file it takes, with what parts it from the record before.
    pub(super) taken: u64,
    /// How far it moves the count of the file's lines, or of its orders where those are counted.
    pub(super) lines: u64,
}

impl Record {
    /// A record whose lines are those of the file.
    fn of_lines(bytes: Vec<u8>, order: Option<Vec<u8>>) -> Self {
        let lines = line_breaks(&bytes);
        Self { taken: bytes.len() as u64, lines, bytes, order }
    }
}

/// How many lines end in `bytes`.
pub(super) fn line_breaks(bytes: &[u8]) -> u64 {
    bytes.split(|&byte| byte == b'\n').count() as u64 - 1
}

/// The fields of a CSV record, for a header.
pub(super) fn csv_fields(bytes: &[u8]) -> Vec<String> {
    let mut fields = vec![Vec::new()];
    let mut scanner = CsvScanner::default();
    for &byte in bytes {
        match scanner.step(byte) {
            CsvStep::Content => fields.last_mut().into_iter().for_each(|field| field.push(byte)),
            CsvStep::Syntax => {}
            CsvStep::FieldEnd => fields.push(Vec::new()),
            CsvStep::RecordEnd => break,
        }
    }
    fields.iter().map(|field| String::from_utf8_lossy(field).trim().to_owned()).collect()
}

/// Reads the next row; `None` at the end. The error says what is wrong with it.
pub(super) fn read_csv(input: &mut impl BufRead, order_column: usize) -> io::Result<Option<Record>> {
    let mut bytes = Vec::new();
    let mut scanner = CsvScanner::default();
    let (mut column, mut order) = (0, Vec::new());
    loop {
        let seen = bytes.len();
        if !read_line(input, &mut bytes, "a row is longer than 1 MiB; is a quote left open?")? {
            break;
        }
        let mut ended = false;
        for &byte in &bytes[seen..] {
            match scanner.step(byte) {
                CsvStep::Content if column == order_column => order.push(byte),
                CsvStep::Content | CsvStep::Syntax => {}
                CsvStep::FieldEnd => column += 1,
                CsvStep::RecordEnd => ended = true,
            }
        }
        if ended {
            break;
        }
    }
    let order = Some(order.trim_ascii().to_vec()).filter(|order| !order.is_empty());
    Ok((!bytes.is_empty()).then(|| Record::of_lines(bytes, order)))
}

/// Reads the next line; `None` at the end. The error says what is wrong with it.
pub(super) fn read_ndjson(input: &mut impl BufRead) -> io::Result<Option<Record>> {
    #[derive(Deserialize)]
    struct Line {
        order_id: serde_json::Value,
    }
    let mut bytes = Vec::new();
    if !read_line(input, &mut bytes, "a line is longer than 1 MiB; is it one object for each line?")? {
        return Ok(None);
    }
    let order = serde_json::from_slice::<Line>(&bytes).ok().map(|line| match line.order_id {
        serde_json::Value::String(text) => text.into_bytes(),
        other => other.to_string().into_bytes(),
    });
    Ok(Some(Record::of_lines(bytes, order)))
}

/// Appends the next line to `bytes`, which stay below the limit; false at the end of the file.
fn read_line(input: &mut impl BufRead, bytes: &mut Vec<u8>, too_long: &str) -> io::Result<bool> {
    let room = (MAX_RECORD_BYTES + 1).saturating_sub(bytes.len()) as u64;
    let count = input.by_ref().take(room).read_until(b'\n', bytes)?;
    if bytes.len() > MAX_RECORD_BYTES {
        return Err(io::Error::new(ErrorKind::InvalidData, too_long));
    }
    Ok(count > 0)
}

/// Walks through CSV as RFC 4180 has it; like most readers it takes a quote inside a bare field as content.
#[derive(Debug, Default)]
struct CsvScanner {
    place: CsvPlace,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum CsvPlace {
    #[default]
    FieldStart,
    Bare,
    Quoted,
    /// After a quote in a quoted field: its end, or the first half of an escaped quote.
    QuoteInQuoted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CsvStep {
    Content,
    Syntax,
    FieldEnd,
    RecordEnd,
}

impl CsvScanner {
    fn step(&mut self, byte: u8) -> CsvStep {
        use CsvPlace::{Bare, FieldStart, QuoteInQuoted, Quoted};
        let (place, step) = match (self.place, byte) {
            (FieldStart, b'"') => (Quoted, CsvStep::Syntax),
            (Quoted, b'"') => (QuoteInQuoted, CsvStep::Syntax),
            (QuoteInQuoted, b'"') | (Quoted, _) => (Quoted, CsvStep::Content),
            (_, b',') => (FieldStart, CsvStep::FieldEnd),
            (_, b'\n') => (FieldStart, CsvStep::RecordEnd),
            (_, _) => (Bare, CsvStep::Content),
        };
        self.place = place;
        step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(
        text: &str,
        read: impl Fn(&mut &[u8]) -> io::Result<Option<Record>>,
    ) -> Vec<(String, Option<String>)> {
        let mut input = text.as_bytes();
        std::iter::from_fn(|| read(&mut input).expect("records"))
            .map(|record| {
                let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
                (text(record.bytes), record.order.map(text))
            })
            .collect()
    }

    #[test]
    fn quotes_hide_commas_line_breaks_and_quotes() {
        let text = "a,\"O,\n\"\"1\"\"\",x\r\nb,O2,\"y\nz\"\n\nc,5\" pipe,w";
        let expected = [
            ("a,\"O,\n\"\"1\"\"\",x\r\n", Some("O,\n\"1\"")),
            ("b,O2,\"y\nz\"\n", Some("O2")),
            ("\n", None),
            ("c,5\" pipe,w", Some("5\" pipe")),
        ];
        let found = records(text, |input| read_csv(input, 1));
        let found: Vec<_> = found.iter().map(|(text, order)| (text.as_str(), order.as_deref())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn objects_give_their_order_whatever_its_type() {
        let text = "{\"order_id\":\"A\",\"line\":1}\n{\"line\":2,\"order_id\":17}\nnonsense\n";
        let orders: Vec<_> =
            records(text, |input| read_ndjson(input)).into_iter().map(|(_, order)| order).collect();
        assert_eq!(orders, [Some("A".into()), Some("17".into()), None]);
    }

    #[test]
    fn what_never_ends_is_refused_before_it_fills_the_memory() {
        let open_quote = std::iter::repeat_n(b"x\n", MAX_RECORD_BYTES).flatten().copied();
        let open_quote: Vec<u8> = std::iter::once(b'"').chain(open_quote).collect();
        let refusal = read_csv(&mut open_quote.as_slice(), 0).expect_err("too long");
        assert_eq!(refusal.to_string(), "a row is longer than 1 MiB; is a quote left open?");
        // Neither has a line break: only a limit on what is read at once ends these.
        let mut endless = io::BufReader::new(io::repeat(b'x'));
        let refusal = read_csv(&mut endless, 0).expect_err("too long");
        assert_eq!(refusal.to_string(), "a row is longer than 1 MiB; is a quote left open?");
        let refusal = read_ndjson(&mut endless).expect_err("too long");
        assert_eq!(refusal.to_string(), "a line is longer than 1 MiB; is it one object for each line?");
    }

    #[test]
    fn a_header_gives_its_names() {
        assert_eq!(csv_fields(b"order_id ,\"unit,price\",line\r\n"), ["order_id", "unit,price", "line"]);
    }
}
