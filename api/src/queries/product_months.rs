//! Which months, and days of months, slices of products answer for a report about some products: months in which one of
//! them is large, with what they add up to there. Adds nothing to a report.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use anyhow::Result;

use super::{
    sales_fold::Series,
    sales_series::{self, Filling},
    selection::Selection,
};
use crate::rollup::{
    days, large_products,
    measures::Measures,
    month::{self, Kind, Part, SLOT_SECONDS},
    scan::{Answered, Months, Parts, Snapshot},
    slices::Slice,
};

/// Months that slices of products answer, and which of the products asked for have some.
#[derive(Debug, Default)]
pub(super) struct ProductMonths {
    pub(super) months: Months,
    /// Those of them that are not whole, and their days that are.
    pub(super) cut: BTreeMap<i64, Range<i64>>,
    /// By month: the large products that count.
    pub(super) large: BTreeMap<i64, BTreeMap<u32, LargeProduct>>,
    /// By month: the products whose lines are to be read, ascending: they have no slice, or several categories.
    pub(super) others: BTreeMap<i64, Vec<u32>>,
    pub(super) filling: Filling,
}

/// A product with a slice, all of whose lines in the month are of one category.
#[derive(Debug)]
pub(super) struct LargeProduct {
    pub(super) category: u32,
    /// What it adds up to in the days that count.
    pub(super) sums: Vec<(Part, Measures)>,
}

impl ProductMonths {
    /// The months of the span that are not `answered`; none where nothing can fill `series`.
    pub(super) async fn of(
        snapshot: &mut Snapshot,
        selection: &Selection,
        currency: u32,
        series: &Series,
        answered: &Answered,
    ) -> Result<Self> {
        let products = selection.product_ids().unwrap_or_default();
        let (mut months, mut cut) = snapshot.written_months(selection.span).await?;
        months.periods.retain(|month| !answered.holds_month(*month));
        let mut large = large_products_of(snapshot, &products, &months).await?;
        let whole = months.those(|month| !cut.contains_key(&month) && large.contains_key(&month));
        let Some(filling) = sales_series::filling_of_products(series, snapshot, &whole, selection) else {
            return Ok(Self::default());
        };
        // Days are read of one currency, and fill no bucket that begins in one of them, as slots do unless a day begins in
        // one.
        let is_of_one =
            |product: &LargeProduct| product.sums.iter().all(|(part, _)| part.currency == currency);
        let is_by_day = sales_series::is_by_day(series, snapshot);
        cut.retain(|month, days| {
            let span = snapshot.seconds_of_days(days);
            let is_by_slot = span.start % SLOT_SECONDS == 0 && span.end % SLOT_SECONDS == 0;
            (is_by_day || filling == Filling::Slots && is_by_slot)
                && large.get(month).is_some_and(|large| large.values().all(is_of_one))
        });
        months = months.those(|month| cut.contains_key(&month) || whole.periods.contains(&month));
        large.retain(|month, _| months.periods.contains(month));
        let mut others = BTreeMap::new();
        for (month, large) in &mut large {
            let left: Vec<u32> =
                products.iter().copied().filter(|product| !large.contains_key(product)).collect();
            if !left.is_empty() {
                others.insert(*month, left);
            }
            large.retain(|_, product| selection.keeps_category(product.category));
        }
        let mut found = Self { months, cut, large, others, filling };
        found.cut_sums(snapshot, currency).await?;
        Ok(found)
    }

    /// The days that these answer.
    pub(super) fn add_to(&self, answered: &mut Answered) {
        answered.add_months(self.months.periods.iter().filter(|month| !self.cut.contains_key(month)));
        self.cut.values().for_each(|days| answered.add_days(days));
    }

    /// The months that are whole, or those that are not.
    pub(super) fn whole_and_cut(&self) -> [Months; 2] {
        let is_cut = |month| self.cut.contains_key(&month);
        [self.months.those(|month| !is_cut(month)), self.months.those(is_cut)]
    }

    /// The days of one of the months that count.
    pub(super) fn days_of(&self, month: i64) -> Range<i64> {
        self.cut.get(&month).cloned().unwrap_or_else(|| days::days_of_month(month))
    }

    /// Shows the rows of `kind` for `months` of the products that are large there and count to `visit`, with the month and
    /// the product.
    pub(super) async fn for_each_row(
        &self,
        snapshot: &mut Snapshot,
        kind: Kind,
        currency: u32,
        months: &Months,
        mut visit: impl FnMut(i64, u32, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let of_month = |month| self.large.get(month).into_iter().flat_map(BTreeMap::keys);
        let products: BTreeSet<u32> = months.periods.iter().flat_map(of_month).copied().collect();
        let slices: Vec<Slice> = products.into_iter().map(Slice::Product).collect();
        let visit = |month, product, row: &[u8]| {
            let product = u32::try_from(product)?;
            if self.large.get(&month).is_some_and(|large| large.contains_key(&product)) {
                visit(month, product, row)?;
            }
            Ok(())
        };
        snapshot.for_each_slice_row(&slices, kind, &Parts::everywhere(currency), months, visit).await
    }

    /// Puts what the days of months that are cut add up to in the place of what the months do.
    async fn cut_sums(&mut self, snapshot: &mut Snapshot, currency: u32) -> Result<()> {
        let [_, cut] = self.whole_and_cut();
        let mut sums: BTreeMap<(i64, u32), BTreeMap<Part, Measures>> = BTreeMap::new();
        let visit = |month, product, row: &[u8]| {
            let days = &self.cut[&month];
            let of_product = sums.entry((month, product)).or_default();
            large_products::decode_place_days(
                row,
                |_, _| true,
                |[region, channel], day, measures| {
                    if days.contains(&day) {
                        of_product.entry(Part { currency, region, channel }).or_default().add(measures);
                    }
                },
            )
        };
        self.for_each_row(snapshot, Kind::PlaceDays, currency, &cut, visit).await?;
        for month in self.cut.keys() {
            for (number, product) in self.large.get_mut(month).into_iter().flatten() {
                let of_days = sums.remove(&(*month, *number)).unwrap_or_default();
                product.sums = of_days.into_iter().collect();
            }
        }
        Ok(())
    }
}

/// By month: those of `products` that have a slice, whose lines are all of one category.
async fn large_products_of(
    snapshot: &mut Snapshot,
    products: &[u32],
    months: &Months,
) -> Result<BTreeMap<i64, BTreeMap<u32, LargeProduct>>> {
    let slices: Vec<Slice> = products.iter().map(|&product| Slice::Product(product)).collect();
    let mut found: BTreeMap<i64, BTreeMap<u32, LargeProduct>> = BTreeMap::new();
    let visit = |month, product, groups: &[u8]| {
        if let Some(large) = LargeProduct::read(groups)? {
            found.entry(month).or_default().insert(u32::try_from(product)?, large);
        }
        Ok(())
    };
    snapshot.for_each_slice_row(&slices, Kind::Groups, &Parts::everywhere(0), months, visit).await?;
    Ok(found)
}

impl LargeProduct {
    /// From the `Kind::Groups` of a slice; nothing when it has several categories.
    fn read(groups: &[u8]) -> Result<Option<Self>> {
        let (mut found, mut sums) = (BTreeSet::new(), Vec::new());
        month::decode_groups(groups, |part, _, categories| {
            found.extend(categories.iter().map(|(category, _)| *category));
            sums.extend(categories.iter().map(|(_, measures)| (part, *measures)));
        })?;
        Ok(found.first().filter(|_| found.len() == 1).map(|&category| Self { category, sums }))
    }
}
