//! Our CSV: one order line per row, columns in any order. Owns the header, rows and their text; a bad row is
//! rejected by its line number, only a bad header ends the file. Never holds more than one row of at most 1 MiB.
//!
//! Lines upsert one by one. Rows of an order that follow each other are checked together; of two rows with the same
//! order and line number among them the later wins.

use std::collections::VecDeque;
use std::error::Error;
use std::io::{self, Read};

use csv::{ByteRecord, ReaderBuilder};

use super::draft::{Draft, FIELDS, REQUIRED_FIELDS, StoreDefaults};
use super::order::{Fatal, Orders, Parsed, Row, excerpt};
use crate::error::FieldError;

/// Columns that must be there.
pub const REQUIRED: &[&str] = FIELDS.split_at(REQUIRED_FIELDS).0;
/// Columns that may be there.
pub const OPTIONAL: &[&str] = FIELDS.split_at(REQUIRED_FIELDS).1;

/// Longest row, so that a quote which is never closed cannot fill the memory.
pub(super) const MAX_ROW_BYTES: u64 = 1 << 20;

/// Unknown columns that are reported.
const MAX_HEADER_PROBLEMS: usize = 50;

/// Reads our CSV after its header has been found to be ours.
pub fn read<R: Read>(
    table: Table<R>,
    store: StoreDefaults,
) -> Result<impl Iterator<Item = Result<Parsed, Fatal>>, Fatal> {
    let columns = Columns::of(&table.header)?;
    Ok(Orders::new(Rows { table, columns, store }))
}

/// A CSV of any kind, with its header read. Tolerates a byte order mark, CRLF and rows of uneven length.
pub struct Table<R> {
    reader: csv::Reader<Metered<R>>,
    record: ByteRecord,
    /// Column names, trimmed.
    pub header: Vec<String>,
}

impl<R: Read> Table<R> {
    /// Reads the header.
    pub fn open(input: R) -> Result<Self, Fatal> {
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(Metered::new(input));
        let mut table = Self { reader, record: ByteRecord::new(), header: Vec::new() };
        if table.next_row()?.is_none() {
            return Err(Fatal::Header(vec![FieldError::new("header", "is missing: the file is empty")]));
        }
        let name = |field: &[u8]| String::from_utf8_lossy(field).trim().to_owned();
        table.header = table.record.iter().map(name).collect();
        Ok(table)
    }

    /// Reads the next row into [`Self::record`] and gives its line in the file, from 1.
    pub(super) fn next_row(&mut self) -> Result<Option<u64>, Fatal> {
        self.reader.get_mut().left = MAX_ROW_BYTES;
        let start = self.reader.position().byte();
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => Ok(Some(self.line_of_record())),
            Ok(false) => Ok(None),
            Err(error) => {
                let line = self.reader.get_mut().newlines_before(start + 1) + 1;
                Err(read_failure(error, line))
            }
        }
    }

    /// Counts back from the end of the row: at its start, the reader has blank lines and half a CRLF before it.
    fn line_of_record(&mut self) -> u64 {
        let last_byte = self.reader.position().byte().saturating_sub(1);
        let last_line = self.reader.get_mut().newlines_before(last_byte) + 1;
        let within: u64 = self.record.as_slice().iter().map(|byte| u64::from(*byte == b'\n')).sum();
        last_line.saturating_sub(within).max(1)
    }

    /// The row read last.
    pub(super) fn record(&self) -> &ByteRecord {
        &self.record
    }
}

fn read_failure(error: csv::Error, line: u64) -> Fatal {
    match error.into_kind() {
        csv::ErrorKind::Io(error)
            if error.get_ref().is_some_and(<dyn Error + Send + Sync>::is::<RowTooLong>) =>
        {
            let reason = "the row is longer than 1 MiB; is a quote not closed?".to_owned();
            Fatal::Malformed { unit: "line", position: line, reason }
        }
        csv::ErrorKind::Io(error) => Fatal::Read(error),
        other => Fatal::Malformed { unit: "line", position: line, reason: format!("{other:?}") },
    }
}

#[derive(Debug, thiserror::Error)]
#[error("row too long")]
struct RowTooLong;

/// A reader that gives up once one row has taken more than its allowance, and that knows where lines end.
struct Metered<R> {
    input: R,
    left: u64,
    read: u64,
    /// Offsets of the newlines that were read and not yet counted.
    newlines: VecDeque<u64>,
    counted: u64,
}

impl<R> Metered<R> {
    fn new(input: R) -> Self {
        Self { input, left: 0, read: 0, newlines: VecDeque::new(), counted: 0 }
    }

    /// Newlines before an offset that never goes back.
    fn newlines_before(&mut self, offset: u64) -> u64 {
        while self.newlines.front().is_some_and(|newline| *newline < offset) {
            self.newlines.pop_front();
            self.counted += 1;
        }
        self.counted
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other(RowTooLong));
        }
        let count = self.input.read(buffer)?;
        let found = buffer[..count].iter().zip(self.read..).filter(|(byte, _)| **byte == b'\n');
        self.newlines.extend(found.map(|(_, offset)| offset));
        self.read += count as u64;
        self.left = self.left.saturating_sub(count as u64);
        Ok(count)
    }
}

/// Where each field stands in a row; `None` for an optional column that is absent.
struct Columns {
    places: [Option<usize>; FIELDS.len()],
    width: usize,
}

impl Columns {
    fn of(header: &[String]) -> Result<Self, Fatal> {
        let mut columns = Self { places: [None; FIELDS.len()], width: header.len() };
        let mut problems = Vec::new();
        for (place, name) in header.iter().enumerate() {
            let known = FIELDS.iter().position(|known| known.eq_ignore_ascii_case(name));
            match known.map(|known| &mut columns.places[known]) {
                None if problems.len() >= MAX_HEADER_PROBLEMS => {}
                None => problems.push(unknown_column(name)),
                Some(Some(_)) => problems.push(FieldError::new(name, "is there twice")),
                Some(free) => *free = Some(place),
            }
        }
        let missing = REQUIRED.iter().zip(&columns.places).filter(|(_, place)| place.is_none());
        problems.extend(missing.map(|(name, _)| FieldError::new(*name, "is missing")));
        if problems.is_empty() { Ok(columns) } else { Err(Fatal::Header(problems)) }
    }

    fn text<'a>(&self, record: &'a ByteRecord, field: usize) -> Result<&'a str, FieldError> {
        let bytes = self.places[field].and_then(|place| record.get(place)).unwrap_or_default();
        std::str::from_utf8(bytes).map_err(|_| FieldError::new(FIELDS[field], "is not valid UTF-8"))
    }

    fn draft<'a>(&self, record: &'a ByteRecord) -> Result<Draft<'a>, FieldError> {
        let mut texts = [""; FIELDS.len()];
        for (field, text) in texts.iter_mut().enumerate() {
            *text = self.text(record, field)?;
        }
        Ok(Draft::of(texts))
    }
}

fn unknown_column(name: &str) -> FieldError {
    let separated =
        [(';', "semicolons"), ('\t', "tabs")].into_iter().find(|(separator, _)| name.contains(*separator));
    let reason = match separated {
        Some((_, separators)) => format!("looks like columns separated by {separators}; use commas"),
        None => "is not a known column".to_owned(),
    };
    FieldError::new(excerpt(name), reason)
}

struct Rows<R> {
    table: Table<R>,
    columns: Columns,
    store: StoreDefaults,
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<Row, Fatal>;

    fn next(&mut self) -> Option<Self::Item> {
        let position = self.table.next_row().transpose()?;
        Some(position.map(|position| self.row(position)))
    }
}

impl<R> Rows<R> {
    fn row(&self, position: u64) -> Row {
        match self.line() {
            Ok(line) => Row::Good { position, line },
            Err(problems) => {
                let order_id = self.columns.text(&self.table.record, 0).ok();
                let order_id = order_id.filter(|id| !id.is_empty()).map(str::to_owned);
                Row::Bad { position, order_id, problems }
            }
        }
    }

    fn line(&self) -> Result<super::line::Line, Vec<FieldError>> {
        let record = &self.table.record;
        if record.len() != self.columns.width {
            let reason = format!("has {} fields where the header has {}", record.len(), self.columns.width);
            return Err(vec![FieldError::new("row", reason)]);
        }
        self.columns.draft(record).map_err(|problem| vec![problem])?.check(&self.store)
    }
}

#[cfg(test)]
mod tests;
