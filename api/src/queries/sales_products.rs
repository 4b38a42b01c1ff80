//! Adds to the sums of a report about some products what is stored of the slices of those that have some: whole months in
//! which one of them does, with the lines of the others there: of small ones, and of those that come in several categories.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use roaring::RoaringTreemap;

use super::{
    sales_fold::{Fold, Series},
    sales_months::add_to_series,
    sales_series::{self, Filling},
    selection::Selection,
};
use crate::rollup::{
    buyers, large_products,
    measures::Measures,
    month::{self, Kind, Part},
    packed::{PackedHeader, PackedOrder},
    scan::{Answered, Months, Parts, Snapshot},
    slices::Slice,
};

/// Months that slices of products answer, and which of the products asked for have some.
#[derive(Debug, Default)]
pub(super) struct ProductMonths {
    months: Months,
    /// By month: the large products that count.
    large: BTreeMap<i64, BTreeMap<u32, LargeProduct>>,
    /// By month: the products whose lines are to be read, ascending: they have no slice, or several categories.
    others: BTreeMap<i64, Vec<u32>>,
    filling: Filling,
}

/// A product with a slice, all of whose lines in the month are of one category.
#[derive(Debug)]
struct LargeProduct {
    category: u32,
    /// Its `Kind::Groups` row.
    groups: Vec<u8>,
}

impl ProductMonths {
    /// The months of the span; none where nothing can fill `series`.
    pub(super) async fn of(snapshot: &mut Snapshot, selection: &Selection, series: &Series) -> Result<Self> {
        let products = selection.product_ids().unwrap_or_default();
        let mut months = snapshot.written_months(selection.span).await?;
        let mut found: BTreeMap<i64, BTreeMap<u32, LargeProduct>> = BTreeMap::new();
        let slices: Vec<Slice> = products.iter().map(|&product| Slice::Product(product)).collect();
        let visit = |month, product, groups: &[u8]| {
            if let Some(category) = only_category(groups)? {
                let product = u32::try_from(product)?;
                found
                    .entry(month)
                    .or_default()
                    .insert(product, LargeProduct { category, groups: groups.to_vec() });
            }
            Ok(())
        };
        snapshot.for_each_slice_row(&slices, Kind::Groups, &Parts::everywhere(0), &months, visit).await?;
        months = months.those(|month| found.contains_key(&month));
        let Some(filling) = sales_series::filling_of_products(series, snapshot, &months, selection) else {
            return Ok(Self::default());
        };
        let mut others = BTreeMap::new();
        for (month, large) in &mut found {
            let left: Vec<u32> =
                products.iter().copied().filter(|product| !large.contains_key(product)).collect();
            if !left.is_empty() {
                others.insert(*month, left);
            }
            large.retain(|_, product| selection.keeps_category(product.category));
        }
        Ok(Self { months, large: found, others, filling })
    }

    /// Their days.
    pub(super) fn answered(&self) -> Answered {
        Answered::by_months(&self.months.periods)
    }

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
        match self.filling {
            Filling::Days => self.add_days(&mut fold.series, snapshot, selection, currency).await,
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
                month::decode_groups(&product.groups, |part, _, categories| {
                    if !selection.keeps_place(part.region, part.channel) {
                        return;
                    }
                    for (category, sums) in categories {
                        if part.currency != currency {
                            fold.currencies.add_sums(part.currency, sums);
                            continue;
                        }
                        sold_in.insert(*month);
                        fold.totals.add(sums);
                        fold.regions.add_sums(part.region, sums);
                        fold.channels.add_sums(part.channel, sums);
                        fold.categories.add_sums(*category, sums);
                        fold.products.add_sums(*number, sums);
                        add_to_series(fold, &self.filling, start, sums);
                    }
                })?;
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
        let visit = |month, product, row: &[u8]| {
            let Some(category) = self.category_of(month, product) else { return Ok(()) };
            let large = &self.large[&month];
            let is_alike = |other: &u32| large.get(other).is_some_and(|other| other.category == category);
            let is_shared = |others: &[u32]| others.iter().any(|other| large.contains_key(other));
            large_products::decode_shared(row, is_shared, |others, orders| {
                let are_alike = others.iter().any(is_alike);
                orders.for_each_place(|part, count| {
                    if !selection.keeps_place(part.region, part.channel)
                        || !subtract_orders(fold, part, count, currency)
                    {
                        return;
                    }
                    if are_alike {
                        fold.categories.subtract_orders(category, count);
                    }
                    if self.filling == Filling::Months {
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
        let slices = self.slices(&months);
        snapshot.for_each_slice_row(&slices, Kind::SharedOrders, &Parts::everywhere(0), &months, visit).await
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
        snapshot.for_each_order_by_product(&self.others, wanted, visit).await
    }

    /// The orders that sell large products, by category, of the months that have others too.
    async fn orders_by_category(
        &self,
        snapshot: &mut Snapshot,
    ) -> Result<BTreeMap<i64, BTreeMap<u32, RoaringTreemap>>> {
        let mut orders: BTreeMap<i64, BTreeMap<u32, RoaringTreemap>> = BTreeMap::new();
        let months = self.months.those(|month| self.others.contains_key(&month));
        let visit = |month, product, row: &[u8]| {
            if let Some(category) = self.category_of(month, product) {
                *orders.entry(month).or_default().entry(category).or_default() |=
                    large_products::decode_orders(row)?;
            }
            Ok(())
        };
        let slices = self.slices(&months);
        snapshot.for_each_slice_row(&slices, Kind::Orders, &Parts::everywhere(0), &months, visit).await?;
        Ok(orders)
    }

    async fn add_customers(
        &self,
        fold: &mut Fold,
        snapshot: &mut Snapshot,
        selection: &Selection,
        currency: u32,
    ) -> Result<()> {
        let kind = if selection.is_everywhere() { Kind::Buyers } else { Kind::PlaceBuyers };
        let wanted = |region, channel| selection.keeps_place(region, channel);
        let visit = |month, product, row: &[u8]| {
            if self.category_of(month, product).is_none() {
                return Ok(());
            }
            if kind == Kind::PlaceBuyers {
                return large_products::decode_buyers(row, wanted, |ids| fold.customers.insert_all(&ids));
            }
            fold.customers.insert_all(&buyers::decode(row)?);
            Ok(())
        };
        let slices = self.slices(&self.months);
        snapshot.for_each_slice_row(&slices, kind, &Parts::everywhere(currency), &self.months, visit).await
    }

    async fn add_days(
        &self,
        series: &mut Series,
        snapshot: &mut Snapshot,
        selection: &Selection,
        currency: u32,
    ) -> Result<()> {
        let starts = snapshot.starts_of_days(&self.months);
        let kind = if selection.is_everywhere() { Kind::Days } else { Kind::PlaceDays };
        let wanted = |region, channel| selection.keeps_place(region, channel);
        let visit = |month, product, row: &[u8]| {
            if self.category_of(month, product).is_none() {
                return Ok(());
            }
            let add = |day, sums: &Measures| series.add_day(&starts, day, sums);
            if kind == Kind::Days {
                return month::decode_days(row, add);
            }
            large_products::decode_days(row, wanted, add)
        };
        let (slices, parts) = (self.slices(&self.months), Parts::everywhere(currency));
        snapshot.for_each_slice_row(&slices, kind, &parts, &self.months, visit).await
    }

    async fn add_slots(&self, series: &mut Series, snapshot: &mut Snapshot, currency: u32) -> Result<()> {
        let visit = |month, product, row: &[u8]| {
            if self.category_of(month, product).is_none() {
                return Ok(());
            }
            month::decode_slots(row, |second, sums| series.add_sums(second, sums))
        };
        let (slices, parts) = (self.slices(&self.months), Parts::everywhere(currency));
        snapshot.for_each_slice_row(&slices, Kind::Slots, &parts, &self.months, visit).await
    }

    /// The category of a product that is large in `month` and counts.
    fn category_of(&self, month: i64, product: i64) -> Option<u32> {
        let product = u32::try_from(product).ok()?;
        self.large.get(&month)?.get(&product).map(|product| product.category)
    }

    /// Of the products that are large in some of `months`.
    fn slices(&self, months: &Months) -> Vec<Slice> {
        let of_month = |month| self.large.get(month).into_iter().flat_map(BTreeMap::keys);
        let products: BTreeSet<u32> = months.periods.iter().flat_map(of_month).copied().collect();
        products.into_iter().map(Slice::Product).collect()
    }
}

/// The category of all lines of a slice with these `Kind::Groups`, if it is one.
fn only_category(groups: &[u8]) -> Result<Option<u32>> {
    let mut found = BTreeSet::new();
    month::decode_groups(groups, |_, _, categories| {
        found.extend(categories.iter().map(|(category, _)| *category));
    })?;
    Ok(found.first().copied().filter(|_| found.len() == 1))
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
