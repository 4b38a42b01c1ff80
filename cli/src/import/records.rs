//! Records of a file, one at a time, with the key that says to which order they belong. Keeps their bytes as they
//! are, so that line numbers stay true and the API sees what the user wrote.

use std::io::BufRead;

use serde::Deserialize;

/// No record is longer; a quote that is never closed ends here.
const MAX_RECORD_BYTES: usize = 1 << 20;

/// How records follow each other in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Comma-separated; the order is in the column with this index.
    Csv {
        /// Index of the column, from 0.
        order_column: usize,
    },
    /// A JSON object per line; the order is in its field `order_id`.
    Ndjson,
}

/// A record without a meaning: its bytes with the line break, and its order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// The bytes as they are in the file.
    pub(super) bytes: Vec<u8>,
    /// The order's id; `None` when the record has none, such as a blank line.
    pub(super) order: Option<Vec<u8>>,
}

/// Reads the next record; `None` at the end. The error says what is wrong with the record.
pub(super) fn read(input: &mut impl BufRead, shape: Shape) -> std::io::Result<Option<Record>> {
    match shape {
        Shape::Csv { order_column } => read_csv(input, order_column),
        Shape::Ndjson => read_ndjson(input),
    }
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

fn read_csv(input: &mut impl BufRead, order_column: usize) -> std::io::Result<Option<Record>> {
    let mut bytes = Vec::new();
    let mut scanner = CsvScanner::default();
    let (mut column, mut order) = (0, Vec::new());
    loop {
        let seen = bytes.len();
        if input.read_until(b'\n', &mut bytes)? == 0 {
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
        if bytes.len() > MAX_RECORD_BYTES {
            let reason = "a row is longer than 1 MiB; is a quote left open?";
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, reason));
        }
    }
    let order = Some(order.trim_ascii().to_vec()).filter(|order| !order.is_empty());
    Ok((!bytes.is_empty()).then_some(Record { bytes, order }))
}

fn read_ndjson(input: &mut impl BufRead) -> std::io::Result<Option<Record>> {
    #[derive(Deserialize)]
    struct Line {
        order_id: serde_json::Value,
    }
    let mut bytes = Vec::new();
    if input.read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    let order = serde_json::from_slice::<Line>(&bytes).ok().map(|line| match line.order_id {
        serde_json::Value::String(text) => text.into_bytes(),
        other => other.to_string().into_bytes(),
    });
    Ok(Some(Record { bytes, order }))
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

    fn records(text: &str, shape: Shape) -> Vec<(String, Option<String>)> {
        let mut input = text.as_bytes();
        std::iter::from_fn(|| read(&mut input, shape).expect("records"))
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
        let found = records(text, Shape::Csv { order_column: 1 });
        let found: Vec<_> = found.iter().map(|(text, order)| (text.as_str(), order.as_deref())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn objects_give_their_order_whatever_its_type() {
        let text = "{\"order_id\":\"A\",\"line\":1}\n{\"line\":2,\"order_id\":17}\nnonsense\n";
        let orders: Vec<_> = records(text, Shape::Ndjson).into_iter().map(|(_, order)| order).collect();
        assert_eq!(orders, [Some("A".into()), Some("17".into()), None]);
    }

    #[test]
    fn an_open_quote_is_refused_in_time() {
        let text = format!("\"{}", "x\n".repeat(MAX_RECORD_BYTES));
        let refusal = read(&mut text.as_bytes(), Shape::Csv { order_column: 0 }).expect_err("too long");
        assert_eq!(refusal.to_string(), "a row is longer than 1 MiB; is a quote left open?");
    }

    #[test]
    fn a_header_gives_its_names() {
        assert_eq!(csv_fields(b"order_id ,\"unit,price\",line\r\n"), ["order_id", "unit,price", "line"]);
    }
}
