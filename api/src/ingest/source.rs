//! An upload or file of any kind. Owns the choice of its format: gzip by its first bytes, then what the sender
//! declares, then what the content looks like. Reads ahead at most 64 KiB.

use std::io::{self, BufReader, Cursor, Read};

use flate2::read::MultiGzDecoder;

use super::csv::Table;
use super::draft::StoreDefaults;
use super::json_object::Object;
use super::order::{Fatal, Parsed};
use super::{csv, json, ndjson, shopify};

const SNIFFED_BYTES: u64 = 64 << 10;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Formats that orders come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Our CSV.
    Csv,
    /// A Shopify orders export.
    Shopify,
    /// One order line per line, as flat JSON objects.
    Ndjson,
    /// One order, or an array of orders.
    Json,
}

impl Format {
    /// The format that a `Content-Type` names; `None` for one that says nothing about orders. A CSV is named
    /// [`Format::Csv`] whoever wrote it: its header tells.
    pub fn of_content_type(content_type: &str) -> Option<Self> {
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "text/csv" | "application/csv" => Some(Self::Csv),
            "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
            | "application/json-lines"
            | "application/x-jsonlines" => Some(Self::Ndjson),
            "application/json" => Some(Self::Json),
            _ => None,
        }
    }

    /// The format that a file name ends on, before a possible `.gz`.
    pub fn of_file_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.')?.1 {
            "csv" => Some(Self::Csv),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// An opened upload: its orders in turn, up to the end or the first [`Fatal`].
pub struct Source {
    /// What it turned out to be.
    pub format: Format,
    orders: Box<dyn Iterator<Item = Result<Parsed, Fatal>> + Send>,
}

impl Iterator for Source {
    type Item = Result<Parsed, Fatal>;

    fn next(&mut self) -> Option<Self::Item> {
        self.orders.next()
    }
}

impl Source {
    /// Opens `input`, gzipped or not, as what it was declared to be, or as what it looks like.
    pub fn open(
        input: impl Read + Send + 'static,
        declared: Option<Format>,
        store: StoreDefaults,
    ) -> Result<Self, Fatal> {
        Self::open_up_to(u64::MAX, input, declared, store)
    }

    /// The same for strangers: reading ends with [`TooLarge`] after `most` bytes, as they are once decompressed.
    pub fn open_up_to(
        most: u64,
        input: impl Read + Send + 'static,
        declared: Option<Format>,
        store: StoreDefaults,
    ) -> Result<Self, Fatal> {
        let (magic, input) = peek(input, GZIP_MAGIC.len() as u64)?;
        let plain: Box<dyn Read + Send> =
            if magic == GZIP_MAGIC { Box::new(MultiGzDecoder::new(input)) } else { Box::new(input) };
        let (head, plain) = peek(Bounded { input: plain, left: most, most }, SNIFFED_BYTES)?;
        refuse_binary(&head)?;
        let input = BufReader::with_capacity(64 << 10, plain);
        match declared.unwrap_or_else(|| looks_like(&head)) {
            Format::Json => Ok(Self { format: Format::Json, orders: Box::new(json::read(input, store)) }),
            Format::Ndjson => {
                Ok(Self { format: Format::Ndjson, orders: Box::new(ndjson::read(input, store)) })
            }
            Format::Csv | Format::Shopify => Self::open_table(Table::open(input)?, store),
        }
    }

    fn open_table(table: Table<impl Read + Send + 'static>, store: StoreDefaults) -> Result<Self, Fatal> {
        if shopify::recognises(&table.header) {
            let orders = Box::new(shopify::read(table, store)?);
            return Ok(Self { format: Format::Shopify, orders });
        }
        let orders = Box::new(csv::read(table, store)?);
        Ok(Self { format: Format::Csv, orders })
    }
}

/// More came out of an upload than may; a few bytes can be made to expand into any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the upload is larger than {0} bytes")]
pub struct TooLarge(pub u64);

struct Bounded<R> {
    input: R,
    left: u64,
    most: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.left =
            self.left.checked_sub(read as u64).ok_or_else(|| io::Error::other(TooLarge(self.most)))?;
        Ok(read)
    }
}

/// A reader put back to its start.
type Peeked<R> = io::Chain<Cursor<Vec<u8>>, R>;

/// The first bytes, as far as there are any, and the whole input again.
fn peek<R: Read>(mut input: R, count: u64) -> io::Result<(Vec<u8>, Peeked<R>)> {
    let mut head = Vec::new();
    input.by_ref().take(count).read_to_end(&mut head)?;
    Ok((head.clone(), Cursor::new(head).chain(input)))
}

fn refuse_binary(head: &[u8]) -> Result<(), Fatal> {
    let reason = match head {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "is UTF-16; save it as UTF-8",
        [b'P', b'K', 3, 4, ..] => {
            "is a ZIP archive or an Excel workbook; send CSV, NDJSON or JSON, gzipped or not"
        }
        _ => return Ok(()),
    };
    Err(Fatal::Malformed { unit: "line", position: 1, reason: reason.to_owned() })
}

fn looks_like(head: &[u8]) -> Format {
    let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head).trim_ascii_start();
    match text.first() {
        Some(b'[') => Format::Json,
        Some(b'{') => {
            let first_line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
            // A whole object on its line that has no lines of its own is itself one.
            match Object::read(first_line, &["lines"]) {
                Ok(object) if object.raw("lines").is_none() => Format::Ndjson,
                _ => Format::Json,
            }
        }
        _ => Format::Csv,
    }
}

#[cfg(test)]
mod tests;
