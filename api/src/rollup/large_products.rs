//! What a report about several products, or about some places, wants of the products that have slices in a month: sums
//! and buyers by place, their orders, and how many of these sell others of the products too. Each product's rows are
//! its own, so that a report costs what those are that it is about. Pure sums and bytes; knows no storage.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use foldhash::HashMap;
use roaring::{RoaringBitmap, RoaringTreemap};

use super::{
    buyers,
    measures::Measures,
    month::{self, Kind, Part, add_line, put_part, take_id, take_part},
    packed::{PackedOrder, pass, put, put_slice, take, take_slice, unzigzag, zigzag},
    slices::Slice,
};

/// What the rows of a product are, beside those of every slice.
pub const KINDS: [Kind; 5] =
    [Kind::Orders, Kind::SharedOrders, Kind::PlaceDays, Kind::PlaceBuyers, Kind::DayBuyers];

/// Bytes that sets of products may take, more or less: an order of many makes one for each of them.
const MOST_BYTES: usize = 32 << 20;
/// Bytes of a set, beside its products and orders, and of an order.
const SET_BYTES: usize = 128;
const ORDER_BYTES: usize = 24;

/// The products of a month that have slices, while its day segments come by.
#[derive(Debug, Default)]
pub struct LargeProducts {
    products: BTreeMap<u32, LargeProduct>,
    /// That sets of products take.
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

fn encode_counts(orders: &[(i64, Part)], places: &BTreeMap<Part, u64>) -> Vec<u8> {
    let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
    for (_, part) in orders {
        *counts.entry(places[part]).or_default() += 1;
    }
    let mut out = Vec::with_capacity(counts.len() * 2);
    for (place, count) in counts {
        put(&mut out, place);
        put(&mut out, count);
    }
    out
}

/// `orders` ascend.
fn encode_orders(orders: &[(i64, Part)], places: &BTreeMap<Part, u64>, first: i64) -> Vec<u8> {
    let mut out = Vec::with_capacity(orders.len() * 4);
    let mut previous = first;
    for (second, part) in orders {
        put(&mut out, second.abs_diff(previous));
        previous = *second;
        put(&mut out, places[part]);
    }
    out
}

/// Each day with how many buyers it has and with these, ascending.
fn encode_day_buyers(days: &BTreeMap<i64, Vec<u32>>) -> Vec<u8> {
    let (mut out, mut last_day) = (Vec::new(), 0);
    for (day, buyers) in days {
        put(&mut out, zigzag(day - last_day));
        last_day = *day;
        let buyers: BTreeSet<u32> = buyers.iter().copied().collect();
        put(&mut out, buyers.len() as u64);
        let mut last = 0;
        for buyer in buyers {
            put(&mut out, u64::from(buyer - last));
            last = buyer;
        }
    }
    out
}

/// A row of each currency: each of its regions and channels, with the bytes of what is there.
fn by_currency(places: impl IntoIterator<Item = (Part, Vec<u8>)>) -> Vec<(Part, Vec<u8>)> {
    let mut rows: BTreeMap<Part, Vec<u8>> = BTreeMap::new();
    for (part, bytes) in places {
        let row = rows.entry(part.everywhere()).or_default();
        put(row, u64::from(part.region));
        put(row, u64::from(part.channel));
        put_slice(row, &bytes);
    }
    rows.into_iter().collect()
}

/// Reads a `Kind::Orders` row: `orders.id` of each.
pub fn decode_orders(row: &[u8]) -> Result<RoaringTreemap> {
    Ok(RoaringTreemap::deserialize_unchecked_from(row)?)
}

/// Orders of a product that sell the same others too.
#[derive(Debug)]
pub struct SharedOrders<'a> {
    parts: &'a [Part],
    first: i64,
    counts: &'a [u8],
    orders: &'a [u8],
}

impl SharedOrders<'_> {
    /// Shows each place to `visit`, with how many of them there are.
    pub fn for_each_place(&self, mut visit: impl FnMut(Part, i64)) -> Result<()> {
        let mut counts = self.counts;
        while !counts.is_empty() {
            visit(self.take_place(&mut counts)?, i64::try_from(take(&mut counts)?)?);
        }
        Ok(())
    }

    /// Shows the place and second of each to `visit`, one after the other.
    pub fn for_each_order(&self, mut visit: impl FnMut(Part, i64)) -> Result<()> {
        let (mut orders, mut second) = (self.orders, self.first);
        while !orders.is_empty() {
            second = second.wrapping_add_unsigned(take(&mut orders)?);
            visit(self.take_place(&mut orders)?, second);
        }
        Ok(())
    }

    fn take_place(&self, bytes: &mut &[u8]) -> Result<Part> {
        let place = usize::try_from(take(bytes)?)?;
        self.parts.get(place).copied().context("the shared orders of a product name a part that is none")
    }
}

/// Reads a `Kind::SharedOrders` row: each set of other products that is `wanted` goes to `visit` with its orders. Of two
/// products, the one of the lower number is among the others of the higher, and not the other way round: in the
/// rows of several products an order of theirs is found once for each of them but one.
pub fn decode_shared(
    mut row: &[u8],
    wanted: impl Fn(&[u32]) -> bool,
    mut visit: impl FnMut(&[u32], SharedOrders<'_>) -> Result<()>,
) -> Result<()> {
    let mut parts = Vec::new();
    for _ in 0..take(&mut row)? {
        parts.push(take_part(&mut row)?);
    }
    let first = unzigzag(take(&mut row)?);
    let mut others = Vec::new();
    while !row.is_empty() {
        others.clear();
        for _ in 0..take(&mut row)? {
            others.push(take_id(&mut row)?);
        }
        let (counts, orders) = (take_slice(&mut row)?, take_slice(&mut row)?);
        if wanted(&others) {
            visit(&others, SharedOrders { parts: &parts, first, counts, orders })?;
        }
    }
    Ok(())
}

/// Reads a `Kind::PlaceDays` row: the sums of each day and place, region and channel, that is `wanted` go to
/// `visit`.
pub fn decode_days(
    row: &[u8],
    wanted: impl Fn(u32, u32) -> bool,
    mut visit: impl FnMut(i64, &Measures),
) -> Result<()> {
    for_each_place(row, wanted, |_, days| month::decode_days(days, &mut visit))
}

/// As `decode_days`, with the place.
pub fn decode_place_days(
    row: &[u8],
    wanted: impl Fn(u32, u32) -> bool,
    mut visit: impl FnMut([u32; 2], i64, &Measures),
) -> Result<()> {
    for_each_place(row, wanted, |place, days| month::decode_days(days, |day, sums| visit(place, day, sums)))
}

/// Reads a `Kind::PlaceBuyers` row: the buyers of each place, region and channel, that is `wanted` go to `visit`.
pub fn decode_buyers(
    row: &[u8],
    wanted: impl Fn(u32, u32) -> bool,
    mut visit: impl FnMut(RoaringBitmap),
) -> Result<()> {
    for_each_place(row, wanted, |_, bytes| {
        visit(buyers::decode(bytes)?);
        Ok(())
    })
}

/// Reads a `Kind::DayBuyers` row: the buyers of each day and place, region and channel, that is `wanted` go to `visit`.
pub fn decode_day_buyers(
    row: &[u8],
    wanted: impl Fn(u32, u32) -> bool,
    wanted_day: impl Fn(i64) -> bool,
    mut visit: impl FnMut(u32),
) -> Result<()> {
    for_each_place(row, wanted, |_, mut days| {
        let mut day = 0_i64;
        while !days.is_empty() {
            day = day.wrapping_add(unzigzag(take(&mut days)?));
            let count = take(&mut days)?;
            if !wanted_day(day) {
                pass(&mut days, u32::try_from(count)?)?;
                continue;
            }
            let mut buyer = 0_u32;
            for _ in 0..count {
                buyer = buyer.wrapping_add(take_id(&mut days)?);
                visit(buyer);
            }
        }
        Ok(())
    })
}

fn for_each_place(
    mut row: &[u8],
    wanted: impl Fn(u32, u32) -> bool,
    mut visit: impl FnMut([u32; 2], &[u8]) -> Result<()>,
) -> Result<()> {
    while !row.is_empty() {
        let (region, channel) = (take_id(&mut row)?, take_id(&mut row)?);
        let bytes = take_slice(&mut row)?;
        if wanted(region, channel) {
            visit([region, channel], bytes)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
