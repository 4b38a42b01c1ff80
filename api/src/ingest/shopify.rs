//! Shopify's orders export. Owns its columns and the gathering of an order's rows: fields of the order stand on its
//! first row only, each row is one item. `orders` turns them into lines. Holds one order at a time.
//!
//! `Name` is the order, `Lineitem sku` (else its name) the product, `Vendor` the category, `Source` the channel; the
//! region is the province of the address, else its country, shipping before billing. A customer is `Customer ID`
//! where there is such a column, else a hash of the e-mail, which itself is not kept. Other columns are ignored.

mod orders;

use std::io::Read;

use csv::ByteRecord;

use self::orders::{Item, Order};
use super::csv::Table;
use super::draft::StoreDefaults;
use super::order::{Fatal, MAX_ORDER_LINES, Parsed};
use crate::error::FieldError;

const REQUIRED: [&str; 5] = ["Name", "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price"];

/// Whether a CSV with this header is a Shopify orders export.
pub fn recognises(header: &[String]) -> bool {
    ["Name", "Lineitem name"].iter().all(|name| place(header, &[name]).is_some())
}

/// Reads an orders export. Each order replaces what is stored of it and lands whole or not at all.
pub fn read<R: Read>(
    table: Table<R>,
    store: StoreDefaults,
) -> Result<impl Iterator<Item = Result<Parsed, Fatal>>, Fatal> {
    let missing = REQUIRED.iter().filter(|name| place(&table.header, &[name]).is_none());
    let problems: Vec<FieldError> = missing.map(|name| FieldError::new(*name, "is missing")).collect();
    if !problems.is_empty() {
        return Err(Fatal::Header(problems));
    }
    let columns = Columns::of(&table.header);
    Ok(Orders { table, columns, store, open: None, done: false })
}

/// Where the first of these names stands.
fn place(header: &[String], names: &[&str]) -> Option<usize> {
    names.iter().find_map(|name| header.iter().position(|column| column.eq_ignore_ascii_case(name)))
}

struct Columns {
    width: usize,
    name: Option<usize>,
    customer: Option<usize>,
    email: Option<usize>,
    status: Option<usize>,
    created_at: Option<usize>,
    cancelled_at: Option<usize>,
    currency: Option<usize>,
    subtotal: Option<usize>,
    shipping: Option<usize>,
    total: Option<usize>,
    discount: Option<usize>,
    refunded: Option<usize>,
    source: Option<usize>,
    /// The first that is not empty is the region.
    regions: [Option<usize>; 6],
    item_quantity: Option<usize>,
    item_name: Option<usize>,
    item_price: Option<usize>,
    item_sku: Option<usize>,
    item_discount: Option<usize>,
    vendor: Option<usize>,
}

impl Columns {
    fn of(header: &[String]) -> Self {
        let place = |names: &[&str]| place(header, names);
        Self {
            width: header.len(),
            name: place(&["Name"]),
            customer: place(&["Customer ID", "Customer Id"]),
            email: place(&["Email"]),
            status: place(&["Financial Status"]),
            created_at: place(&["Created at"]),
            cancelled_at: place(&["Cancelled at", "Canceled at"]),
            currency: place(&["Currency"]),
            subtotal: place(&["Subtotal"]),
            shipping: place(&["Shipping"]),
            total: place(&["Total"]),
            discount: place(&["Discount Amount"]),
            refunded: place(&["Refunded Amount"]),
            source: place(&["Source"]),
            regions: [
                "Shipping Province Name",
                "Shipping Province",
                "Shipping Country",
                "Billing Province Name",
                "Billing Province",
                "Billing Country",
            ]
            .map(|name| place(&[name])),
            item_quantity: place(&["Lineitem quantity"]),
            item_name: place(&["Lineitem name"]),
            item_price: place(&["Lineitem price"]),
            item_sku: place(&["Lineitem sku"]),
            item_discount: place(&["Lineitem discount"]),
            vendor: place(&["Vendor"]),
        }
    }

    fn order(&self, record: &ByteRecord, position: u64) -> Order {
        let text = |place| text(record, place);
        let region = self.regions.iter().map(|place| text(*place)).find(|region| !region.is_empty());
        Order {
            position,
            name: text(self.name),
            customer: text(self.customer),
            email: text(self.email),
            status: text(self.status).to_ascii_lowercase(),
            created_at: text(self.created_at),
            cancelled_at: text(self.cancelled_at),
            currency: text(self.currency),
            subtotal: text(self.subtotal),
            shipping: text(self.shipping),
            total: text(self.total),
            discount: text(self.discount),
            refunded: text(self.refunded),
            source: text(self.source),
            region: region.unwrap_or_default(),
            items: Vec::new(),
            rows: 0,
            problems: Vec::new(),
        }
    }

    fn item(&self, record: &ByteRecord, position: u64) -> Item {
        let text = |place| text(record, place);
        Item {
            position,
            quantity: text(self.item_quantity),
            name: text(self.item_name),
            price: text(self.item_price),
            sku: text(self.item_sku),
            discount: text(self.item_discount),
            vendor: text(self.vendor),
        }
    }

    fn problem(&self, record: &ByteRecord) -> Option<FieldError> {
        if record.len() != self.width {
            let reason = format!("has {} fields where the header has {}", record.len(), self.width);
            return Some(FieldError::new("row", reason));
        }
        let garbled = record.iter().any(|field| std::str::from_utf8(field).is_err());
        garbled.then(|| FieldError::new("row", "is not valid UTF-8"))
    }
}

fn text(record: &ByteRecord, place: Option<usize>) -> String {
    let bytes = place.and_then(|place| record.get(place)).unwrap_or_default();
    String::from_utf8_lossy(bytes).trim().to_owned()
}

struct Orders<R> {
    table: Table<R>,
    columns: Columns,
    store: StoreDefaults,
    open: Option<Order>,
    done: bool,
}

impl<R: Read> Iterator for Orders<R> {
    type Item = Result<Parsed, Fatal>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.done {
            match self.table.next_row() {
                Err(fatal) => {
                    self.done = true;
                    return Some(Err(fatal));
                }
                Ok(None) => {
                    self.done = true;
                    return self.open.take().map(|order| Ok(order.into_parsed(&self.store)));
                }
                Ok(Some(position)) => {
                    if let Some(finished) = self.add_row(position) {
                        return Some(Ok(finished.into_parsed(&self.store)));
                    }
                }
            }
        }
        None
    }
}

impl<R: Read> Orders<R> {
    /// Adds the row just read to its order; gives the order before it, if that is over.
    fn add_row(&mut self, position: u64) -> Option<Order> {
        let record = self.table.record();
        let name = text(record, self.columns.name);
        let continues = self.open.as_ref().is_some_and(|open| open.name == name);
        let finished = if continues { None } else { self.open.take() };
        let order = self.open.get_or_insert_with(|| self.columns.order(record, position));
        order.rows += 1;
        if let Some(problem) = self.columns.problem(record) {
            order.problems.push((position, problem));
        } else if order.items.len() < MAX_ORDER_LINES {
            order.items.push(self.columns.item(record, position));
        } else if order.rows == MAX_ORDER_LINES as u64 + 1 {
            let reason = format!("the order has more than {MAX_ORDER_LINES} items");
            order.problems.push((position, FieldError::new("Name", reason)));
        }
        finished
    }
}

#[cfg(test)]
mod tests;
