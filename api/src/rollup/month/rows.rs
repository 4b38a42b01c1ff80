//! The bytes of a month's rows: sums by group, product, slot and day, written and read back. Pure bytes; adds nothing up.

use std::collections::BTreeMap;

use anyhow::Result;

use super::{Group, Part, Products, SLOT_SECONDS};
use crate::rollup::{
    measures::Measures,
    packed::{pass, put, take, unzigzag, zigzag},
};

pub(super) fn encode_groups(groups: &BTreeMap<Part, Group>) -> Vec<u8> {
    let mut out = Vec::new();
    for (part, group) in groups {
        put_part(&mut out, part);
        put(&mut out, zigzag(group.orders));
        put(&mut out, group.categories.len() as u64);
        for (category, measures) in &group.categories {
            put(&mut out, u64::from(*category));
            put_measures(&mut out, measures);
        }
    }
    out
}

/// Reads a `Kind::Groups` row: each part goes to `visit`, with its distinct orders and the sums of its categories.
pub fn decode_groups(mut bytes: &[u8], mut visit: impl FnMut(Part, i64, &[(u32, Measures)])) -> Result<()> {
    let mut categories = Vec::new();
    while !bytes.is_empty() {
        let part = take_part(&mut bytes)?;
        let orders = unzigzag(take(&mut bytes)?);
        categories.clear();
        for _ in 0..take(&mut bytes)? {
            categories.push((take_id(&mut bytes)?, take_measures(&mut bytes)?));
        }
        visit(part, orders, &categories);
    }
    Ok(())
}

/// One `Kind::Groups` row of several that are about different orders.
pub fn merge_groups(rows: &[Vec<u8>]) -> Result<Vec<u8>> {
    let mut groups: BTreeMap<Part, Group> = BTreeMap::new();
    for row in rows {
        decode_groups(row, |part, orders, categories| {
            let group = groups.entry(part).or_default();
            group.orders += orders;
            for (category, measures) in categories {
                group.categories.entry(*category).or_default().add(measures);
            }
        })?;
    }
    Ok(encode_groups(&groups))
}

pub(super) fn encode_products(products: &Products) -> Vec<u8> {
    let mut out = Vec::with_capacity(products.sums.len() * 10);
    put(&mut out, products.overlap.len() as u64);
    for (product, count) in &products.overlap {
        put(&mut out, u64::from(*product));
        put(&mut out, zigzag(*count));
    }
    let mut previous = 0;
    for ((product, category), measures) in &products.sums {
        put(&mut out, u64::from(product - previous));
        previous = *product;
        put(&mut out, u64::from(*category));
        put_measures(&mut out, measures);
    }
    out
}

/// Reads a `Kind::Products` row: overlaps first (product, count), then the sums of each product (product, category,
/// measures) in a category that is `wanted`.
pub fn decode_products(
    mut bytes: &[u8],
    mut overlap: impl FnMut(u32, i64),
    wanted: impl Fn(u32) -> bool,
    mut visit: impl FnMut(u32, u32, &Measures),
) -> Result<()> {
    for _ in 0..take(&mut bytes)? {
        let product = take_id(&mut bytes)?;
        overlap(product, unzigzag(take(&mut bytes)?));
    }
    let mut product = 0_u32;
    while !bytes.is_empty() {
        product = product.wrapping_add(take_id(&mut bytes)?);
        let category = take_id(&mut bytes)?;
        if wanted(category) {
            visit(product, category, &take_measures(&mut bytes)?);
        } else {
            pass_measures(&mut bytes)?;
        }
    }
    Ok(())
}

/// One `Kind::Products` row of several that are about different orders.
pub fn merge_products(rows: &[Vec<u8>]) -> Result<Vec<u8>> {
    let (mut sums, mut overlaps) = (BTreeMap::<_, Measures>::new(), BTreeMap::new());
    for row in rows {
        decode_products(
            row,
            |product, orders| *overlaps.entry(product).or_default() += orders,
            |_| true,
            |product, category, measures| sums.entry((product, category)).or_default().add(measures),
        )?;
    }
    Ok(encode_products(&Products { sums, overlap: overlaps }))
}

pub(in crate::rollup) fn encode_times(times: &BTreeMap<i64, Measures>) -> Vec<u8> {
    let mut out = Vec::with_capacity(times.len() * 10);
    let mut previous = 0;
    for (time, measures) in times {
        put(&mut out, zigzag(time - previous));
        previous = *time;
        put_measures(&mut out, measures);
    }
    out
}

/// Reads a `Kind::Slots` row: each slot's first second and sums go to `visit`.
pub fn decode_slots(bytes: &[u8], mut visit: impl FnMut(i64, &Measures)) -> Result<()> {
    decode_times(bytes, |slot, measures| visit(slot.wrapping_mul(SLOT_SECONDS), measures))
}

/// Reads a `Kind::Days` row: each day and its sums go to `visit`.
pub fn decode_days(bytes: &[u8], visit: impl FnMut(i64, &Measures)) -> Result<()> {
    decode_times(bytes, visit)
}

#[inline]
fn decode_times(mut bytes: &[u8], mut visit: impl FnMut(i64, &Measures)) -> Result<()> {
    let mut time = 0_i64;
    while !bytes.is_empty() {
        time = time.wrapping_add(unzigzag(take(&mut bytes)?));
        visit(time, &take_measures(&mut bytes)?);
    }
    Ok(())
}

pub(in crate::rollup) fn put_part(out: &mut Vec<u8>, part: &Part) {
    for id in [part.currency, part.region, part.channel] {
        put(out, u64::from(id));
    }
}

pub(in crate::rollup) fn take_part(bytes: &mut &[u8]) -> Result<Part> {
    Ok(Part { currency: take_id(bytes)?, region: take_id(bytes)?, channel: take_id(bytes)? })
}

/// Returns and discounts are rare: two bits say whether they follow.
pub(in crate::rollup) fn put_measures(out: &mut Vec<u8>, measures: &Measures) {
    let returned = measures.units_returned != 0 || measures.returns != 0;
    let discounted = measures.discounts != 0;
    put(out, zigzag(measures.units_sold) << 2 | u64::from(discounted) << 1 | u64::from(returned));
    put(out, zigzag(measures.orders));
    put(out, zigzag(measures.gross));
    if discounted {
        put(out, zigzag(measures.discounts));
    }
    if returned {
        put(out, zigzag(measures.units_returned));
        put(out, zigzag(measures.returns));
    }
}

#[inline]
pub(in crate::rollup) fn take_measures(bytes: &mut &[u8]) -> Result<Measures> {
    let tag = take(bytes)?;
    let mut measures = Measures {
        units_sold: unzigzag(tag >> 2),
        orders: unzigzag(take(bytes)?),
        gross: unzigzag(take(bytes)?),
        ..Measures::default()
    };
    if tag & 2 != 0 {
        measures.discounts = unzigzag(take(bytes)?);
    }
    if tag & 1 != 0 {
        measures.units_returned = unzigzag(take(bytes)?);
        measures.returns = unzigzag(take(bytes)?);
    }
    Ok(measures)
}

#[inline]
fn pass_measures(bytes: &mut &[u8]) -> Result<()> {
    let tag = take(bytes)?;
    pass(bytes, 2 + u32::from(tag & 2 != 0) + 2 * u32::from(tag & 1 != 0))
}

#[inline]
pub(in crate::rollup) fn take_id(bytes: &mut &[u8]) -> Result<u32> {
    Ok(u32::try_from(take(bytes)?)?)
}
