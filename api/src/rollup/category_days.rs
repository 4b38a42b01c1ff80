//! A month's sums by category and day, and its orders by the set of categories that they buy of: what a series about
//! some categories needs, where sums by slot know none. Pure sums and bytes; knows no storage.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use foldhash::HashMap;

use super::{
    measures::Measures,
    month::{Part, add_line, put_measures, take_id, take_measures},
    packed::{PackedOrder, put, take, unzigzag, zigzag},
};

/// The days of a month, by part.
#[derive(Debug, Default)]
pub struct CategoryDays {
    parts: HashMap<Part, Days>,
    /// Sets of more than one category, ascending, by number.
    sets: HashMap<Vec<u32>, usize>,
}

/// The days of one part.
#[derive(Debug, Default)]
struct Days {
    /// By category and day.
    sums: HashMap<(u32, i64), Measures>,
    /// How many orders, by number of their set and day.
    orders: HashMap<(usize, i64), i64>,
}

impl CategoryDays {
    /// Adds the lines of an order that fall on `day`, which sell something of `categories` (ascending).
    pub fn add(&mut self, part: Part, day: i64, order: &PackedOrder, categories: &[u32]) {
        let days = self.parts.entry(part).or_default();
        for line in &order.lines {
            add_line(days.sums.entry((line.category, day)).or_default(), line);
        }
        for category in categories {
            days.sums.entry((*category, day)).or_default().orders += 1;
        }
        if categories.len() > 1 {
            let count = self.sets.len();
            // Looked up before it is copied: a set comes by again and again.
            let number = self.sets.get(categories).copied();
            let number = number.unwrap_or_else(|| *self.sets.entry(categories.to_vec()).or_insert(count));
            *days.orders.entry((number, day)).or_default() += 1;
        }
    }

    /// A row for each part and each wider one.
    pub fn rows(&self) -> Vec<(Part, Vec<u8>)> {
        let mut wide: BTreeMap<Part, Days> = BTreeMap::new();
        for (part, days) in &self.parts {
            for part in part.and_wider() {
                wide.entry(part).or_default().add_all(days);
            }
        }
        // In their own order, so that the same orders make the same bytes, whichever came first.
        let mut sets: Vec<(&[u32], usize)> =
            self.sets.iter().map(|(set, number)| (&set[..], *number)).collect();
        sets.sort_unstable();
        let mut ranks = vec![0; sets.len()];
        for (rank, (_, number)) in sets.iter().enumerate() {
            ranks[*number] = rank;
        }
        wide.iter().map(|(part, days)| (*part, days.encode(&sets, &ranks))).collect()
    }
}

impl Days {
    fn add_all(&mut self, other: &Self) {
        for (key, measures) in &other.sums {
            self.sums.entry(*key).or_default().add(measures);
        }
        for (key, orders) in &other.orders {
            *self.orders.entry(*key).or_default() += orders;
        }
    }

    /// The bytes that `decode` reads: how many categories there are, then each with the bytes of its days, then each of
    /// the `sets` that there are orders of, whose `ranks` among these go by their numbers.
    fn encode(&self, sets: &[(&[u32], usize)], ranks: &[usize]) -> Vec<u8> {
        let mut sums: Vec<_> = self.sums.iter().map(|(key, measures)| (*key, measures)).collect();
        sums.sort_unstable_by_key(|(key, _)| *key);
        let categories = || sums.chunk_by(|((one, _), _), ((other, _), _)| one == other);
        let mut out = Vec::new();
        put(&mut out, categories().count() as u64);
        for days in categories() {
            put(&mut out, u64::from(days[0].0.0));
            put_days(&mut out, days, |out, measures| put_measures(out, measures));
        }
        let ranked = self.orders.iter().map(|(&(set, day), &orders)| ((ranks[set], day), orders));
        let mut orders: Vec<((usize, i64), i64)> = ranked.collect();
        orders.sort_unstable();
        for days in orders.chunk_by(|((one, _), _), ((other, _), _)| one == other) {
            let (set, _) = sets[days[0].0.0];
            put(&mut out, set.len() as u64);
            for category in set {
                put(&mut out, u64::from(*category));
            }
            put_days(&mut out, days, |out, orders| put(out, zigzag(*orders)));
        }
        out
    }
}

/// Puts what is told of each day, after how many bytes that takes.
fn put_days<K, T>(out: &mut Vec<u8>, days: &[((K, i64), T)], put_one: impl Fn(&mut Vec<u8>, &T)) {
    let mut bytes = Vec::with_capacity(days.len() * 4);
    let mut previous = 0;
    for ((_, day), it) in days {
        put(&mut bytes, zigzag(day - previous));
        previous = *day;
        put_one(&mut bytes, it);
    }
    put(out, bytes.len() as u64);
    out.extend_from_slice(&bytes);
}

/// Reads a `Kind::CategoryDays` row: the sums of each day and category that is `wanted` go to `visit`, with the orders
/// in them that another category which is wanted counts too taken back.
pub fn decode(
    mut bytes: &[u8],
    wanted: impl Fn(u32) -> bool,
    mut visit: impl FnMut(i64, &Measures),
) -> Result<()> {
    for _ in 0..take(&mut bytes)? {
        let category = take_id(&mut bytes)?;
        let days = take_days(&mut bytes)?;
        if wanted(category) {
            for_each_day(days, |day, bytes| {
                visit(day, &take_measures(bytes)?);
                Ok(())
            })?;
        }
    }
    while !bytes.is_empty() {
        let mut shared = 0_i64;
        for _ in 0..take(&mut bytes)? {
            shared += i64::from(wanted(take_id(&mut bytes)?));
        }
        let days = take_days(&mut bytes)?;
        if shared > 1 {
            for_each_day(days, |day, bytes| {
                let orders = unzigzag(take(bytes)?);
                visit(day, &Measures { orders: -orders * (shared - 1), ..Measures::default() });
                Ok(())
            })?;
        }
    }
    Ok(())
}

fn take_days<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8]> {
    let length = usize::try_from(take(bytes)?)?;
    let (days, rest) = bytes.split_at_checked(length).context("the days of a category are cut short")?;
    *bytes = rest;
    Ok(days)
}

fn for_each_day(mut bytes: &[u8], mut visit: impl FnMut(i64, &mut &[u8]) -> Result<()>) -> Result<()> {
    let mut day = 0_i64;
    while !bytes.is_empty() {
        day = day.wrapping_add(unzigzag(take(&mut bytes)?));
        visit(day, &mut bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollup::packed::{PackedHeader, PackedLine};

    /// Of one unit at its category's number.
    fn order(region: u32, categories: &[u32]) -> PackedOrder {
        let line = |category: &u32| PackedLine {
            category: *category,
            quantity: 1,
            gross: i64::from(*category),
            net: i64::from(*category),
            ..PackedLine::default()
        };
        let header = PackedHeader { currency: 1, region, channel: 2, ..PackedHeader::default() };
        PackedOrder { header, lines: categories.iter().map(line).collect() }
    }

    #[test]
    fn an_order_of_several_wanted_categories_counts_once_a_day() {
        let mut days = CategoryDays::default();
        for (region, day, categories) in
            [(3, 20_000, &[1, 2, 9][..]), (3, 20_000, &[1, 9]), (3, 20_001, &[9]), (4, 20_001, &[1, 2])]
        {
            days.add(Part { currency: 1, region, channel: 2 }, day, &order(region, categories), categories);
        }
        let rows: BTreeMap<Part, Vec<u8>> = days.rows().into_iter().collect();
        assert_eq!(rows.len(), 6, "each region and both, with the channel and all");
        let read = |region, wanted: &[u32]| {
            let mut found: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
            let row = &rows[&Part { currency: 1, region, channel: 0 }];
            decode(
                row,
                |category| wanted.contains(&category),
                |day, sums| {
                    let (orders, gross) = found.entry(day).or_default();
                    (*orders, *gross) = (*orders + sums.orders, *gross + sums.gross);
                },
            )
            .unwrap();
            found.into_iter().collect::<Vec<_>>()
        };
        assert_eq!(read(0, &[1, 2, 9]), [(20_000, (2, 22)), (20_001, (2, 12))]);
        assert_eq!(read(3, &[1, 9]), [(20_000, (2, 20)), (20_001, (1, 9))]);
        assert_eq!(read(4, &[2]), [(20_001, (1, 2))]);
        assert_eq!(read(4, &[9]), []);
        let mut cut = rows[&Part { currency: 1, region: 0, channel: 0 }].clone();
        cut.pop();
        decode(&cut, |_| false, |_, _| {}).unwrap_err();
    }
}
