//! What a report about several products, or about some places, wants of the products that have slices in a month: sums
//! and buyers by place, their orders, and how many of these sell others of the products too. Each product's rows are
//! its own, so that a report costs what those are that it is about. Pure sums and bytes; knows no storage.

mod rows;

use std::collections::BTreeMap;

use foldhash::HashMap;
use roaring::{RoaringBitmap, RoaringTreemap};

pub use self::rows::{
    SharedOrders, decode_buyers, decode_day_buyers, decode_days, decode_orders, decode_place_days,
    decode_shared,
};
use self::rows::{by_currency, encode_counts, encode_day_buyers, encode_orders};
use super::{
    buyers,
    measures::Measures,
    month::{self, Kind, Part, add_line, put_part},
    packed::{PackedOrder, put, put_slice, zigzag},
    slices::Slice,
};

/// What the rows of a product are, beside those of every slice.
pub const KINDS: [Kind; 5] =
    [Kind::Orders, Kind::SharedOrders, Kind::PlaceDays, Kind::PlaceBuyers, Kind::DayBuyers];

/// Bytes that sets of products and buyers of days may take, more or less: an order of many makes one for each of them.
const MOST_BYTES: usize = 32 << 20;
/// Bytes of a set, beside its products and orders, and of an order.
const SET_BYTES: usize = 128;
const ORDER_BYTES: usize = 24;

/// The products of a month that have slices, while its day segments come by.
#[derive(Debug, Default)]
pub struct LargeProducts {
    products: BTreeMap<u32, LargeProduct>,
    /// That sets of products and buyers of days take.
    bytes: usize,
    /// Products that the order which comes by sells, ascending.
    sold: Vec<u32>,
}

/// One of them.
#[derive(Debug, Default)]
pub struct LargeProduct {
    /// By part and day.
    days: BTreeMap<Part, BTreeMap<i64, Measures>>,
    buyers: BTreeMap<Part, RoaringBitmap>,
    /// By part and day, each once for every order.
    day_buyers: BTreeMap<Part, BTreeMap<i64, Vec<u32>>>,
    orders: RoaringTreemap,
    /// Second and part of orders, by the products of lower numbers that they sell too, ascending.
    shared: HashMap<Vec<u32>, Vec<(i64, Part)>>,
}

impl LargeProducts {
    /// The products among `slices`, without lines.
    pub fn new(slices: &[Slice]) -> Self {
        let products = slices.iter().filter_map(|slice| match slice {
            Slice::Product(product) => Some((*product, LargeProduct::default())),
            Slice::Category(_) => None,
        });
        Self { products: products.collect(), ..Self::default() }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.products.is_empty()
    }

    /// Whether orders sell so many of them that they are better read line by line: nothing that is here holds then.
    pub fn are_too_many(&self) -> bool {
        self.bytes > MOST_BYTES
    }

    /// Adds the lines of an order that fall on `day`. All its sale lines must be there or none.
    pub fn add(&mut self, day: i64, order: &PackedOrder) {
        if self.are_too_many() {
            return;
        }
        let part = Part::of(&order.header);
        let mut sold_at = 0;
        self.sold.clear();
        for line in &order.lines {
            let Some(product) = self.products.get_mut(&line.product) else { continue };
            add_line(product.day(part, day), line);
            if !line.refund {
                self.sold.push(line.product);
                sold_at = line.at;
            }
        }
        self.sold.sort_unstable();
        self.sold.dedup();
        for (place, sold) in self.sold.iter().enumerate() {
            let Some(product) = self.products.get_mut(sold) else { continue };
            product.day(part, day).orders += 1;
            product.orders.insert(order.header.order);
            if order.header.customer != 0 {
                product.buyers.entry(part).or_default().insert(order.header.customer);
                let days = product.day_buyers.entry(part).or_default();
                days.entry(day).or_default().push(order.header.customer);
                self.bytes += ORDER_BYTES;
            }
            if place > 0 {
                self.bytes += product.add_shared(&self.sold[..place], (sold_at, part));
            }
        }
    }

    /// Each product, by number.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &LargeProduct)> {
        self.products.iter().map(|(number, product)| (*number, product))
    }
}

impl LargeProduct {
    fn day(&mut self, part: Part, day: i64) -> &mut Measures {
        self.days.entry(part).or_default().entry(day).or_default()
    }

    /// Answers how many bytes that takes.
    fn add_shared(&mut self, others: &[u32], order: (i64, Part)) -> usize {
        // Looked up before it is copied: a set comes by again and again.
        if let Some(orders) = self.shared.get_mut(others) {
            orders.push(order);
            return ORDER_BYTES;
        }
        self.shared.insert(others.to_vec(), vec![order]);
        SET_BYTES + ORDER_BYTES + size_of_val(others)
    }

    /// The rows of one of `KINDS` that store this month; none of another kind.
    pub fn rows(&self, kind: Kind) -> Vec<(Part, Vec<u8>)> {
        match kind {
            Kind::Orders => vec![(Part::default(), self.encode_numbers())],
            Kind::SharedOrders => vec![(Part::default(), self.encode_shared())],
            Kind::PlaceDays => {
                by_currency(self.days.iter().map(|(part, days)| (*part, month::encode_times(days))))
            }
            Kind::PlaceBuyers => {
                by_currency(self.buyers.iter().map(|(part, buyers)| (*part, buyers::bytes_of(buyers))))
            }
            Kind::DayBuyers => {
                by_currency(self.day_buyers.iter().map(|(part, days)| (*part, encode_day_buyers(days))))
            }
            _ => Vec::new(),
        }
    }

    fn encode_numbers(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.orders.serialized_size());
        self.orders.serialize_into(&mut out).expect("writing to memory cannot fail");
        out
    }

    /// The parts and the first second, then each set with the bytes of how many orders it has by part, and with those of
    /// their seconds and parts, one after the other. A part is told by its place among the parts.
    fn encode_shared(&self) -> Vec<u8> {
        let parts = self.shared.values().flatten().map(|(_, part)| (*part, 0));
        let mut places: BTreeMap<Part, u64> = parts.collect();
        let first = self.shared.values().flatten().map(|(second, _)| *second).min().unwrap_or_default();
        let mut out = Vec::new();
        put(&mut out, places.len() as u64);
        for (place, (part, number)) in (0..).zip(&mut places) {
            *number = place;
            put_part(&mut out, part);
        }
        put(&mut out, zigzag(first));
        let mut sets: Vec<_> = self.shared.iter().collect();
        sets.sort_unstable_by_key(|(set, _)| *set);
        for (set, orders) in sets {
            put(&mut out, set.len() as u64);
            for product in set {
                put(&mut out, u64::from(*product));
            }
            let mut orders = orders.clone();
            orders.sort_unstable();
            put_slice(&mut out, &encode_counts(&orders, &places));
            put_slice(&mut out, &encode_orders(&orders, &places, first));
        }
        out
    }
}

#[cfg(test)]
mod tests;
