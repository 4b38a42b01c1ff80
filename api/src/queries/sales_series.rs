//! Fills the series of a sales report where month summaries answer the rest of it: from them, from slices, and from the
//! lines of small categories. Says so where these cannot.

use std::collections::BTreeSet;

use anyhow::Result;

use super::{
    sales_fold::{Series, Spans},
    selection::Selection,
};
use crate::{
    extract::Span,
    rollup::{
        category_times, days,
        measures::Measures,
        month::{self, Kind, SLOT_SECONDS},
        packed::{PackedHeader, PackedOrder},
        scan::{Months, Parts, Snapshot},
        slices::Slice,
    },
};

/// What of months fills a series.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Filling {
    /// Nothing: there is no series.
    #[default]
    Nothing,
    /// Sums by slot.
    Slots,
    /// What months add up to.
    Months,
    /// Sums by day, or by category and day.
    Days,
    /// Sums by slot of the categories' slices (by month, those that have some), lines of the other categories, and orders
    /// by set of categories and slot.
    CategorySlots(BTreeSet<(i64, u32)>),
}

/// What of `months` can fill the series, if anything can: sums by slot know no categories, and nothing finer than
/// themselves.
pub(super) async fn filling(
    series: &Series,
    snapshot: &mut Snapshot,
    months: &Months,
    selection: &Selection,
) -> Result<Option<Filling>> {
    if !series.is_wanted() {
        return Ok(Some(Filling::Nothing));
    }
    if holds_months(series, snapshot, months) {
        return Ok(Some(Filling::Months));
    }
    let is_by_day = is_by_day(series, snapshot);
    let Some(categories) = selection.category_ids() else {
        if is_by_day && months.have_days() {
            return Ok(Some(Filling::Days));
        }
        return Ok(series.is_by_slot().then_some(Filling::Slots));
    };
    if !months.have_category_times() {
        return Ok(None);
    }
    if is_by_day {
        return Ok(Some(Filling::Days));
    }
    let periods: Vec<Span> = months.periods.iter().map(|&period| snapshot.seconds_of(period)).collect();
    // Slices know no places. Of a third there are its month's slots alone, none of which may be of two.
    let is_by_slot = |period: &Span| period.start % SLOT_SECONDS == 0 && period.end % SLOT_SECONDS == 0;
    if !selection.is_everywhere() || !series.is_by_slot() || !periods.iter().all(is_by_slot) {
        return Ok(None);
    }
    let sliced = snapshot.sliced_categories(&categories, months).await?;
    // Without any, lines are less to read than summaries and lines.
    Ok((!sliced.is_empty()).then_some(Filling::CategorySlots(sliced)))
}

/// As `filling`, of whole months that large products answer: they tell everything of days, of slots nothing but of all
/// regions and channels together.
pub(super) fn filling_of_products(
    series: &Series,
    snapshot: &mut Snapshot,
    months: &Months,
    selection: &Selection,
) -> Option<Filling> {
    if !series.is_wanted() {
        Some(Filling::Nothing)
    } else if !months.periods.is_empty() && holds_months(series, snapshot, months) {
        Some(Filling::Months)
    } else if is_by_day(series, snapshot) {
        Some(Filling::Days)
    } else {
        (selection.is_everywhere() && series.is_by_slot()).then_some(Filling::Slots)
    }
}

/// Whether each bucket begins and ends where a day of the store does.
pub(super) fn is_by_day(series: &Series, snapshot: &mut Snapshot) -> bool {
    series.bounds().all(|second| snapshot.is_start_of_day(second))
}

/// Whether a bucket holds all of each of `months`.
fn holds_months(series: &Series, snapshot: &Snapshot, months: &Months) -> bool {
    months.periods.iter().all(|&period| series.has_one_bucket_for(snapshot.seconds_of(period)))
}

/// Adds what `filling` says of `months` to `series`, but for `Filling::Months`, whose sums are not known here.
pub(super) async fn fill(
    series: &mut Series,
    snapshot: &mut Snapshot,
    months: &Months,
    selection: &Selection,
    parts: &Parts,
    filling: &Filling,
) -> Result<()> {
    match filling {
        Filling::Slots => add_slots(series, snapshot, months, parts).await,
        Filling::Days => add_days(series, snapshot, months, selection, parts).await,
        Filling::CategorySlots(sliced) => {
            add_category_slots(series, snapshot, months, selection, parts, sliced).await
        }
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
    let starts = snapshot.starts_of(months.periods.iter().map(|&period| days::days_of_period(period)));
    let kind = if selection.category_count().is_some() { Kind::CategoryDays } else { Kind::Days };
    let wanted = |category| selection.keeps_category(category);
    let visit = |_, bytes: &[u8]| {
        let add = |day, sums: &Measures| series.add_day(&starts, day, sums);
        if kind == Kind::Days {
            return month::decode_days(bytes, add);
        }
        category_times::decode_days(bytes, wanted, add)
    };
    snapshot.for_each_month_row(kind, parts, &months.whole(), visit).await
}

async fn add_category_slots(
    series: &mut Series,
    snapshot: &mut Snapshot,
    months: &Months,
    selection: &Selection,
    parts: &Parts,
    sliced: &BTreeSet<(i64, u32)>,
) -> Result<()> {
    let periods = months.in_order().into_iter().map(|period| snapshot.seconds_of(period));
    let mut periods = Spans::new(periods.collect());
    let mut add = |second, sums: &Measures| {
        if periods.hold(second) {
            series.add_sums(second, sums);
        }
    };
    let months = months.whole();
    let large: BTreeSet<u32> = sliced.iter().map(|(_, category)| *category).collect();
    let large: Vec<Slice> = large.into_iter().map(Slice::Category).collect();
    let visit = |_, _, bytes: &[u8]| month::decode_slots(bytes, &mut add);
    snapshot.for_each_slice_row(&large, Kind::Slots, parts, &months, visit).await?;
    let categories = selection.category_ids().unwrap_or_default();
    if categories.len() > 1 {
        // An order was counted in each of its categories: once is right.
        let wanted = |category| selection.keeps_category(category);
        let visit = |_, bytes: &[u8]| {
            category_times::decode_slots(bytes, wanted, |second, orders| {
                add(second, &Measures { orders: -orders, ..Measures::default() });
            })
        };
        snapshot.for_each_month_row(Kind::SlotSets, parts, &months, visit).await?;
    }
    let of_month = |&month: &i64| categories.iter().map(move |&category| (month, category));
    let small = months.periods.iter().flat_map(of_month).filter(|one| !sliced.contains(one)).collect();
    let wanted = |header: &PackedHeader| header.currency == parts.currency;
    let visit = |order: &PackedOrder| series.add(order.lines.iter().filter(|line| periods.hold(line.at)));
    snapshot.for_each_order_by_category(&small, wanted, visit).await
}
