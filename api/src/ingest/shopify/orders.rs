//! One order of a Shopify export into checked lines. Owns its discounts and refunds, which the export states for the
//! order as a whole.
//!
//! Discount: what the item discounts leave between the items and `Subtotal` (never more than `Discount Amount`, which
//! may include shipping) is split over the lines in proportion, to the minor unit.
//! Refund: `Refunded Amount`, less the tax in it, capped at the goods. A full one returns every line. A part of an
//! order with one line returns that product; of several lines nobody says which, so one line of product
//! [`REFUND`] carries it. An order that was voided, or cancelled before it was paid, is returned in full. The export
//! has no date of a refund: the cancellation's counts, else the order's.

use sha2::{Digest, Sha256};

use crate::error::FieldError;
use crate::ingest::draft::{Draft, NONE, StoreDefaults};
use crate::ingest::instant::parse_instant;
use crate::ingest::line::{Line, Merge, Rejection};
use crate::ingest::order::Parsed;
use crate::money::{Currency, MAX_MINOR, PRICE_DECIMALS, divide_rounded, parse_price, split};

/// Product of a refund that the export ties to no product.
pub(super) const REFUND: &str = "(refund)";

/// The text of an order, its items in the order of their rows.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) position: u64,
    pub(super) name: String,
    pub(super) customer: String,
    pub(super) email: String,
    /// `Financial Status` in lower case.
    pub(super) status: String,
    pub(super) created_at: String,
    pub(super) cancelled_at: String,
    pub(super) currency: String,
    pub(super) subtotal: String,
    pub(super) shipping: String,
    pub(super) total: String,
    pub(super) discount: String,
    pub(super) refunded: String,
    pub(super) source: String,
    pub(super) region: String,
    pub(super) items: Vec<Item>,
    pub(super) rows: u64,
    /// What is wrong so far, with the line of the file.
    pub(super) problems: Vec<(u64, FieldError)>,
}

/// The text of one item.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) position: u64,
    pub(super) quantity: String,
    pub(super) name: String,
    pub(super) price: String,
    pub(super) sku: String,
    pub(super) discount: String,
    pub(super) vendor: String,
}

impl Item {
    /// An item taken out of the order stays in the export with quantity 0; some rows only carry further payments.
    fn is_absent(&self) -> bool {
        self.quantity == "0" || [&self.quantity, &self.name, &self.price].iter().all(|text| text.is_empty())
    }
}

/// Amounts of the whole order in minor units; `None` where the export says nothing.
struct Amounts {
    currency: Currency,
    subtotal: Option<i64>,
    shipping: i64,
    total: Option<i64>,
    discount: i64,
    refunded: i64,
}

impl Order {
    /// The lines, or why the order is rejected.
    pub(super) fn into_parsed(mut self, store: &StoreDefaults) -> Parsed {
        match self.lines(store) {
            Some(lines) if self.problems.is_empty() => {
                let (position, received) = (self.position, lines.len() as u64);
                Parsed::Order { position, merge: Merge::ReplaceOrder, received, lines }
            }
            _ => {
                let reject = |(line, problem): (u64, FieldError)| Rejection {
                    line,
                    field: column(problem.field),
                    reason: problem.reason,
                };
                let rejections = self.problems.into_iter().map(reject).collect();
                let order_id = Some(self.name).filter(|name| !name.is_empty());
                Parsed::Rejected { order_id, received: self.rows, rejections }
            }
        }
    }

    fn lines(&mut self, store: &StoreDefaults) -> Option<Vec<(u64, Line)>> {
        let amounts = self.amounts(store);
        let refunded_at = parse_instant(&self.cancelled_at, &store.time_zone).map_err(str::to_owned);
        let refunded_at =
            if self.cancelled_at.is_empty() { None } else { self.or_problem("Cancelled at", refunded_at) };
        let mut lines = self.items(store);
        if lines.is_empty() && self.problems.is_empty() {
            self.problems
                .push((self.position, FieldError::new("Lineitem quantity", "no row of the order has any")));
        }
        let gross: i128 = lines.iter().map(|(_, line)| i128::from(line.gross_minor)).sum();
        // A refund may be one line of the whole order.
        if gross > i128::from(MAX_MINOR) {
            let reason = format!(
                "is too large in all items together: they end at {MAX_MINOR} minor units, such as cents"
            );
            let problem = FieldError::new("Lineitem price", reason);
            self.problems.push((self.position, problem));
        }
        let amounts = amounts.filter(|_| self.problems.is_empty())?;
        spread_discount(&amounts, &mut lines);
        let mut returns = self.returns(&amounts, &lines);
        for (number, (_, line)) in (lines.len() + 1..).zip(&mut returns) {
            line.line = u32::try_from(number).unwrap_or(u32::MAX);
            line.refund = true;
            line.at = refunded_at.unwrap_or(line.at);
        }
        lines.append(&mut returns);
        Some(lines)
    }

    fn items(&mut self, store: &StoreDefaults) -> Vec<(u64, Line)> {
        let customer = self.customer_id();
        let mut lines = Vec::with_capacity(self.items.len());
        for (number, item) in (1..).zip(self.items.iter().filter(|item| !item.is_absent())) {
            let number = i32::to_string(&number);
            let draft = Draft {
                order_id: &self.name,
                line: &number,
                customer_id: &customer,
                product_id: if item.sku.is_empty() { &item.name } else { &item.sku },
                product_name: &item.name,
                category: &item.vendor,
                quantity: &item.quantity,
                unit_price: &item.price,
                discount: &item.discount,
                currency: &self.currency,
                refund: "",
                ordered_at: &self.created_at,
                region: &self.region,
                channel: &self.source,
            };
            match draft.check(store) {
                Ok(line) if line.refund => {
                    self.problems.push((item.position, FieldError::new("quantity", "must not be negative")));
                }
                Ok(line) => lines.push((item.position, line)),
                Err(problems) => self.problems.extend(problems.into_iter().map(|one| (item.position, one))),
            }
        }
        lines
    }

    /// Customers without an id are told apart by a hash of their e-mail; 128 bits keep them apart for certain.
    fn customer_id(&self) -> String {
        if !self.customer.is_empty() || self.email.is_empty() {
            return self.customer.clone();
        }
        let digest = Sha256::digest(self.email.to_lowercase().as_bytes());
        let first = digest.iter().take(16).fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
        format!("email-{first:032x}")
    }

    fn amounts(&mut self, store: &StoreDefaults) -> Option<Amounts> {
        let currency = if self.currency.is_empty() {
            store.currency
        } else {
            self.or_problem(
                "Currency",
                Currency::from_code(&self.currency).map_err(|error| error.to_string()),
            )?
        };
        let texts =
            [&self.subtotal, &self.shipping, &self.total, &self.discount, &self.refunded].map(String::clone);
        let mut amount = |column, text: &String| -> Option<Option<i64>> {
            if text.is_empty() {
                return Some(None);
            }
            let minor = parse_price(text).and_then(|price| currency.round(i128::from(price)));
            self.or_problem(column, minor.map_err(|error| error.to_string())).map(Some)
        };
        let [subtotal, shipping, total, discount, refunded] = &texts;
        Some(Amounts {
            currency,
            subtotal: amount("Subtotal", subtotal)?,
            shipping: amount("Shipping", shipping)?.unwrap_or_default(),
            total: amount("Total", total)?,
            discount: amount("Discount Amount", discount)?.unwrap_or_default(),
            refunded: amount("Refunded Amount", refunded)?.unwrap_or_default(),
        })
    }

    fn or_problem<T>(&mut self, column: &str, result: Result<T, String>) -> Option<T> {
        result.map_err(|reason| self.problems.push((self.position, FieldError::new(column, reason)))).ok()
    }

    /// Lines that give back what was refunded; numbers and time are still those of the sales.
    fn returns(&self, amounts: &Amounts, sales: &[(u64, Line)]) -> Vec<(u64, Line)> {
        let sold: i64 = sales.iter().map(|(_, line)| line.net_minor).sum();
        let goods = refunded_goods(amounts, sold);
        let unpaid = matches!(self.status.as_str(), "" | "pending" | "authorized" | "expired" | "unpaid");
        let undone = self.status == "voided" || (unpaid && !self.cancelled_at.is_empty());
        if undone || self.status == "refunded" || (goods == sold && goods > 0) {
            return sales.to_vec();
        }
        match sales {
            _ if goods == 0 => Vec::new(),
            [(position, only)] => vec![(*position, part_of(only, goods, amounts.currency))],
            [(_, first), ..] => {
                let unknown = Line {
                    product_id: REFUND.to_owned(),
                    product_name: REFUND.to_owned(),
                    category: NONE.to_owned(),
                    ..amount_line(first, 1, goods, amounts.currency)
                };
                vec![(self.position, unknown)]
            }
            [] => Vec::new(),
        }
    }
}

/// The order's own discount, split over the lines.
fn spread_discount(amounts: &Amounts, lines: &mut [(u64, Line)]) {
    let nets: Vec<i64> = lines.iter().map(|(_, line)| line.net_minor).collect();
    let net: i64 = nets.iter().sum();
    let of_items: i64 = lines.iter().map(|(_, line)| line.gross_minor - line.net_minor).sum();
    let discount = match amounts.subtotal {
        Some(subtotal) => (net - subtotal).min(amounts.discount),
        None => amounts.discount - of_items,
    };
    let unit = price_of_minor_unit(amounts.currency);
    for ((_, line), part) in lines.iter_mut().zip(split(discount.clamp(0, net), &nets)) {
        line.discount += part * unit;
        line.net_minor -= part;
    }
}

/// The part of the refund that is goods. Tax on top of the prices makes the total more than subtotal and shipping;
/// its share of the refund is not revenue. What exceeds the goods was shipping.
fn refunded_goods(amounts: &Amounts, sold: i64) -> i64 {
    let taxed = amounts.total.map(|total| total - amounts.shipping);
    let goods = match (amounts.subtotal, taxed) {
        (Some(subtotal), Some(taxed)) if taxed > subtotal && subtotal > 0 => {
            let share =
                divide_rounded(i128::from(amounts.refunded) * i128::from(subtotal), i128::from(taxed));
            i64::try_from(share).unwrap_or(sold)
        }
        _ => amounts.refunded,
    };
    goods.min(sold)
}

/// A return of `goods` minor units of this line, in whole units where the amount is exactly theirs.
fn part_of(line: &Line, goods: i64, currency: Currency) -> Line {
    let (units, rest) = match line.net_minor {
        0 => (1, 0),
        net => {
            let product = i128::from(goods) * i128::from(line.quantity);
            (product / i128::from(net), product % i128::from(net))
        }
    };
    let price = goods * price_of_minor_unit(currency);
    let units = i64::try_from(units).ok().filter(|units| rest == 0 && *units > 0 && price % units == 0);
    amount_line(line, units.unwrap_or(1), goods, currency)
}

/// `model` with an amount of its own and no discount; `units` divides the price.
fn amount_line(model: &Line, units: i64, minor: i64, currency: Currency) -> Line {
    let unit_price = minor * price_of_minor_unit(currency) / units;
    Line { quantity: units, unit_price, discount: 0, gross_minor: minor, net_minor: minor, ..model.clone() }
}

/// Ten-thousandths of the major unit in one minor unit.
fn price_of_minor_unit(currency: Currency) -> i64 {
    10_i64.pow(PRICE_DECIMALS.saturating_sub(currency.minor_digits()))
}

/// The column that a field of ours is read from.
fn column(field: String) -> String {
    let column = match field.as_str() {
        "order_id" => "Name",
        "customer_id" => "Customer ID",
        "product_id" => "Lineitem sku",
        "product_name" => "Lineitem name",
        "category" => "Vendor",
        "quantity" => "Lineitem quantity",
        "unit_price" => "Lineitem price",
        "discount" => "Lineitem discount",
        "currency" => "Currency",
        "ordered_at" => "Created at",
        "region" => "Shipping Province",
        "channel" => "Source",
        _ => return field,
    };
    column.to_owned()
}
