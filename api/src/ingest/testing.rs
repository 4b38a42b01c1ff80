//! What the tests of the sources share: a store, random valid lines, and their text.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::draft::StoreDefaults;
use super::line::Line;
use super::order::Parsed;
use crate::money::{Currency, ExactNumber, PRICE_DECIMALS, line_amounts};

pub(super) fn store() -> StoreDefaults {
    StoreDefaults { time_zone: TimeZone::UTC, currency: Currency::from_code("USD").expect("a currency") }
}

/// Any text that an id may be: quotes, commas, other scripts, spaces inside.
fn any_id() -> impl Strategy<Value = String> {
    "[!-~é漢😀][ -~é漢😀]{0,11}"
}

/// A valid line.
pub(super) fn any_line() -> impl Strategy<Value = Line> {
    let ids = (any_id(), 0_u32..100, prop_oneof![Just(String::new()), any_id()], any_id());
    let names = ("[!-~é漢][ -~\t\r\né漢]{0,20}", any_id(), any_id(), any_id());
    let currency = prop_oneof![Just("USD"), Just("JPY"), Just("KWD"), Just("EUR"), Just("CLF")];
    let amounts = (1_i64..1_000, 0_i64..10_000_000, 0.0_f64..=1.0, currency, any::<bool>());
    let at = 0_i64..7_258_118_400_000;
    (ids, names, amounts, at).prop_map(|(ids, names, (quantity, unit_price, share, code, refund), at)| {
        let currency = Currency::from_code(code).expect("a currency");
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "any share will do")]
        let discount = ((unit_price * quantity) as f64 * share) as i64;
        let amounts = line_amounts(currency, quantity, unit_price, discount).expect("a small amount");
        Line {
            order_id: ids.0,
            line: ids.1,
            customer_id: ids.2,
            product_id: ids.3,
            product_name: names.0,
            category: names.1,
            quantity,
            unit_price,
            discount,
            gross_minor: amounts.gross_minor,
            net_minor: amounts.net_minor,
            refund,
            at: Timestamp::from_millisecond(at).expect("within range"),
            region: names.2,
            channel: names.3,
            currency: code.to_owned(),
        }
    })
}

/// Valid lines, each of an order of its own.
pub(super) fn any_lines() -> impl Strategy<Value = Vec<Line>> {
    prop::collection::vec(any_line(), 1..20).prop_map(|lines| {
        let distinct =
            |(line, number): (Line, u32)| Line { order_id: format!("{number}{}", line.order_id), ..line };
        lines.into_iter().zip(100..).map(distinct).collect()
    })
}

/// Each field of a line as a sender would write it.
pub(super) fn texts(line: &Line) -> HashMap<&'static str, String> {
    let price = |units| ExactNumber { units, decimals: PRICE_DECIMALS }.to_string();
    HashMap::from([
        ("order_id", line.order_id.clone()),
        ("line", line.line.to_string()),
        ("customer_id", line.customer_id.clone()),
        ("product_id", line.product_id.clone()),
        ("product_name", line.product_name.clone()),
        ("category", line.category.clone()),
        ("quantity", line.quantity.to_string()),
        ("unit_price", price(line.unit_price)),
        ("discount", price(line.discount)),
        ("currency", line.currency.clone()),
        ("refund", line.refund.to_string()),
        ("ordered_at", line.at.to_string()),
        ("region", line.region.clone()),
        ("channel", line.channel.clone()),
    ])
}

/// The lines that land, with their positions.
pub(super) fn landed(parsed: &[Parsed]) -> Vec<(u64, &Line)> {
    let lines = parsed.iter().filter_map(|parsed| match parsed {
        Parsed::Order { lines, .. } => Some(lines),
        Parsed::Rejected { .. } => None,
    });
    lines.flatten().map(|(position, line)| (*position, line)).collect()
}

/// Makes random lines one order, numbered from 1; returns keep their instant.
pub(super) fn as_order(lines: Vec<Line>) -> Vec<Line> {
    let first = lines[0].clone();
    let currency = Currency::from_code(&first.currency).expect("a currency");
    let of_order = |(line, number): (Line, u32)| {
        let amounts =
            line_amounts(currency, line.quantity, line.unit_price, line.discount).expect("a small amount");
        Line {
            order_id: first.order_id.clone(),
            line: number,
            customer_id: first.customer_id.clone(),
            region: first.region.clone(),
            channel: first.channel.clone(),
            currency: first.currency.clone(),
            at: if line.refund { line.at } else { first.at },
            gross_minor: amounts.gross_minor,
            net_minor: amounts.net_minor,
            ..line
        }
    };
    lines.into_iter().zip(1..).map(of_order).collect()
}
