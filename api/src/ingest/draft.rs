//! An order line as text, on its way to a checked [`Line`]. Owns every rule about a single line: what may be empty,
//! lengths, numbers, defaults. Empty region, channel, category and product name become [`NONE`]; an empty customer
//! is a guest; an empty discount is 0; an empty currency is the store's.

use std::str::FromStr;

use jiff::tz::TimeZone;

use super::instant::parse_instant;
use super::line::Line;
use crate::error::FieldError;
use crate::money::{Currency, MAX_MINOR, MoneyError, line_amounts, parse_price};

/// Names of the fields of a line, in CSV, NDJSON and the lines of JSON orders; those that a CSV must have come first.
pub const FIELDS: [&str; 14] = [
    "order_id",
    "line",
    "customer_id",
    "product_id",
    "product_name",
    "category",
    "quantity",
    "unit_price",
    "ordered_at",
    "region",
    "channel",
    "discount",
    "currency",
    "refund",
];
/// How many of [`FIELDS`] a CSV must have.
pub const REQUIRED_FIELDS: usize = 11;
/// What stands for an empty region, channel, category or product name.
pub const NONE: &str = "(none)";
/// Longest id, region, channel or category, in bytes of UTF-8.
pub const MAX_KEY_BYTES: usize = 255;
/// Longest product name, in bytes of UTF-8.
pub const MAX_NAME_BYTES: usize = 512;
/// Largest quantity of a line, sold or returned.
pub const MAX_QUANTITY: i64 = 1_000_000_000;
/// Largest line number.
pub const MAX_LINE_NUMBER: u32 = i32::MAX.cast_unsigned();

/// What a source need not say, because the store says it.
#[derive(Debug, Clone)]
pub struct StoreDefaults {
    /// Zone of times that carry no offset, and of dates.
    pub time_zone: TimeZone,
    /// Currency of lines that name none.
    pub currency: Currency,
}

/// The text of one line; empty stands for absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Draft<'a> {
    /// Required.
    pub order_id: &'a str,
    /// Line number, required.
    pub line: &'a str,
    /// Empty for a guest.
    pub customer_id: &'a str,
    /// Required.
    pub product_id: &'a str,
    /// Product name as sold.
    pub product_name: &'a str,
    /// Product category as sold.
    pub category: &'a str,
    /// A whole number, not 0; below 0 for a return. Required.
    pub quantity: &'a str,
    /// List price of one unit. Required.
    pub unit_price: &'a str,
    /// Discount on the whole line.
    pub discount: &'a str,
    /// ISO 4217 code.
    pub currency: &'a str,
    /// `true`, `1`, `yes`, `false`, `0`, `no` or nothing.
    pub refund: &'a str,
    /// See [`parse_instant`]. Required.
    pub ordered_at: &'a str,
    /// Region of the order.
    pub region: &'a str,
    /// Channel of the order.
    pub channel: &'a str,
}

impl<'a> Draft<'a> {
    /// A draft of the texts of [`FIELDS`].
    pub fn of(texts: [&'a str; FIELDS.len()]) -> Self {
        let [
            order_id,
            line,
            customer_id,
            product_id,
            product_name,
            category,
            quantity,
            unit_price,
            ordered_at,
            region,
            channel,
            discount,
            currency,
            refund,
        ] = texts;
        Self {
            order_id,
            line,
            customer_id,
            product_id,
            product_name,
            category,
            quantity,
            unit_price,
            discount,
            currency,
            refund,
            ordered_at,
            region,
            channel,
        }
    }

    /// The line, or everything that is wrong with it.
    pub fn check(&self, store: &StoreDefaults) -> Result<Line, Vec<FieldError>> {
        let mut problems = Problems::default();
        let currency = problems.take("currency", currency(self.currency, store));
        let quantity = problems.take("quantity", quantity(self.quantity));
        let unit_price = problems.take("unit_price", required(self.unit_price).and_then(price));
        let discount = problems.take("discount", or_zero(self.discount));
        let refund = problems.take("refund", flag(self.refund));
        let at = problems.take(
            "ordered_at",
            required(self.ordered_at)
                .and_then(|text| parse_instant(text, &store.time_zone).map_err(str::to_owned)),
        );
        let line = problems.take("line", required(self.line).and_then(line_number));
        problems.take("order_id", id(self.order_id));
        problems.take("product_id", id(self.product_id));
        problems.take("customer_id", key(self.customer_id));
        problems.take("product_name", name(self.product_name));
        for (field, text) in [("category", self.category), ("region", self.region), ("channel", self.channel)]
        {
            problems.take(field, key(text));
        }
        let (Some(currency), Some(signed), Some(unit_price), Some(discount)) =
            (currency, quantity, unit_price, discount)
        else {
            return Err(problems.0);
        };
        let amounts = line_amounts(currency, signed.abs(), unit_price, discount);
        let amounts = problems.take(amounts_field(amounts.as_ref()), amounts.map_err(amounts_reason));
        let (Some(amounts), Some(refund), Some(at), Some(line), true) =
            (amounts, refund, at, line, problems.0.is_empty())
        else {
            return Err(problems.0);
        };
        Ok(Line {
            order_id: self.order_id.to_owned(),
            line,
            customer_id: if self.customer_id.trim_ascii().is_empty() { "" } else { self.customer_id }
                .to_owned(),
            product_id: self.product_id.to_owned(),
            product_name: or_none(self.product_name),
            category: or_none(self.category),
            quantity: signed.abs(),
            unit_price,
            discount,
            gross_minor: amounts.gross_minor,
            net_minor: amounts.net_minor,
            refund: refund || signed < 0,
            at,
            region: or_none(self.region),
            channel: or_none(self.channel),
            currency: currency.code().to_owned(),
        })
    }
}

/// [`Draft::check`] of a draft that its source had `problems` with already; those fields are reported once.
pub(super) fn check_with(
    draft: &Draft<'_>,
    mut problems: Vec<FieldError>,
    store: &StoreDefaults,
) -> Result<Line, Vec<FieldError>> {
    match draft.check(store) {
        Ok(line) if problems.is_empty() => return Ok(line),
        Ok(_) => {}
        Err(more) => {
            let known = problems.len();
            for problem in more {
                if problems[..known].iter().all(|earlier| earlier.field != problem.field) {
                    problems.push(problem);
                }
            }
        }
    }
    Err(problems)
}

#[derive(Default)]
struct Problems(Vec<FieldError>);

impl Problems {
    fn take<T>(&mut self, field: &str, checked: Result<T, String>) -> Option<T> {
        checked.map_err(|reason| self.0.push(FieldError::new(field, reason))).ok()
    }
}

fn required(text: &str) -> Result<&str, String> {
    let text = text.trim_ascii();
    if text.is_empty() { Err("is required".to_owned()) } else { Ok(text) }
}

fn price(text: &str) -> Result<i64, String> {
    parse_price(text).map_err(|error| error.to_string())
}

fn or_zero(text: &str) -> Result<i64, String> {
    let text = text.trim_ascii();
    if text.is_empty() { Ok(0) } else { price(text) }
}

fn currency(text: &str, store: &StoreDefaults) -> Result<Currency, String> {
    let text = text.trim_ascii();
    if text.is_empty() {
        return Ok(store.currency);
    }
    Currency::from_str(text).map_err(|error| error.to_string())
}

fn quantity(text: &str) -> Result<i64, String> {
    let number: i64 = required(text)?.parse().map_err(|_| "must be a whole number".to_owned())?;
    match number {
        0 => Err("must not be 0".to_owned()),
        _ if number.unsigned_abs() <= MAX_QUANTITY.unsigned_abs() => Ok(number),
        _ => Err(format!("must lie between -{MAX_QUANTITY} and {MAX_QUANTITY}")),
    }
}

fn line_number(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| *number <= MAX_LINE_NUMBER);
    number.ok_or_else(|| format!("must be a whole number from 0 to {MAX_LINE_NUMBER}"))
}

fn flag(text: &str) -> Result<bool, String> {
    let text = text.trim_ascii();
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(&["", "false", "0", "no"]) {
        Ok(false)
    } else if is(&["true", "1", "yes"]) {
        Ok(true)
    } else {
        Err("must be true or false".to_owned())
    }
}

fn id(text: &str) -> Result<(), String> {
    required(text)?;
    key(text)
}

/// Ids and the names that reports group by are kept byte for byte, so nothing invisible may hide in them.
fn key(text: &str) -> Result<(), String> {
    within(text, MAX_KEY_BYTES)?;
    if text.chars().any(char::is_control) {
        return Err("must not contain control characters such as line breaks".to_owned());
    }
    Ok(())
}

fn name(text: &str) -> Result<(), String> {
    within(text, MAX_NAME_BYTES)?;
    if text.contains('\0') { Err("must not contain NUL".to_owned()) } else { Ok(()) }
}

fn within(text: &str, bytes: usize) -> Result<(), String> {
    if text.len() > bytes { Err(format!("must have at most {bytes} bytes")) } else { Ok(()) }
}

fn or_none(text: &str) -> String {
    if text.trim_ascii().is_empty() { NONE.to_owned() } else { text.to_owned() }
}

fn amounts_field<T>(amounts: Result<T, &MoneyError>) -> &'static str {
    if amounts.err() == Some(&MoneyError::Negative) { "discount" } else { "unit_price" }
}

fn amounts_reason(error: MoneyError) -> String {
    match error {
        MoneyError::Negative => "must not exceed unit_price × quantity".to_owned(),
        MoneyError::TooLarge => {
            format!("is too large for this quantity: a line ends at {MAX_MINOR} minor units, such as cents")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
