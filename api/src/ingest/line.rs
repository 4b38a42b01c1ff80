//! One order line as every source delivers it, checked and rounded. Knows no storage.

use jiff::Timestamp;
use serde::Serialize;

/// A validated order line. Amounts follow the measures: gross, discount and net of a line are never negative;
/// a return is a line with `refund` set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The shop's order id.
    pub order_id: String,
    /// Line number within the order, from 0 up.
    pub line: u32,
    /// The shop's customer id; empty for a guest.
    pub customer_id: String,
    /// The shop's product id.
    pub product_id: String,
    /// Product name as sold.
    pub product_name: String,
    /// Product category as sold.
    pub category: String,
    /// Units, always positive.
    pub quantity: i64,
    /// List price of one unit in ten-thousandths of the major currency unit.
    pub unit_price: i64,
    /// Discount on the whole line in ten-thousandths of the major currency unit.
    pub discount: i64,
    /// `unit_price × quantity`, rounded half up to the currency's minor unit.
    pub gross_minor: i64,
    /// `unit_price × quantity − discount`, rounded half up to the currency's minor unit, once, here.
    pub net_minor: i64,
    /// Whether the line is a return.
    pub refund: bool,
    /// When it was ordered, or returned.
    pub at: Timestamp,
    /// Region of the order.
    pub region: String,
    /// Channel of the order.
    pub channel: String,
    /// ISO 4217 code of the order.
    pub currency: String,
}

/// How the lines of one order meet what is stored already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// The lines are the whole order: stored lines that are absent are deleted.
    ReplaceOrder,
    /// Each line stands for itself: others of the order stay.
    UpsertLines,
}

/// A line that did not land.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rejection {
    /// Line of the upload, from 1 (the header of a CSV is line 1); for a JSON array, the position of the order.
    pub line: u64,
    /// Field that is wrong.
    pub field: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Answer to an upload.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct IngestSummary {
    /// Lines read.
    pub received: u64,
    /// Lines that were not there before.
    pub inserted: u64,
    /// Lines that changed, or were deleted by a replaced order.
    pub replaced: u64,
    /// Lines that were there already, the same.
    pub unchanged: u64,
    /// Lines that did not land.
    pub rejected: u64,
    /// Why they did not land; the first thousand.
    pub errors: Vec<Rejection>,
}

impl IngestSummary {
    /// The counts, in the order in which an answer has them.
    pub fn counts(&self) -> [u64; 5] {
        [self.received, self.inserted, self.replaced, self.unchanged, self.rejected]
    }
}
