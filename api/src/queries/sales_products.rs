//! Adds to the sums of a report about some products what is stored of the slices of those that have some, with the lines
//! of the others there: of small ones, and of those that come in several categories.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use roaring::RoaringTreemap;

use super::{
    product_months::ProductMonths,
    sales_fold::{Fold, Series},
    sales_months::add_to_series,
    sales_series::Filling,
    selection::Selection,
};
use crate::{
    extract::Span,
    rollup::{
        buyers, large_products,
        measures::Measures,
        month::{self, Kind, Part},
        packed::{PackedHeader, PackedOrder},
        scan::{Months, Snapshot},
    },
};

impl ProductMonths {
    /// Adds everything to `fold`.
    pub(super) async fn add(
        &self,
        fold: &mut Fold,
        snapshot: &mut Snapshot,
        selection: &Selection,
        currency: u32,
    ) -> Result<()> {
        self.add_sums(fold, snapshot, selection, currency).await?;
        self.add_customers(fold, snapshot, selection, currency).await?;
        let [_, cut] = self.whole_and_cut();
        match self.filling {
            Filling::Days => {
                self.add_days(&mut fold.series, snapshot, &self.months, selection, currency).await
            }
            // Of a month that is cut it is not known otherwise what belongs to which bucket.
            Filling::Months => self.add_days(&mut fold.series, snapshot, &cut, selection, currency).await,
            Filling::Slots => self.add_slots(&mut fold.series, snapshot, currency).await,
            _ => Ok(()),
        }
    }

    /// As `add`, without customers, days and slots. Answers the months with a line that counts, in order.
    pub(super) async fn add_sums(
        &self,
        fold: &mut Fold,
        snapshot: &mut Snapshot,
        selection: &Selection,
        currency: u32,
    ) -> Result<Vec<i64>> {
        let mut sold_in = BTreeSet::new();
        for (month, products) in &self.large {
            let start = snapshot.seconds_of(*month).start;
            for (number, product) in products {
                for (part, sums) in &product.sums {
                    if !selection.keeps_place(part.region, part.channel) {
                        continue;
                    }
                    if part.currency != currency {
                        fold.currencies.add_sums(part.currency, sums);
                        continue;
                    }
                    sold_in.insert(*month);
                    fold.totals.add(sums);
                    fold.regions.add_sums(part.region, sums);
                    fold.channels.add_sums(part.channel, sums);
                    fold.categories.add_sums(product.category, sums);
                    fold.products.add_sums(*number, sums);
                    if !self.cut.contains_key(month) {
                        add_to_series(fold, &self.filling, start, sums);
                    }
                }
            }
        }
        self.subtract_shared_orders(fold, snapshot, selection, currency).await?;
        self.add_others(fold, snapshot, selection, currency, &mut sold_in).await?;
        Ok(sold_in.into_iter().collect())
    }

    /// An order with several large products was counted in each: once is right.
    async fn subtract_shared_orders(
        &self,
        fold: &mut Fold,
        snapshot: &mut Snapshot,
        selection: &Selection,
        currency: u32,
    ) -> Result<()> {
        let months = self.months.those(|month| self.large[&month].len() > 1);
        let starts: BTreeMap<i64, i64> =
            months.periods.iter().map(|&month| (month, snapshot.seconds_of(month).start)).collect();
        let cut = self.seconds_of_cut(snapshot);
        let visit = |month, product, row: &[u8]| {
            let large = &self.large[&month];
            let category = large[&product].category;
            let is_alike = |other: &u32| large.get(other).is_some_and(|other| other.category == category);
            let is_shared = |others: &[u32]| others.iter().any(|other| large.contains_key(other));
            large_products::decode_shared(row, is_shared, |others, orders| {
                let are_alike = others.iter().any(is_alike);
                let subtract = |fold: &mut Fold, part: Part, count: i64| {
                    let counts = selection.keeps_place(part.region, part.channel)
                        && subtract_orders(fold, part, count, currency);
                    if counts && are_alike {
                        fold.categories.subtract_orders(category, count);
                    }
                    counts
                };
                if let Some(span) = cut.get(&month) {
                    return orders.for_each_order(|part, second| {
                        if span.holds(second) && subtract(fold, part, 1) {
                            fold.series.subtract_orders(second, 1);
                        }
                    });
                }
                orders.for_each_place(|part, count| {
                    if subtract(fold, part, count) && self.filling == Filling::Months {
                        fold.series.subtract_orders(starts[&month], count);
                    }
                })?;
                if !matches!(self.filling, Filling::Days | Filling::Slots) {
                    return Ok(());
                }
                orders.for_each_order(|part, second| {
                    if part.currency == currency && selection.keeps_place(part.region, part.channel) {
                        fold.series.subtract_orders(second, 1);
                    }
                })
            })
        };
        self.for_each_row(snapshot, Kind::SharedOrders, 0, &months, visit).await
    }

    /// Adds the orders of the other products; those that sell a large one too are counted by now.
    async fn add_others(
        &self,
        fold: &mut Fold,
        snapshot: &mut Snapshot,
        selection: &Selection,
        currency: u32,
        sold_in: &mut BTreeSet<i64>,
    ) -> Result<()> {
        let counted = self.orders_by_category(snapshot).await?;
        let wanted = |header: &PackedHeader| selection.keeps_order(header);
        let visit = |month, order: &PackedOrder| {
            fold.add(order, selection, currency);
            let mut lines = order.lines.iter().filter(|line| selection.keeps_line(line));
            if order.header.currency == currency && lines.next().is_some() {
                sold_in.insert(month);
            }
            let holds = |orders: &RoaringTreemap| orders.contains(order.header.order);
            let mut counted =
                counted.get(&month).into_iter().flatten().filter(|(_, orders)| holds(orders)).peekable();
            let sold = || order.lines.iter().filter(|line| !line.refund && selection.keeps_line(line));
            if let Some(sale) = sold().next()
                && counted.peek().is_some()
                && subtract_orders(fold, Part::of(&order.header), 1, currency)
            {
                fold.series.subtract_orders(sale.at, 1);
                for (category, _) in
                    counted.filter(|(category, _)| sold().any(|line| line.category == **category))
                {
                    fold.categories.subtract_orders(*category, 1);
                }
            }
        };
        snapshot.for_each_order_by_product(&self.others, |month| self.days_of(month), wanted, visit).await
    }

    /// The orders that sell large products, by category, of the months that have others too.
    async fn orders_by_category(
        &self,
        snapshot: &mut Snapshot,
    ) -> Result<BTreeMap<i64, BTreeMap<u32, RoaringTreemap>>> {
        let mut orders: BTreeMap<i64, BTreeMap<u32, RoaringTreemap>> = BTreeMap::new();
        let months = self.months.those(|month| self.others.contains_key(&month));
        let visit = |month, product, row: &[u8]| {
            let category = self.large[&month][&product].category;
            *orders.entry(month).or_default().entry(category).or_default() |=
                large_products::decode_orders(row)?;
            Ok(())
        };
        self.for_each_row(snapshot, Kind::Orders, 0, &months, visit).await?;
        Ok(orders)
    }

    async fn add_customers(
        &self,
        fold: &mut Fold,
        snapshot: &mut Snapshot,
        selection: &Selection,
        currency: u32,
    ) -> Result<()> {
        let [whole, cut] = self.whole_and_cut();
        let kind = if selection.is_everywhere() { Kind::Buyers } else { Kind::PlaceBuyers };
        let wanted = |region, channel| selection.keeps_place(region, channel);
        let visit = |_, _, row: &[u8]| {
            if kind == Kind::PlaceBuyers {
                return large_products::decode_buyers(row, wanted, |ids| fold.customers.insert_all(&ids));
            }
            fold.customers.insert_all(&buyers::decode(row)?);
            Ok(())
        };
        self.for_each_row(snapshot, kind, currency, &whole, visit).await?;
        let visit = |month, _, row: &[u8]| {
            let is_inside = |day| self.cut[&month].contains(&day);
            large_products::decode_day_buyers(row, wanted, is_inside, |id| fold.customers.insert(id))
        };
        self.for_each_row(snapshot, Kind::DayBuyers, currency, &cut, visit).await
    }

    async fn add_days(
        &self,
        series: &mut Series,
        snapshot: &mut Snapshot,
        months: &Months,
        selection: &Selection,
        currency: u32,
    ) -> Result<()> {
        let starts = snapshot.starts_of(months.periods.iter().map(|month| self.days_of(*month)));
        let kind = if selection.is_everywhere() { Kind::Days } else { Kind::PlaceDays };
        let wanted = |region, channel| selection.keeps_place(region, channel);
        let visit = |_, _, row: &[u8]| {
            let add = |day, sums: &Measures| series.add_day(&starts, day, sums);
            if kind == Kind::Days {
                return month::decode_days(row, add);
            }
            large_products::decode_days(row, wanted, add)
        };
        self.for_each_row(snapshot, kind, currency, months, visit).await
    }

    async fn add_slots(&self, series: &mut Series, snapshot: &mut Snapshot, currency: u32) -> Result<()> {
        let cut = self.seconds_of_cut(snapshot);
        let visit = |month, _, row: &[u8]| {
            month::decode_slots(row, |second, sums| {
                if cut.get(&month).is_none_or(|span| span.holds(second)) {
                    series.add_sums(second, sums);
                }
            })
        };
        self.for_each_row(snapshot, Kind::Slots, currency, &self.months, visit).await
    }

    fn seconds_of_cut(&self, snapshot: &Snapshot) -> BTreeMap<i64, Span> {
        self.cut.iter().map(|(month, days)| (*month, snapshot.seconds_of_days(days))).collect()
    }
}

/// Takes orders of several products back where they were counted once too often, but for categories and series: whether these
/// count, in which they are in `currency`.
fn subtract_orders(fold: &mut Fold, part: Part, count: i64, currency: u32) -> bool {
    let surplus = Measures { orders: -count, ..Measures::default() };
    if part.currency != currency {
        fold.currencies.add_sums(part.currency, &surplus);
        return false;
    }
    fold.totals.add(&surplus);
    fold.regions.add_sums(part.region, &surplus);
    fold.channels.add_sums(part.channel, &surplus);
    true
}
