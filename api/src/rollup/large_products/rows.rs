//! The bytes of the rows of large products, written and read back. Pure bytes; adds nothing up.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use roaring::{RoaringBitmap, RoaringTreemap};

use crate::rollup::{
    buyers,
    measures::Measures,
    month::{self, Part, take_id, take_part},
    packed::{pass, put, put_slice, take, take_slice, unzigzag, zigzag},
};

pub(super) fn encode_counts(orders: &[(i64, Part)], places: &BTreeMap<Part, u64>) -> Vec<u8> {
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
pub(super) fn encode_orders(orders: &[(i64, Part)], places: &BTreeMap<Part, u64>, first: i64) -> Vec<u8> {
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
pub(super) fn encode_day_buyers(days: &BTreeMap<i64, Vec<u32>>) -> Vec<u8> {
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
pub(super) fn by_currency(places: impl IntoIterator<Item = (Part, Vec<u8>)>) -> Vec<(Part, Vec<u8>)> {
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
