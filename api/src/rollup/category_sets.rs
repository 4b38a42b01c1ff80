//! Orders of a month by the set of categories that they buy of: what takes back orders that were counted in each of
//! several categories. Set by set, so that those which nobody asks for are passed over. Pure bytes; knows no storage.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};

use super::{
    month::{Part, put_part, take_id, take_part},
    packed::{put, put_slice, take, take_slice, unzigzag, zigzag},
};

/// How many orders have each set of categories, by part.
#[derive(Debug, Default)]
pub struct CategorySets {
    sets: BTreeMap<Vec<u32>, BTreeMap<Part, i64>>,
}

impl CategorySets {
    /// Counts an order that buys of all `categories` (ascending).
    pub fn add(&mut self, categories: &[u32], part: Part) {
        self.add_orders(categories, part, 1);
    }

    /// Counts what a `Kind::CategorySets` row counts.
    pub fn add_row(&mut self, row: &[u8]) -> Result<()> {
        decode(row, |_| true, |categories, part, orders| self.add_orders(categories, part, orders))
    }

    fn add_orders(&mut self, categories: &[u32], part: Part, orders: i64) {
        // Looked up before it is copied: a set comes by again and again.
        match self.sets.get_mut(categories) {
            Some(parts) => *parts.entry(part).or_default() += orders,
            None => _ = self.sets.insert(categories.to_vec(), BTreeMap::from([(part, orders)])),
        }
    }

    /// The bytes that `decode` reads: the parts, then each set with the bytes of its counts, each count with its part's
    /// place among the parts.
    pub fn encode(&self) -> Vec<u8> {
        let parts: BTreeSet<Part> = self.sets.values().flat_map(BTreeMap::keys).copied().collect();
        let places: BTreeMap<Part, u64> = parts.iter().copied().zip(0..).collect();
        let mut out = Vec::new();
        put(&mut out, parts.len() as u64);
        for part in &parts {
            put_part(&mut out, part);
        }
        for (categories, counts) in &self.sets {
            put(&mut out, categories.len() as u64);
            for category in categories {
                put(&mut out, u64::from(*category));
            }
            let mut counted = Vec::with_capacity(counts.len() * 2);
            for (part, orders) in counts {
                put(&mut counted, places[part]);
                put(&mut counted, zigzag(*orders));
            }
            put_slice(&mut out, &counted);
        }
        out
    }
}

/// Reads a `Kind::CategorySets` row: each set that is `wanted` goes to `visit` with each part and its number of orders.
pub fn decode(
    mut bytes: &[u8],
    wanted: impl Fn(&[u32]) -> bool,
    mut visit: impl FnMut(&[u32], Part, i64),
) -> Result<()> {
    let mut parts = Vec::new();
    for _ in 0..take(&mut bytes)? {
        parts.push(take_part(&mut bytes)?);
    }
    let mut categories = Vec::new();
    while !bytes.is_empty() {
        categories.clear();
        for _ in 0..take(&mut bytes)? {
            categories.push(take_id(&mut bytes)?);
        }
        let mut counts = take_slice(&mut bytes)?;
        if !wanted(&categories) {
            continue;
        }
        while !counts.is_empty() {
            let place = usize::try_from(take(&mut counts)?)?;
            let part = parts.get(place).context("the category sets of a month name a part that is none")?;
            visit(&categories, *part, unzigzag(take(&mut counts)?));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sets_asked_for_come_back_with_their_parts() {
        let part = |region| Part { currency: 1, region, channel: 2 };
        let mut sets = CategorySets::default();
        for (categories, region) in [(vec![1, 9], 300), (vec![1, 9], 4), (vec![1, 9], 4), (vec![2, 3, 9], 4)]
        {
            sets.add(&categories, part(region));
        }
        let read = |wanted: &dyn Fn(&[u32]) -> bool| {
            let mut seen = Vec::new();
            decode(&sets.encode(), wanted, |categories, part, orders| {
                seen.push((categories.to_vec(), part, orders));
            })
            .unwrap();
            seen
        };
        let pair = [(vec![1, 9], part(4), 2), (vec![1, 9], part(300), 1)];
        assert_eq!(read(&|set| set.contains(&1)), pair);
        assert_eq!(read(&|_| true), [&pair[..], &[(vec![2, 3, 9], part(4), 1)]].concat());
        let mut twice = CategorySets::default();
        twice.add_row(&sets.encode()).unwrap();
        twice.add_row(&sets.encode()).unwrap();
        assert_eq!(twice.sets[&[1, 9][..]], BTreeMap::from([(part(4), 4), (part(300), 2)]));
        assert_eq!(twice.sets.len(), 2);
        let mut cut = sets.encode();
        cut.pop();
        decode(&cut, |_| false, |_, _, _| {}).unwrap_err();
    }
}
