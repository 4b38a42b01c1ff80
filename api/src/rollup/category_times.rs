//! What a series about some categories needs of a month, where its sums by slot know none: sums by category and day, and
//! orders by the set of categories that they buy of, by day and by slot. Pure sums and bytes; knows no storage.

use std::collections::BTreeMap;

use anyhow::Result;
use foldhash::HashMap;

use super::{
    measures::Measures,
    month::{Part, SLOT_SECONDS, add_line, put_measures, take_id, take_measures},
    packed::{PackedOrder, put, put_slice, take, take_slice, unzigzag, zigzag},
};

/// The days and slots of a month.
#[derive(Debug, Default)]
pub struct CategoryTimes {
    parts: HashMap<Part, Days>,
    /// Orders by slot, by currency: of all regions and channels together.
    slots: HashMap<u32, SetOrders>,
    /// Sets of more than one category, ascending, by number.
    sets: HashMap<Vec<u32>, usize>,
}

/// The days of one part.
#[derive(Debug, Default)]
struct Days {
    /// By category and day.
    sums: HashMap<(u32, i64), Measures>,
    orders: SetOrders,
}

/// How many orders, by number of their set, and day or slot.
type SetOrders = HashMap<(usize, i64), i64>;

impl CategoryTimes {
    /// Adds the lines of an order that fall on `day`, which sell something of `categories` (ascending).
    pub fn add(&mut self, part: Part, day: i64, order: &PackedOrder, categories: &[u32]) {
        let days = self.parts.entry(part).or_default();
        for line in &order.lines {
            add_line(days.sums.entry((line.category, day)).or_default(), line);
        }
        for category in categories {
            days.sums.entry((*category, day)).or_default().orders += 1;
        }
        let Some(sale) = order.lines.iter().find(|line| !line.refund) else { return };
        if categories.len() > 1 {
            let count = self.sets.len();
            // Looked up before it is copied: a set comes by again and again.
            let number = self.sets.get(categories).copied();
            let number = number.unwrap_or_else(|| *self.sets.entry(categories.to_vec()).or_insert(count));
            *days.orders.entry((number, day)).or_default() += 1;
            let slot = sale.at.div_euclid(SLOT_SECONDS);
            *self.slots.entry(part.currency).or_default().entry((number, slot)).or_default() += 1;
        }
    }

    /// By day: a row for each part and each wider one.
    pub fn rows_by_day(&self) -> Vec<(Part, Vec<u8>)> {
        let mut wide: BTreeMap<Part, Days> = BTreeMap::new();
        for (part, days) in &self.parts {
            for part in part.and_wider() {
                wide.entry(part).or_default().add_all(days);
            }
        }
        let sets = Sets::of(&self.sets);
        wide.iter().map(|(part, days)| (*part, days.encode(&sets))).collect()
    }

    /// Orders by slot: a row for each currency.
    pub fn rows_by_slot(&self) -> Vec<(Part, Vec<u8>)> {
        let sets = Sets::of(&self.sets);
        let row = |(&currency, orders): (&u32, &SetOrders)| {
            let mut out = Vec::with_capacity(orders.len() * 3);
            sets.put_orders(&mut out, orders);
            (Part { currency, ..Part::default() }, out)
        };
        let mut rows: Vec<(Part, Vec<u8>)> = self.slots.iter().map(row).collect();
        rows.sort_unstable_by_key(|(part, _)| *part);
        rows
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

    /// The bytes that `decode_days` reads: how many categories there are, then each with the bytes of its days, then
    /// orders by set.
    fn encode(&self, sets: &Sets<'_>) -> Vec<u8> {
        let mut sums: Vec<_> = self.sums.iter().map(|(key, measures)| (*key, measures)).collect();
        sums.sort_unstable_by_key(|(key, _)| *key);
        let categories = || sums.chunk_by(|((one, _), _), ((other, _), _)| one == other);
        let mut out = Vec::new();
        put(&mut out, categories().count() as u64);
        for days in categories() {
            put(&mut out, u64::from(days[0].0.0));
            put_times(&mut out, days, |out, measures| put_measures(out, measures));
        }
        sets.put_orders(&mut out, &self.orders);
        out
    }
}

/// Sets in their own order, so that the same orders make the same bytes, whichever came first.
struct Sets<'a> {
    sets: Vec<(&'a [u32], usize)>,
    /// The place of each number among the sets.
    ranks: Vec<usize>,
}

impl<'a> Sets<'a> {
    fn of(numbers: &'a HashMap<Vec<u32>, usize>) -> Self {
        let mut sets: Vec<(&[u32], usize)> =
            numbers.iter().map(|(set, number)| (&set[..], *number)).collect();
        sets.sort_unstable();
        let mut ranks = vec![0; sets.len()];
        for (rank, (_, number)) in sets.iter().enumerate() {
            ranks[*number] = rank;
        }
        Self { sets, ranks }
    }

    /// Puts each set that there are orders of, with the bytes of its times.
    fn put_orders(&self, out: &mut Vec<u8>, orders: &SetOrders) {
        let ranked = orders.iter().map(|(&(set, time), &orders)| ((self.ranks[set], time), orders));
        let mut orders: Vec<((usize, i64), i64)> = ranked.collect();
        orders.sort_unstable();
        for times in orders.chunk_by(|((one, _), _), ((other, _), _)| one == other) {
            let (set, _) = self.sets[times[0].0.0];
            put(out, set.len() as u64);
            for category in set {
                put(out, u64::from(*category));
            }
            put_times(out, times, |out, orders| put(out, zigzag(*orders)));
        }
    }
}

/// Puts what is told of each day or slot, after how many bytes that takes.
fn put_times<K, T>(out: &mut Vec<u8>, times: &[((K, i64), T)], put_one: impl Fn(&mut Vec<u8>, &T)) {
    let mut bytes = Vec::with_capacity(times.len() * 4);
    let mut previous = 0;
    for ((_, time), it) in times {
        put(&mut bytes, zigzag(time - previous));
        previous = *time;
        put_one(&mut bytes, it);
    }
    put_slice(out, &bytes);
}

/// Reads a `Kind::CategoryDays` row: the sums of each day and category that is `wanted` go to `visit`, with the orders
/// in them that another category which is wanted counts too taken back.
pub fn decode_days(
    mut bytes: &[u8],
    wanted: impl Fn(u32) -> bool,
    mut visit: impl FnMut(i64, &Measures),
) -> Result<()> {
    for _ in 0..take(&mut bytes)? {
        let category = take_id(&mut bytes)?;
        let days = take_slice(&mut bytes)?;
        if wanted(category) {
            for_each_time(days, |day, bytes| {
                visit(day, &take_measures(bytes)?);
                Ok(())
            })?;
        }
    }
    take_surplus(bytes, wanted, |day, orders| {
        visit(day, &Measures { orders: -orders, ..Measures::default() });
    })
}

/// Reads a `Kind::SlotSets` row: the first second of each slot goes to `visit` with the orders in it that categories
/// which are `wanted` count once more than there are, together.
pub fn decode_slots(
    bytes: &[u8],
    wanted: impl Fn(u32) -> bool,
    mut visit: impl FnMut(i64, i64),
) -> Result<()> {
    take_surplus(bytes, wanted, |slot, orders| visit(slot.wrapping_mul(SLOT_SECONDS), orders))
}

/// Takes orders by set: each time goes to `visit` with the orders that several `wanted` categories of theirs count, less
/// one for each.
fn take_surplus(
    mut bytes: &[u8],
    wanted: impl Fn(u32) -> bool,
    mut visit: impl FnMut(i64, i64),
) -> Result<()> {
    while !bytes.is_empty() {
        let mut shared = 0_i64;
        for _ in 0..take(&mut bytes)? {
            shared += i64::from(wanted(take_id(&mut bytes)?));
        }
        let times = take_slice(&mut bytes)?;
        if shared > 1 {
            for_each_time(times, |time, bytes| {
                visit(time, unzigzag(take(bytes)?) * (shared - 1));
                Ok(())
            })?;
        }
    }
    Ok(())
}

fn for_each_time(mut bytes: &[u8], mut visit: impl FnMut(i64, &mut &[u8]) -> Result<()>) -> Result<()> {
    let mut time = 0_i64;
    while !bytes.is_empty() {
        time = time.wrapping_add(unzigzag(take(&mut bytes)?));
        visit(time, &mut bytes)?;
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
        let mut days = CategoryTimes::default();
        for (region, day, categories) in
            [(3, 20_000, &[1, 2, 9][..]), (3, 20_000, &[1, 9]), (3, 20_001, &[9]), (4, 20_001, &[1, 2])]
        {
            days.add(Part { currency: 1, region, channel: 2 }, day, &order(region, categories), categories);
        }
        let rows: BTreeMap<Part, Vec<u8>> = days.rows_by_day().into_iter().collect();
        assert_eq!(rows.len(), 6, "each region and both, with the channel and all");
        let read = |region, wanted: &[u32]| {
            let mut found: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
            let row = &rows[&Part { currency: 1, region, channel: 0 }];
            decode_days(
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
        decode_days(&cut, |_| false, |_, _| {}).unwrap_err();
    }

    #[test]
    fn what_several_wanted_categories_count_too_often_comes_back_by_slot() {
        let mut times = CategoryTimes::default();
        for (second, categories) in [(899, &[1, 2, 9][..]), (0, &[1, 9]), (900, &[1, 9]), (900, &[9])] {
            let mut order = order(3, categories);
            order.lines.iter_mut().for_each(|line| line.at = second);
            times.add(Part { currency: 1, region: 3, channel: 2 }, 0, &order, categories);
        }
        let [(part, row)] = &times.rows_by_slot()[..] else { panic!("one currency, one row") };
        assert_eq!(*part, Part { currency: 1, ..Part::default() });
        let read = |wanted: &[u32]| {
            let mut found: BTreeMap<i64, i64> = BTreeMap::new();
            let visit = |second, orders| *found.entry(second).or_default() += orders;
            decode_slots(row, |category| wanted.contains(&category), visit).unwrap();
            found.into_iter().collect::<Vec<_>>()
        };
        // Three categories count the order of all three twice too often.
        assert_eq!(read(&[1, 2, 9]), [(0, 3), (900, 1)]);
        assert_eq!(read(&[2, 9]), [(0, 1)]);
        assert_eq!(read(&[9]), []);
    }
}
