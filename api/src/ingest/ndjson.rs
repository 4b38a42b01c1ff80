//! NDJSON: one flat JSON object per line, with the fields of our CSV. A bad line is rejected by its number. Never
//! holds more than one line of at most 1 MiB.
//!
//! Strings and numbers are both fine for every field; money is read from the text of the number. Lines upsert one by
//! one, as CSV rows do.

use std::borrow::Cow;
use std::io::{BufRead, Read};
use std::sync::LazyLock;

use super::csv::MAX_ROW_BYTES;
use super::draft::{Draft, FIELDS, StoreDefaults, check_with};
use super::json_object::{Object, text_or_problem};
use super::line::Line;
use super::order::{Fatal, Orders, Parsed, Row};
use crate::error::FieldError;

/// Our fields, and `lines` to recognise whole orders by.
static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| [&FIELDS[..], &["lines"]].concat());

/// Reads NDJSON; empty lines are skipped.
pub fn read<R: BufRead>(input: R, store: StoreDefaults) -> impl Iterator<Item = Result<Parsed, Fatal>> {
    Orders::new(Rows { input, store, buffer: Vec::new(), position: 0 })
}

struct Rows<R> {
    input: R,
    store: StoreDefaults,
    buffer: Vec<u8>,
    position: u64,
}

impl<R: BufRead> Iterator for Rows<R> {
    type Item = Result<Row, Fatal>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.next_line() {
                Err(fatal) => return Some(Err(fatal)),
                Ok(false) => return None,
                Ok(true) if self.text().trim_ascii().is_empty() => {}
                Ok(true) => return Some(Ok(self.row())),
            }
        }
    }
}

impl<R: BufRead> Rows<R> {
    fn next_line(&mut self) -> Result<bool, Fatal> {
        self.buffer.clear();
        self.position += 1;
        let count = self.input.by_ref().take(MAX_ROW_BYTES).read_until(b'\n', &mut self.buffer)?;
        if count as u64 == MAX_ROW_BYTES && self.buffer.last() != Some(&b'\n') {
            let reason = "the line is longer than 1 MiB".to_owned();
            return Err(Fatal::Malformed { unit: "line", position: self.position, reason });
        }
        Ok(count > 0)
    }

    fn text(&self) -> &[u8] {
        let bom = if self.position == 1 { "\u{feff}".as_bytes() } else { b"" };
        self.buffer.strip_prefix(bom).unwrap_or(&self.buffer)
    }

    fn row(&self) -> Row {
        let position = self.position;
        match Object::read(self.text(), &NAMES) {
            Err(reason) => {
                Row::Bad { position, order_id: None, problems: vec![FieldError::new("row", reason)] }
            }
            Ok(object) => match line_of(&object, &self.store) {
                Ok(line) => Row::Good { position, line },
                Err(problems) => {
                    let order_id = object.text("order_id").ok().filter(|id| !id.is_empty());
                    Row::Bad { position, order_id: order_id.map(Cow::into_owned), problems }
                }
            },
        }
    }
}

fn line_of(object: &Object<'_>, store: &StoreDefaults) -> Result<Line, Vec<FieldError>> {
    if object.raw("lines").is_some() {
        let hint = "belongs to whole orders; send those as JSON (application/json)";
        return Err(vec![FieldError::new("lines", hint)]);
    }
    let mut problems = object.problems.clone();
    let refund = text_or_problem(object.flag("refund"), &mut problems);
    let mut text = |name| text_or_problem(object.text(name), &mut problems);
    let draft = Draft {
        order_id: &text("order_id"),
        line: &text("line"),
        customer_id: &text("customer_id"),
        product_id: &text("product_id"),
        product_name: &text("product_name"),
        category: &text("category"),
        quantity: &text("quantity"),
        unit_price: &text("unit_price"),
        ordered_at: &text("ordered_at"),
        region: &text("region"),
        channel: &text("channel"),
        discount: &text("discount"),
        currency: &text("currency"),
        refund: &refund,
    };
    check_with(&draft, problems, store)
}

#[cfg(test)]
mod tests;
