//! What each customer did in a month: the part of a month's summary that reports about customers add up, so that they
//! cost what the shop has customers, not what it has orders. Pure bytes and sums; knows no storage.

use std::collections::BTreeMap;

use anyhow::Result;
use foldhash::HashMap;

use super::{
    measures::Measures,
    month::{Part, add_line, put_measures, take_id, take_measures},
    packed::{PackedOrder, put, take, unzigzag, zigzag},
};

/// One customer's month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CustomerMonth {
    /// Sums, with the number of orders that have a sale.
    pub measures: Measures,
    /// Second of the first sale, where there is one.
    pub first_sale: i64,
    /// Second of the last sale, where there is one.
    pub last_sale: i64,
}

/// The customers of a month, by the region and channel that they bought in.
#[derive(Debug, Default)]
pub struct Histories {
    parts: HashMap<Part, HashMap<u32, CustomerMonth>>,
}

impl Histories {
    /// Adds the lines of an order that fall in the month. Guests have no history.
    pub fn add(&mut self, part: Part, order: &PackedOrder) {
        if order.header.customer == 0 {
            return;
        }
        let mut addition = CustomerMonth::default();
        for line in &order.lines {
            add_line(&mut addition.measures, line);
        }
        if let Some(sale) = order.lines.iter().find(|line| !line.refund) {
            addition.measures.orders = 1;
            addition.first_sale = sale.at;
            addition.last_sale = sale.at;
        }
        let customers = self.parts.entry(part).or_default();
        customers.entry(order.header.customer).or_default().add(&addition);
    }

    /// The rows that store these, of each part and of the wider ones.
    pub fn rows(&self) -> Vec<(Part, Vec<u8>)> {
        let mut wide: BTreeMap<Part, Vec<Part>> = BTreeMap::new();
        for part in self.parts.keys() {
            for target in part.and_wider() {
                wide.entry(target).or_default().push(*part);
            }
        }
        wide.into_iter().map(|(target, parts)| (target, encode(&self.together(&parts)))).collect()
    }

    /// By customer; each part of `parts` is read once, so that only one sum is in memory at a time.
    fn together(&self, parts: &[Part]) -> Vec<(u32, CustomerMonth)> {
        let mut sums: HashMap<u32, CustomerMonth> = HashMap::default();
        let mut parts = parts.to_vec();
        parts.dedup();
        for (customer, month) in parts.iter().filter_map(|part| self.parts.get(part)).flatten() {
            sums.entry(*customer).or_default().add(month);
        }
        let mut sums: Vec<_> = sums.into_iter().collect();
        sums.sort_unstable_by_key(|(customer, _)| *customer);
        sums
    }
}

impl CustomerMonth {
    fn add(&mut self, other: &Self) {
        if other.measures.orders > 0 {
            let is_first = self.measures.orders == 0;
            self.first_sale = if is_first { other.first_sale } else { self.first_sale.min(other.first_sale) };
            self.last_sale = if is_first { other.last_sale } else { self.last_sale.max(other.last_sale) };
        }
        self.measures.add(&other.measures);
    }
}

fn encode(customers: &[(u32, CustomerMonth)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(customers.len() * 16);
    let (mut previous, mut second) = (0, 0);
    for (customer, month) in customers {
        put(&mut out, u64::from(customer - previous));
        previous = *customer;
        put_measures(&mut out, &month.measures);
        if month.measures.orders > 0 {
            put(&mut out, zigzag(month.first_sale - second));
            second = month.first_sale;
            put(&mut out, zigzag(month.last_sale - month.first_sale));
        }
    }
    out
}

/// Reads a `Kind::Histories` row: each customer's month goes to `visit`.
pub fn decode(mut bytes: &[u8], mut visit: impl FnMut(u32, &CustomerMonth)) -> Result<()> {
    let (mut customer, mut second) = (0_u32, 0_i64);
    while !bytes.is_empty() {
        customer = customer.wrapping_add(take_id(&mut bytes)?);
        let mut month = CustomerMonth { measures: take_measures(&mut bytes)?, ..CustomerMonth::default() };
        if month.measures.orders > 0 {
            second = second.wrapping_add(unzigzag(take(&mut bytes)?));
            month.first_sale = second;
            month.last_sale = second.wrapping_add(unzigzag(take(&mut bytes)?));
        }
        visit(customer, &month);
    }
    Ok(())
}
