//! What was seen of a store: plain numbers in as few bytes as models need. Reads nothing.

use std::collections::BTreeMap;

use foldhash::HashMap;

use crate::{
    fits::inventory::Stock,
    ingest::terms::Term,
    queries::{catalogue::Product, customers::CustomerSummary},
    rollup::packed::PackedLine,
};

/// Products whose units are broken down, by revenue: memory is bounded.
pub const TOLD_PRODUCTS: usize = 200;
/// Weeks of the past that they are broken down for.
pub const TOLD_WEEKS: i32 = 112;
/// Days of demand that stock is planned by.
pub const DEMAND_DAYS: i32 = 182;

/// An order with a sale by a known customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Purchase {
    /// Number of the customer.
    pub customer: u32,
    /// Day of the sale, since 1970-01-01.
    pub day: i32,
    /// Number of the channel.
    pub channel: u32,
    /// Sales in minor units, after discounts; returns are not taken off.
    pub amount: i64,
}

/// The store on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayTotal {
    /// Sales less returns, in minor units.
    pub revenue: i64,
    /// Orders with a sale.
    pub orders: i64,
}

/// A product over some days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProductTotal {
    /// Units sold.
    pub sold: i64,
    /// Units returned.
    pub returned: i64,
    /// Sales in minor units, after discounts.
    pub sales: i64,
    /// Sales less returns, in minor units.
    pub net: i64,
}

impl ProductTotal {
    pub(super) fn add(&mut self, line: &PackedLine) {
        if line.refund {
            self.returned += line.quantity;
            self.net -= line.net;
        } else {
            self.sold += line.quantity;
            self.sales += line.net;
            self.net += line.net;
        }
    }
}

/// What revenue can be broken down by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Region.
    Region,
    /// Channel.
    Channel,
    /// Category.
    Category,
}

impl Dimension {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Region, Self::Channel, Self::Category];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::Channel => "channel",
            Self::Category => "category",
        }
    }

    pub(super) fn term(self) -> Term {
        match self {
            Self::Region => Term::Region,
            Self::Channel => Term::Channel,
            Self::Category => Term::Category,
        }
    }
}

/// The products of each order, one order after the other.
#[derive(Debug, Default)]
pub struct Baskets {
    products: Vec<u32>,
    ends: Vec<usize>,
}

impl Baskets {
    /// Adds a product to the order that is not closed yet.
    pub(super) fn add(&mut self, product: u32) {
        self.products.push(product);
    }

    /// Closes the order.
    pub(super) fn close_order(&mut self) {
        self.ends.push(self.products.len());
    }

    /// Each order's products, possibly repeated.
    pub fn orders(&self) -> impl Iterator<Item = &[u32]> + Clone {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.products[start..*end])
    }
}

/// What was seen.
#[derive(Debug, Default)]
pub struct Observations {
    /// The data version that was read.
    pub data_version: i64,
    /// Stock levels at that time.
    pub stock: Stock,
    /// First and last day with a line; `None` for a store without.
    pub range: Option<(i32, i32)>,
    /// The days of the range that are over: all but today. What is left of today would look like a bad day.
    pub over: Option<(i32, i32)>,
    /// By customer, then day.
    pub purchases: Vec<Purchase>,
    /// Each customer's last sale, orders with a sale, and net revenue; without orders for who only returned.
    pub customers: HashMap<u32, CustomerSummary>,
    /// One for each day of the range.
    pub days: Vec<DayTotal>,
    /// Net revenue by dimension, number and day.
    pub parts: HashMap<(Dimension, u32, i32), i64>,
    /// By product and week (the day number of its Monday).
    pub product_weeks: BTreeMap<(u32, i32), ProductTotal>,
    /// By product and month (months since January 1970).
    pub product_months: BTreeMap<(u32, i32), ProductTotal>,
    /// Units sold by product and day, of the last [`DEMAND_DAYS`] days.
    pub product_days: HashMap<(u32, i32), i64>,
    /// First day with a sale, by product.
    pub launched: HashMap<u32, i32>,
    /// Units sold by product, dimension (without categories), number and week: of the [`TOLD_PRODUCTS`] best products
    /// and the last [`TOLD_WEEKS`] weeks.
    pub product_parts: HashMap<(u32, Dimension, u32, i32), i64>,
    /// Products of each order with a sale.
    pub baskets: Baskets,
    /// All sales, and all returns, in minor units.
    pub sales: i64,
    /// See `sales`.
    pub returns: i64,
    /// What products are called.
    pub products: HashMap<u32, Product>,
    /// Names by dimension and number.
    pub names: HashMap<(Dimension, u32), String>,
}

impl Observations {
    /// Products with a line, by net revenue of all time, best first; ties by the shop's id.
    pub fn best_products(&self) -> Vec<(u32, i64)> {
        let mut nets: BTreeMap<u32, i64> = BTreeMap::new();
        for ((id, _), total) in &self.product_months {
            *nets.entry(*id).or_default() += total.net;
        }
        let mut best: Vec<(u32, i64)> = nets.into_iter().collect();
        best.sort_by(|a, b| (b.1, self.product_id(a.0)).cmp(&(a.1, self.product_id(b.0))));
        best
    }

    /// The shop's id of a product.
    pub fn product_id(&self, id: u32) -> &str {
        self.products.get(&id).map_or("", |product| &product.id)
    }

    /// Mondays of the weeks all of whose days are over, at most so many of the last.
    pub fn complete_weeks(&self, most: i32) -> std::iter::StepBy<std::ops::Range<i32>> {
        let (first, last) = self.over.unwrap_or((0, -1));
        let end = monday(last + 1);
        (monday(first + 6).max(end - 7 * most).min(end)..end).step_by(7)
    }
}

/// Monday of the week of a day; 1970-01-01 was a Thursday.
pub fn monday(day: i32) -> i32 {
    day - (day + 3).rem_euclid(7)
}
