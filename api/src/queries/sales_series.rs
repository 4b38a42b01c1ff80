//! Fills the series of a sales report from month summaries, where something of them can. Says so where nothing does.

use std::collections::BTreeSet;

use anyhow::Result;

use super::{
    sales_fold::{Series, Spans},
    selection::Selection,
};
use crate::{
    extract::Span,
    rollup::{
        category_times,
        measures::Measures,
        month::{self, Kind, SLOT_SECONDS},
        packed::PackedOrder,
        scan::{Months, Parts, Snapshot},
        slices::Slice,
    },
};

/// What of months fills a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filling {
    /// Nothing: there is no series.
    Nothing,
    /// Sums by slot.
    Slots,
    /// What months add up to.
    Months,
    /// Sums by category and day.
    Days,
    /// Sums by slot of the categories' slices, lines of small ones, and orders by set of categories and slot.
    CategorySlots,
}

/// What of `months` can fill the series, if anything can: sums by slot know no categories, and nothing finer than
/// themselves.
pub(super) fn filling(
    series: &Series,
    snapshot: &mut Snapshot,
    months: &Months,
    selection: &Selection,
) -> Option<Filling> {
    if !series.is_wanted() {
        return Some(Filling::Nothing);
    }
    if selection.category_count().is_none() {
        return series.is_by_slot().then_some(Filling::Slots);
    }
    let periods: Vec<Span> = months.groups.keys().map(|&period| snapshot.seconds_of(period)).collect();
    if periods.iter().all(|&period| series.has_one_bucket_for(period)) {
        return Some(Filling::Months);
    }
    if !months.have_category_times() {
        return None;
    }
    if series.bounds().all(|second| snapshot.is_start_of_day(second)) {
        return Some(Filling::Days);
    }
    // Slices know no places. Of a third there are its month's slots alone, none of which may be of two.
    let is_by_slot = |period: &Span| period.start % SLOT_SECONDS == 0 && period.end % SLOT_SECONDS == 0;
    (selection.is_everywhere() && series.is_by_slot() && periods.iter().all(is_by_slot))
        .then_some(Filling::CategorySlots)
}

/// Adds what `filling` says of `months` to `series`, but for `Filling::Months`, whose sums are not known here.
pub(super) async fn fill(
    series: &mut Series,
    snapshot: &mut Snapshot,
    months: &Months,
    selection: &Selection,
    parts: &Parts,
    filling: Filling,
) -> Result<()> {
    match filling {
        Filling::Slots => add_slots(series, snapshot, months, parts).await,
        Filling::Days => add_days(series, snapshot, months, selection, parts).await,
        Filling::CategorySlots => add_category_slots(series, snapshot, months, selection, parts).await,
        Filling::Months | Filling::Nothing => Ok(()),
    }
}

async fn add_slots(
    series: &mut Series,
    snapshot: &mut Snapshot,
    months: &Months,
    parts: &Parts,
) -> Result<()> {
    let visit = |_, bytes: &[u8]| month::decode_slots(bytes, |second, sums| series.add_sums(second, sums));
    snapshot.for_each_month_row(Kind::Slots, parts, months, visit).await
}

async fn add_days(
    series: &mut Series,
    snapshot: &mut Snapshot,
    months: &Months,
    selection: &Selection,
    parts: &Parts,
) -> Result<()> {
    // Of a third there are only its month's rows, which have other days too.
    let starts = snapshot.starts_of_days(months);
    let wanted = |category| selection.keeps_category(category);
    let visit = |_, bytes: &[u8]| {
        category_times::decode_days(bytes, wanted, |day, sums| {
            if let Some(&start) = starts.get(&day) {
                series.add_sums(start, sums);
            }
        })
    };
    snapshot.for_each_month_row(Kind::CategoryDays, parts, &months.whole(), visit).await
}

async fn add_category_slots(
    series: &mut Series,
    snapshot: &mut Snapshot,
    months: &Months,
    selection: &Selection,
    parts: &Parts,
) -> Result<()> {
    let periods = months.in_order().into_iter().map(|period| snapshot.seconds_of(period));
    let mut periods = Spans::new(periods.collect());
    let months = months.whole();
    let categories = selection.category_ids().unwrap_or_default();
    let slices: Vec<Slice> = categories.iter().map(|&category| Slice::Category(category)).collect();
    let mut found = BTreeSet::new();
    let visit = |month, member, bytes: &[u8]| {
        found.insert((month, member));
        month::decode_slots(bytes, |second, sums| {
            if periods.hold(second) {
                series.add_sums(second, sums);
            }
        })
    };
    snapshot.for_each_slice_row(&slices, Kind::Slots, parts, &months, visit).await?;
    for &category in &categories {
        let is_missing = |month: &i64| !found.contains(&(*month, i64::from(category)));
        let missing = months.groups.keys().copied().filter(is_missing);
        let visit = |order: &PackedOrder| {
            if order.header.currency == parts.currency {
                series.add(order.lines.iter().filter(|line| periods.hold(line.at)));
            }
        };
        snapshot.for_each_order_of_category(category, missing, visit).await?;
    }
    // An order was counted in each of its categories: once is right.
    let wanted = |category| selection.keeps_category(category);
    let visit = |_, bytes: &[u8]| {
        category_times::decode_slots(bytes, wanted, |second, orders| {
            if periods.hold(second) {
                series.add_sums(second, &Measures { orders: -orders, ..Measures::default() });
            }
        })
    };
    snapshot.for_each_month_row(Kind::SlotSets, parts, &months, visit).await
}
