//! Whole orders as JSON: one object, or an array of them. Cuts the stream into orders of at most 8 MiB and holds one
//! at a time; an order lands whole or not at all, and replaces what is stored of it.
//!
//! A rejection's `line` is the position of the order from 1; fields of a line read `lines[0].quantity`, counted as
//! JSON does, from 0. A line without `line` is numbered by its place from 1. Only a return may carry its own
//! `ordered_at`. An order needs at least one line.

use std::collections::HashSet;
use std::io::BufRead;

use serde_json::value::RawValue;

use super::draft::{Draft, StoreDefaults, check_with};
use super::instant::parse_instant;
use super::json_array::Objects;
use super::json_object::{Object, elements, text_or_problem};
use super::line::{Line, Merge};
use super::order::{Fatal, MAX_ORDER_LINES, Parsed, reject};
use crate::error::FieldError;

const ORDER_FIELDS: &[&str] =
    &["order_id", "customer_id", "ordered_at", "region", "channel", "currency", "lines"];
const LINE_FIELDS: &[&str] = &[
    "line",
    "product_id",
    "product_name",
    "category",
    "quantity",
    "unit_price",
    "discount",
    "refund",
    "ordered_at",
];

/// Problems of an order after which its other lines are not looked at.
const MAX_PROBLEMS: usize = 1_000;

/// Reads one order or an array of orders.
pub fn read<R: BufRead>(input: R, store: StoreDefaults) -> impl Iterator<Item = Result<Parsed, Fatal>> {
    Orders { objects: Objects::new(input), store, done: false }
}

struct Orders<R> {
    objects: Objects<R>,
    store: StoreDefaults,
    done: bool,
}

impl<R: BufRead> Iterator for Orders<R> {
    type Item = Result<Parsed, Fatal>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let item = self.next_order().transpose();
        self.done = !matches!(item, Some(Ok(_)));
        item
    }
}

impl<R: BufRead> Orders<R> {
    fn next_order(&mut self) -> Result<Option<Parsed>, Fatal> {
        let Some((position, json)) = self.objects.next()? else { return Ok(None) };
        let order = Object::read(json, ORDER_FIELDS).map_err(|reason| Fatal::Malformed {
            unit: "order",
            position,
            reason,
        })?;
        Ok(Some(parse_order(position, &order, &self.store)))
    }
}

fn parse_order(position: u64, order: &Object<'_>, store: &StoreDefaults) -> Parsed {
    let mut problems = order.problems.clone();
    let (lines, received) = lines_of(order, &mut problems);
    let mut text = |name| text_or_problem(order.text(name), &mut problems);
    let shared = Draft {
        order_id: &text("order_id"),
        customer_id: &text("customer_id"),
        ordered_at: &text("ordered_at"),
        region: &text("region"),
        channel: &text("channel"),
        currency: &text("currency"),
        ..Draft::default()
    };
    let at = if shared.ordered_at.is_empty() {
        Err("is required")
    } else {
        parse_instant(shared.ordered_at, &store.time_zone)
    };
    if let Err(reason) = at {
        add_new(&mut problems, vec![FieldError::new("ordered_at", reason)]);
    }
    let mut checked = Vec::with_capacity(lines.len());
    let mut numbers = HashSet::new();
    for (index, json) in lines.into_iter().enumerate() {
        if problems.len() >= MAX_PROBLEMS {
            break;
        }
        match parse_line(&shared, index, json, store) {
            Ok(line) if !line.refund && at.is_ok_and(|at| at != line.at) => {
                let reason = "differs from the order's; only a return may have a time of its own";
                problems.push(FieldError::new(format!("lines[{index}].ordered_at"), reason));
            }
            Ok(line) if numbers.insert(line.line) => checked.push((position, line)),
            Ok(line) => {
                let reason = format!("{} is the number of an earlier line already", line.line);
                problems.push(FieldError::new(format!("lines[{index}].line"), reason));
            }
            Err(more) => add_new(&mut problems, more),
        }
    }
    if problems.is_empty() {
        return Parsed::Order { position, merge: Merge::ReplaceOrder, received, lines: checked };
    }
    let order_id = Some(shared.order_id.to_owned()).filter(|id| !id.is_empty());
    Parsed::Rejected { order_id, received, rejections: reject(position, problems) }
}

/// The lines as they are written and their number, at least 1 so that a rejected order shows in the summary.
fn lines_of<'a>(order: &Object<'a>, problems: &mut Vec<FieldError>) -> (Vec<&'a RawValue>, u64) {
    let lines = match order.raw("lines") {
        None => Err("is required: an array of order lines".to_owned()),
        Some(json) => elements(json, MAX_ORDER_LINES),
    };
    let (lines, count) = lines.unwrap_or_else(|reason| {
        problems.push(FieldError::new("lines", reason));
        (Vec::new(), 1)
    });
    if count == 0 {
        problems.push(FieldError::new("lines", "must have at least one line"));
    } else if count > MAX_ORDER_LINES {
        problems.push(FieldError::new("lines", format!("must have at most {MAX_ORDER_LINES} lines")));
    }
    (lines, count.max(1) as u64)
}

fn parse_line(
    shared: &Draft<'_>,
    index: usize,
    json: &RawValue,
    store: &StoreDefaults,
) -> Result<Line, Vec<FieldError>> {
    let object = Object::read(json.get().as_bytes(), LINE_FIELDS)
        .map_err(|reason| vec![FieldError::new(format!("lines[{index}]"), reason)])?;
    let mut problems = object.problems.clone();
    let refund = text_or_problem(object.flag("refund"), &mut problems);
    let mut text = |name| text_or_problem(object.text(name), &mut problems);
    let (number, own_time) = (text("line"), text("ordered_at"));
    let place = (index + 1).to_string();
    let draft = Draft {
        line: if number.is_empty() { &place } else { &number },
        product_id: &text("product_id"),
        product_name: &text("product_name"),
        category: &text("category"),
        quantity: &text("quantity"),
        unit_price: &text("unit_price"),
        discount: &text("discount"),
        refund: &refund,
        ordered_at: if own_time.is_empty() { shared.ordered_at } else { &own_time },
        ..*shared
    };
    let found_here = problems.len();
    check_with(&draft, problems, store).map_err(|problems| {
        let of_line = |at: usize, field: &str| match field {
            "ordered_at" => at < found_here || !own_time.is_empty(),
            field => at < found_here || LINE_FIELDS.contains(&field),
        };
        let place = |(at, problem): (usize, FieldError)| {
            if of_line(at, &problem.field) {
                FieldError { field: format!("lines[{index}].{}", problem.field), ..problem }
            } else {
                problem
            }
        };
        problems.into_iter().enumerate().map(place).collect()
    })
}

/// Adds problems; one of the order is found again with each of its lines and kept once.
fn add_new(problems: &mut Vec<FieldError>, more: Vec<FieldError>) {
    for problem in more {
        let of_order = !problem.field.starts_with("lines[");
        if !(of_order && problems.iter().any(|known| known.field == problem.field)) {
            problems.push(problem);
        }
    }
}

#[cfg(test)]
mod tests;
