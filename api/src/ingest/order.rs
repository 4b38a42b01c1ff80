//! Whole orders: what every source yields, how rows of one order find together, and what its lines must share.
//! Holds one order at a time.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::io;

use super::line::{Line, Merge, Rejection};
use crate::error::FieldError;

/// Most lines of one order that are held together. A longer JSON or Shopify order is rejected; longer runs of CSV or
/// NDJSON rows are passed on in several pieces, since each of their lines stands for itself.
pub const MAX_ORDER_LINES: usize = 10_000;

/// What a source yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// Lines of one order that agree with each other.
    Order {
        /// Line of the upload where the order starts; for JSON, the position of the order from 1.
        position: u64,
        /// How the lines meet stored ones.
        merge: Merge,
        /// Lines read. More than `lines` holds when a line number came again: the later line won. Of a Shopify
        /// order, its returns count as read.
        received: u64,
        /// Position and content of each line; never empty, all of one order, line numbers distinct.
        lines: Vec<(u64, Line)>,
    },
    /// Lines that do not land.
    Rejected {
        /// The order they belong to, where that could be read.
        order_id: Option<String>,
        /// Lines read and rejected.
        received: u64,
        /// Why: at least one reason, possibly several for one line.
        rejections: Vec<Rejection>,
    },
}

/// Why a source cannot be read on. What it yielded before stands; the order it was reading is dropped.
#[derive(Debug, thiserror::Error)]
pub enum Fatal {
    /// Columns are missing, unknown or doubled.
    #[error("the header of the CSV is wrong: {}", list(.0))]
    Header(Vec<FieldError>),
    /// The structure is broken, so that what follows cannot be told apart.
    #[error("{unit} {position}: {reason}")]
    Malformed {
        /// What `position` counts: "line" or "order".
        unit: &'static str,
        /// Where, from 1.
        position: u64,
        /// What is wrong.
        reason: String,
    },
    /// The stream itself failed: the connection, the file, or its compression.
    #[error("the orders could not be read: {0}")]
    Read(#[from] io::Error),
}

fn list(fields: &[FieldError]) -> String {
    let texts: Vec<String> =
        fields.iter().map(|problem| format!("{} {}", problem.field, problem.reason)).collect();
    texts.join("; ")
}

/// Checks that the lines are one order: all share customer, region, channel and currency, and the sales their
/// instant as well; a return keeps its own. The error is the position of the first line that differs, and how.
pub fn check_order<'a>(lines: impl IntoIterator<Item = (u64, &'a Line)>) -> Result<(), (u64, FieldError)> {
    let mut first: Option<(u64, &Line)> = None;
    let mut first_sale: Option<(u64, &Line)> = None;
    for (position, line) in lines {
        let (at, model) = *first.get_or_insert((position, line));
        let shared: [(&str, &str, &str); 4] = [
            ("customer_id", &model.customer_id, &line.customer_id),
            ("region", &model.region, &line.region),
            ("channel", &model.channel, &line.channel),
            ("currency", &model.currency, &line.currency),
        ];
        if let Some((field, there, here)) = shared.into_iter().find(|(_, there, here)| there != here) {
            return Err((position, differs(field, here, there, at)));
        }
        if !line.refund {
            let (at, model) = *first_sale.get_or_insert((position, line));
            if model.at != line.at {
                return Err((
                    position,
                    differs("ordered_at", &line.at.to_string(), &model.at.to_string(), at),
                ));
            }
        }
    }
    Ok(())
}

fn differs(field: &str, here: &str, there: &str, at: u64) -> FieldError {
    let reason = format!(
        "is {here:?} here but {there:?} at {at}; all lines of an order share it, so the whole order was rejected"
    );
    FieldError::new(field, reason)
}

/// One row of CSV or NDJSON.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all rows are good; a box each would cost an allocation"
)]
pub(super) enum Row {
    Good { position: u64, line: Line },
    Bad { position: u64, order_id: Option<String>, problems: Vec<FieldError> },
}

/// Gathers consecutive rows of one order. A bad row is yielded at once and does not part the rows around it.
pub(super) struct Orders<I> {
    rows: I,
    open: Vec<(u64, Line)>,
    ready: VecDeque<Parsed>,
    done: bool,
}

impl<I: Iterator<Item = Result<Row, Fatal>>> Orders<I> {
    pub(super) fn new(rows: I) -> Self {
        Self { rows, open: Vec::new(), ready: VecDeque::new(), done: false }
    }

    fn push(&mut self, position: u64, line: Line) {
        let fits = self.open.len() < MAX_ORDER_LINES
            && self.open.last().is_none_or(|(_, last)| last.order_id == line.order_id);
        if !fits {
            self.close();
        }
        self.open.push((position, line));
    }

    fn close(&mut self) {
        let capacity = self.open.len().min(64);
        let lines = std::mem::replace(&mut self.open, Vec::with_capacity(capacity));
        if !lines.is_empty() {
            self.ready.push_back(settle(lines));
        }
    }
}

impl<I: Iterator<Item = Result<Row, Fatal>>> Iterator for Orders<I> {
    type Item = Result<Parsed, Fatal>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(parsed) = self.ready.pop_front() {
                return Some(Ok(parsed));
            }
            if self.done {
                return None;
            }
            match self.rows.next() {
                Some(Ok(Row::Good { position, line })) => self.push(position, line),
                Some(Ok(Row::Bad { position, order_id, problems })) => {
                    let rejections = reject(position, problems);
                    return Some(Ok(Parsed::Rejected { order_id, received: 1, rejections }));
                }
                Some(Err(fatal)) => {
                    self.done = true;
                    return Some(Err(fatal));
                }
                None => {
                    self.done = true;
                    self.close();
                }
            }
        }
    }
}

/// The order that these rows are, the later of two with one number, or its rejection. `lines` is not empty.
fn settle(lines: Vec<(u64, Line)>) -> Parsed {
    let received = lines.len() as u64;
    let lines = last_of_each_number(lines);
    let disagreement = check_order(lines.iter().map(|(position, line)| (*position, line)));
    if let Err((position, problem)) = disagreement {
        let order_id = lines.into_iter().next().map(|(_, line)| line.order_id);
        return Parsed::Rejected { order_id, received, rejections: reject(position, vec![problem]) };
    }
    let position = lines.first().map_or(0, |(position, _)| *position);
    Parsed::Order { position, merge: Merge::UpsertLines, received, lines }
}

/// Keeps the place of the first and the content of the last.
fn last_of_each_number(lines: Vec<(u64, Line)>) -> Vec<(u64, Line)> {
    if lines.windows(2).all(|pair| pair[0].1.line < pair[1].1.line) {
        return lines;
    }
    let mut places: HashMap<u32, usize> = HashMap::with_capacity(lines.len());
    let mut kept: Vec<(u64, Line)> = Vec::with_capacity(lines.len());
    for (position, line) in lines {
        if let Some(place) = places.get(&line.line) {
            kept[*place] = (position, line);
        } else {
            places.insert(line.line, kept.len());
            kept.push((position, line));
        }
    }
    kept
}

/// The first characters of a name that a sender made up, so that a problem stays short.
pub(super) fn excerpt(name: &str) -> &str {
    name.char_indices().nth(64).map_or(name, |(end, _)| &name[..end])
}

pub(super) fn reject(position: u64, problems: Vec<FieldError>) -> Vec<Rejection> {
    let rejection =
        |problem: FieldError| Rejection { line: position, field: problem.field, reason: problem.reason };
    problems.into_iter().map(rejection).collect()
}

#[cfg(test)]
mod tests;
