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
/// One order may make a part larger, up to this; as JSON only as far as `objects` reads one.
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
mod tests;
