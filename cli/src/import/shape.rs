//! How the records of a file follow each other: told by what it begins with, and by its name where that leaves
//! a choice. Judges no record.

use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::input::Input;
use super::objects::Objects;
use super::records::{csv_fields, read_csv};
use crate::failure::{Doing, Failure};

const SNIFFED_BYTES: u64 = 64 << 10;
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

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
    /// Whole orders as JSON objects, alone or in an array.
    Json(Objects),
}

/// Finds out the shape of a file and reads its header, which only a CSV has.
pub(super) fn recognise(path: &Path) -> Result<(Shape, Vec<u8>), Failure> {
    let mut input = Input::open_at(path, 0)
        .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?;
    let mut head = Vec::new();
    input.by_ref().take(SNIFFED_BYTES).read_to_end(&mut head).doing(|| format!("read {}", path.display()))?;
    let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&head).trim_ascii_start();
    match text.first() {
        None => Err(Failure::usage(format!("{} is empty", path.display()))),
        Some(b'[') => Ok((Shape::Json(Objects::Start), Vec::new())),
        _ if is_named_ndjson(path) => Ok((Shape::Ndjson, Vec::new())),
        Some(b'{') if is_order_line(text) => Ok((Shape::Ndjson, Vec::new())),
        Some(b'{') => Ok((Shape::Json(Objects::Start), Vec::new())),
        Some(_) => recognise_csv(path),
    }
}

fn is_named_ndjson(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    [".ndjson", ".jsonl"].iter().any(|ending| name.ends_with(ending))
}

/// Whether the first line is an object by itself that has no lines of its own: an order line, and not an order.
fn is_order_line(text: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Object {
        lines: Option<IgnoredAny>,
    }
    let first_line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    serde_json::from_slice::<Object>(first_line).is_ok_and(|object| object.lines.is_none())
}

/// Our own CSV names the order `order_id`, a Shopify export `Name`.
fn recognise_csv(path: &Path) -> Result<(Shape, Vec<u8>), Failure> {
    let doing = || format!("read the header of {}", path.display());
    let mut input = Input::open_at(path, 0).doing(doing)?;
    let header = read_csv(&mut input, 0).doing(doing)?.map(|record| record.bytes);
    let mut header = header.unwrap_or_default();
    let names = csv_fields(header.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&header));
    let column_of = |wanted: &str| names.iter().position(|name| name.eq_ignore_ascii_case(wanted));
    let order_column = column_of("order_id").or_else(|| column_of("Name")).ok_or_else(|| {
        Failure::usage(format!("the header of {} has no column order_id", path.display()))
            .hint("its first line must name the columns, as in the documentation of POST /api/v1/orders")
    })?;
    if !header.ends_with(b"\n") {
        header.push(b'\n');
    }
    Ok((Shape::Csv { order_column }, header))
}
