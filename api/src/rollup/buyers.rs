//! Who bought in a month: bitmaps of customers by region, channel and category, and of all categories together in
//! rows of their own, which are read most. Pure bytes and sets; knows no storage.

use std::collections::BTreeMap;

use anyhow::Result;
use foldhash::HashMap;
use roaring::RoaringBitmap;

use super::{
    month::{Part, take_id},
    packed::{put, take_slice},
};

/// The buyers of a month.
#[derive(Debug, Default)]
pub struct Buyers {
    sets: HashMap<(Part, u32), RoaringBitmap>,
}

impl Buyers {
    /// Adds a customer who bought something of `category`.
    pub fn add(&mut self, part: Part, category: u32, customer: u32) {
        self.sets.entry((part, category)).or_default().insert(customer);
    }

    /// `Kind::Customers` rows: sets by category, of each part and of the wider ones.
    pub fn rows_by_category(&self) -> Vec<(Part, Vec<u8>)> {
        let mut wide: BTreeMap<Part, BTreeMap<u32, RoaringBitmap>> = BTreeMap::new();
        for ((part, category), customers) in &self.sets {
            for part in part.and_wider() {
                *wide.entry(part).or_default().entry(*category).or_default() |= customers;
            }
        }
        wide.into_iter().map(|(part, sets)| (part, encode(&sets))).collect()
    }

    /// `Kind::Buyers` rows: one set of all categories together, of each part and of the wider ones.
    pub fn rows(&self) -> Vec<(Part, Vec<u8>)> {
        let mut wide: BTreeMap<Part, RoaringBitmap> = BTreeMap::new();
        for ((part, _), customers) in &self.sets {
            for part in part.and_wider() {
                *wide.entry(part).or_default() |= customers;
            }
        }
        wide.into_iter().map(|(part, set)| (part, bytes_of(&set))).collect()
    }
}

fn encode(by_category: &BTreeMap<u32, RoaringBitmap>) -> Vec<u8> {
    let mut out = Vec::new();
    for (category, customers) in by_category {
        put(&mut out, u64::from(*category));
        put(&mut out, customers.serialized_size() as u64);
        out.extend_from_slice(&bytes_of(customers));
    }
    out
}

pub(super) fn bytes_of(set: &RoaringBitmap) -> Vec<u8> {
    let mut out = Vec::with_capacity(set.serialized_size());
    set.serialize_into(&mut out).expect("writing to memory cannot fail");
    out
}

/// Reads a `Kind::Buyers` row.
pub fn decode(bytes: &[u8]) -> Result<RoaringBitmap> {
    Ok(RoaringBitmap::deserialize_unchecked_from(bytes)?)
}

/// One `Kind::Buyers` row of several.
pub fn merge(rows: &[Vec<u8>]) -> Result<Vec<u8>> {
    let mut set = RoaringBitmap::new();
    for row in rows {
        set |= decode(row)?;
    }
    Ok(bytes_of(&set))
}

/// One `Kind::Customers` row of several.
pub fn merge_by_category(rows: &[Vec<u8>]) -> Result<Vec<u8>> {
    let mut sets: BTreeMap<u32, RoaringBitmap> = BTreeMap::new();
    for row in rows {
        for_each_category(row, |category, bitmap| {
            *sets.entry(category).or_default() |= decode(bitmap)?;
            Ok(())
        })?;
    }
    Ok(encode(&sets))
}

/// Reads the bitmaps of a `Kind::Customers` row whose category `wanted` asks for.
pub fn decode_by_category(
    bytes: &[u8],
    wanted: impl Fn(u32) -> bool,
    mut visit: impl FnMut(RoaringBitmap),
) -> Result<()> {
    for_each_category(bytes, |category, bitmap| {
        if wanted(category) {
            visit(decode(bitmap)?);
        }
        Ok(())
    })
}

fn for_each_category(mut bytes: &[u8], mut visit: impl FnMut(u32, &[u8]) -> Result<()>) -> Result<()> {
    while !bytes.is_empty() {
        let category = take_id(&mut bytes)?;
        visit(category, take_slice(&mut bytes)?)?;
    }
    Ok(())
}
