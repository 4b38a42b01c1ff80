//! A day added up over all regions and channels: what a report without filters needs of a day that no whole month
//! covers. Derived from the day's segment, written and thrown away with it. Pure bytes and sums; knows no storage.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use foldhash::HashMap;
use roaring::RoaringBitmap;

use super::{
    measures::Measures,
    month::{SLOT_SECONDS, add_line, put_measures, take_id, take_measures},
    packed::{PackedOrder, put, take, unzigzag, zigzag},
};

/// One sum of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sum {
    /// Everything.
    Totals,
    /// A region, by number.
    Region(u32),
    /// A channel, by number.
    Channel(u32),
    /// A category, by number.
    Category(u32),
    /// A product, by number.
    Product(u32),
    /// A slot, by its first second.
    Slot(i64),
}

/// Sums of a day in one currency.
#[derive(Debug, Default)]
struct CurrencySums {
    totals: Measures,
    regions: Groups,
    channels: Groups,
    categories: Groups,
    products: Groups,
    slots: BTreeMap<i64, Measures>,
    buyers: RoaringBitmap,
}

/// Sums by number, with the order whose sale was counted last.
type Groups = HashMap<u32, (Measures, Option<u64>)>;

/// The bytes that `rollup_day_sums.data` holds for the orders of a day.
pub(super) fn encode(orders: &[PackedOrder]) -> Vec<u8> {
    let mut currencies: BTreeMap<u32, CurrencySums> = BTreeMap::new();
    for order in orders {
        currencies.entry(order.header.currency).or_default().add(order);
    }
    let mut out = Vec::new();
    for (currency, sums) in &currencies {
        put(&mut out, u64::from(*currency));
        put_measures(&mut out, &sums.totals);
        let rest = sums.encode();
        put(&mut out, rest.len() as u64);
        out.extend_from_slice(&rest);
    }
    out
}

impl CurrencySums {
    fn add(&mut self, order: &PackedOrder) {
        let header = &order.header;
        let mut sums = Measures::default();
        for line in &order.lines {
            add_line(&mut sums, line);
            for (groups, id) in [(&mut self.categories, line.category), (&mut self.products, line.product)] {
                let (measures, counted) = groups.entry(id).or_default();
                add_line(measures, line);
                if !line.refund && *counted != Some(header.order) {
                    *counted = Some(header.order);
                    measures.orders += 1;
                }
            }
            let slot = self.slots.entry(line.at.div_euclid(SLOT_SECONDS)).or_default();
            add_line(slot, line);
            if !line.refund && sums.orders == 0 {
                sums.orders = 1;
                slot.orders += 1;
            }
        }
        self.totals.add(&sums);
        self.regions.entry(header.region).or_default().0.add(&sums);
        self.channels.entry(header.channel).or_default().0.add(&sums);
        if sums.orders > 0 && header.customer != 0 {
            self.buyers.insert(header.customer);
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.products.len() * 10);
        for groups in [&self.regions, &self.channels, &self.categories, &self.products] {
            let mut groups: Vec<_> = groups.iter().map(|(id, (measures, _))| (*id, measures)).collect();
            groups.sort_unstable_by_key(|(id, _)| *id);
            put(&mut out, groups.len() as u64);
            let mut previous = 0;
            for (id, measures) in groups {
                put(&mut out, u64::from(id - previous));
                previous = id;
                put_measures(&mut out, measures);
            }
        }
        put(&mut out, self.slots.len() as u64);
        let mut previous = 0;
        for (slot, measures) in &self.slots {
            put(&mut out, zigzag(slot - previous));
            previous = *slot;
            put_measures(&mut out, measures);
        }
        self.buyers.serialize_into(&mut out).expect("writing to memory cannot fail");
        out
    }
}

/// Reads what `encode` wrote: each sum in `currency` goes to `visit`, the totals of every other currency to `other`.
/// Answers who bought.
pub fn decode(
    mut bytes: &[u8],
    currency: u32,
    mut other: impl FnMut(u32, &Measures),
    mut visit: impl FnMut(Sum, &Measures),
) -> Result<RoaringBitmap> {
    let mut buyers = RoaringBitmap::new();
    while !bytes.is_empty() {
        let found = take_id(&mut bytes)?;
        let totals = take_measures(&mut bytes)?;
        let length = usize::try_from(take(&mut bytes)?)?;
        let section = bytes.get(..length).context("the sums of a day are cut short")?;
        bytes = &bytes[length..];
        if found == currency {
            visit(Sum::Totals, &totals);
            buyers = decode_section(section, &mut visit)?;
        } else {
            other(found, &totals);
        }
    }
    Ok(buyers)
}

fn decode_section(mut bytes: &[u8], visit: &mut impl FnMut(Sum, &Measures)) -> Result<RoaringBitmap> {
    decode_groups(&mut bytes, |id, measures| visit(Sum::Region(id), measures))?;
    decode_groups(&mut bytes, |id, measures| visit(Sum::Channel(id), measures))?;
    decode_groups(&mut bytes, |id, measures| visit(Sum::Category(id), measures))?;
    decode_groups(&mut bytes, |id, measures| visit(Sum::Product(id), measures))?;
    let mut slot = 0_i64;
    for _ in 0..take(&mut bytes)? {
        slot = slot.wrapping_add(unzigzag(take(&mut bytes)?));
        visit(Sum::Slot(slot.wrapping_mul(SLOT_SECONDS)), &take_measures(&mut bytes)?);
    }
    Ok(RoaringBitmap::deserialize_from(bytes)?)
}

#[inline]
fn decode_groups(bytes: &mut &[u8], mut visit: impl FnMut(u32, &Measures)) -> Result<()> {
    let mut id = 0_u32;
    for _ in 0..take(bytes)? {
        id = id.wrapping_add(take_id(bytes)?);
        visit(id, &take_measures(bytes)?);
    }
    Ok(())
}
