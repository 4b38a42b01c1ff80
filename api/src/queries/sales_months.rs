//! Adds month summaries to the sums of a sales report, where they can answer it. Says so where they cannot.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::{
    sales_fold::Fold,
    sales_series::{self, Filling},
    selection::Selection,
};
use crate::{
    extract::Span,
    rollup::{
        buyers, category_sets,
        measures::Measures,
        month::{self, Kind, Part},
        scan::{Months, Parts, Snapshot},
        slices::Slice,
    },
};

/// Adds `months` to `fold`, whose series is filled by what `filling` says of them. False when the days must be read
/// instead; `fold` is then worth nothing.
pub(super) async fn add(
    fold: &mut Fold,
    snapshot: &mut Snapshot,
    months: &Months,
    selection: &Selection,
    currency: u32,
    filling: &Filling,
) -> Result<bool> {
    if !add_sums(fold, snapshot, months, selection, currency, filling).await? {
        return Ok(false);
    }
    if let Some(parts) = selection.parts(currency) {
        add_customers(fold, snapshot, months, selection, &parts).await?;
        sales_series::fill(&mut fold.series, snapshot, months, selection, &parts, filling).await?;
    }
    Ok(true)
}

/// As `add`, without customers, slots and days: the series is filled by what months add up to, or not at all.
pub(super) async fn add_sums(
    fold: &mut Fold,
    snapshot: &mut Snapshot,
    months: &Months,
    selection: &Selection,
    currency: u32,
    filling: &Filling,
) -> Result<bool> {
    let (periods, starts) = merged_for(filling, snapshot, months);
    let visit = |period, groups: &[u8]| {
        month::decode_groups(groups, |part, orders, categories| {
            if selection.keeps_place(part.region, part.channel) {
                let sums = add_group(fold, part, (orders, categories), selection, currency);
                add_to_series(fold, filling, starts[&period], &sums);
            }
        })
    };
    snapshot.for_each_month_row(Kind::Groups, &Parts::everywhere(0), &periods, visit).await?;
    if selection.category_count().is_some_and(|count| count > 1) {
        subtract_shared_orders(fold, snapshot, months, selection, currency, filling).await?;
    }
    match selection.parts(currency) {
        Some(parts) => add_products(fold, snapshot, months, selection, &parts).await,
        None => Ok(true),
    }
}

/// The periods to add up for `filling`, and when each begins: a series by months wants every month of its own.
fn merged_for(filling: &Filling, snapshot: &Snapshot, months: &Months) -> (Months, BTreeMap<i64, i64>) {
    let periods = if *filling == Filling::Months { months.clone() } else { months.merged() };
    let start = |&period: &i64| (period, snapshot.seconds_of(period).start);
    let starts = periods.periods.iter().map(start).collect();
    (periods, starts)
}

/// Those of `months`, and thirds of months, with a line that counts, one after the other.
pub(super) async fn with_lines(
    snapshot: &mut Snapshot,
    months: &Months,
    selection: &Selection,
    currency: u32,
) -> Result<Vec<i64>> {
    let mut found = BTreeSet::new();
    let visit = |period, groups: &[u8]| {
        month::decode_groups(groups, |part, _, categories| {
            if part.currency == currency
                && selection.keeps_place(part.region, part.channel)
                && categories.iter().any(|(category, _)| selection.keeps_category(*category))
            {
                found.insert(period);
            }
        })
    };
    snapshot.for_each_month_row(Kind::Groups, &Parts::everywhere(0), months, visit).await?;
    let mut periods = months.in_order();
    periods.retain(|period| found.contains(period));
    Ok(periods)
}

/// Sums of a month in the bucket that holds it, where they fill the series.
pub(super) fn add_to_series(fold: &mut Fold, filling: &Filling, start: i64, sums: &Measures) {
    if *filling == Filling::Months {
        fold.series.add_sums(start, sums);
    }
}

/// The first seconds of the first and the last slot with a line in `months`, whatever its category.
pub(super) async fn observed(
    snapshot: &mut Snapshot,
    months: &Months,
    selection: &Selection,
    currency: u32,
) -> Result<Option<Span>> {
    let Some(parts) = selection.parts(currency) else { return Ok(None) };
    let mut first = None;
    let periods = months.in_order();
    for month in &periods {
        first = slots_of(snapshot, &months.only(*month), &parts).await?.map(|slots| slots.start);
        if first.is_some() {
            break;
        }
    }
    let Some(start) = first else { return Ok(None) };
    for month in periods.iter().rev() {
        if let Some(slots) = slots_of(snapshot, &months.only(*month), &parts).await? {
            return Ok(Some(Span { start, end: slots.end }));
        }
    }
    Ok(None)
}

/// The first seconds of the first and the last slot with a line in `month`.
async fn slots_of(snapshot: &mut Snapshot, month: &Months, parts: &Parts) -> Result<Option<Span>> {
    let mut found: Option<Span> = None;
    let visit = |_, bytes: &[u8]| {
        month::decode_slots(bytes, |second, _| {
            let found = found.get_or_insert(Span { start: second, end: second });
            *found = Span { start: found.start.min(second), end: found.end.max(second) };
        })
    };
    snapshot.for_each_month_row(Kind::Slots, parts, month, visit).await?;
    Ok(found)
}

/// Answers what was added to the totals.
fn add_group(
    fold: &mut Fold,
    part: Part,
    (orders, categories): (i64, &[(u32, Measures)]),
    selection: &Selection,
    currency: u32,
) -> Measures {
    let mut sums = Measures::default();
    let kept = || categories.iter().filter(|(category, _)| selection.keeps_category(*category));
    kept().for_each(|(_, measures)| sums.add(measures));
    if selection.category_count().is_none() {
        sums.orders = orders;
    }
    if kept().next().is_none() {
        return Measures::default();
    }
    if part.currency != currency {
        fold.currencies.add_sums(part.currency, &sums);
        return Measures::default();
    }
    fold.totals.add(&sums);
    fold.regions.add_sums(part.region, &sums);
    fold.channels.add_sums(part.channel, &sums);
    kept().for_each(|(category, measures)| fold.categories.add_sums(*category, measures));
    sums
}

/// An order with several of the categories asked for was counted in each: once is right.
async fn subtract_shared_orders(
    fold: &mut Fold,
    snapshot: &mut Snapshot,
    months: &Months,
    selection: &Selection,
    currency: u32,
    filling: &Filling,
) -> Result<()> {
    let (periods, starts) = merged_for(filling, snapshot, months);
    let shared = |set: &[u32]| set.iter().filter(|category| selection.keeps_category(**category)).count();
    let visit = |period, bytes: &[u8]| {
        category_sets::decode(
            bytes,
            |set| shared(set) > 1,
            |set, part, orders| {
                if !selection.keeps_place(part.region, part.channel) {
                    return;
                }
                let times_too_many = i64::try_from(shared(set)).expect("a handful of categories") - 1;
                let surplus = Measures { orders: -orders * times_too_many, ..Measures::default() };
                if part.currency == currency {
                    fold.totals.add(&surplus);
                    fold.regions.add_sums(part.region, &surplus);
                    fold.channels.add_sums(part.channel, &surplus);
                    add_to_series(fold, filling, starts[&period], &surplus);
                } else {
                    fold.currencies.add_sums(part.currency, &surplus);
                }
            },
        )
    };
    snapshot.for_each_month_row(Kind::CategorySets, &Parts::everywhere(0), &periods, visit).await
}

async fn add_customers(
    fold: &mut Fold,
    snapshot: &mut Snapshot,
    months: &Months,
    selection: &Selection,
    parts: &Parts,
) -> Result<()> {
    let Some(categories) = selection.category_ids() else {
        let visit = |_, bytes: &[u8]| {
            fold.customers.insert_all(&buyers::decode(bytes)?);
            Ok(())
        };
        return snapshot.for_each_month_row(Kind::Buyers, parts, &months.merged(), visit).await;
    };
    // Slices have a bitmap in a row, months those of all categories together.
    let mut found: BTreeMap<i64, usize> = BTreeMap::new();
    let slices: Vec<Slice> = categories.iter().map(|&category| Slice::Category(category)).collect();
    let visit = |month, _, bytes: &[u8]| {
        *found.entry(month).or_default() += 1;
        fold.customers.insert_all(&buyers::decode(bytes)?);
        Ok(())
    };
    snapshot.for_each_slice_row(&slices, Kind::Buyers, parts, months, visit).await?;
    let mut others = months.clone();
    others.periods.retain(|month| found.get(month) != Some(&slices.len()));
    let wanted = |category| selection.keeps_category(category);
    let visit =
        |_, bytes: &[u8]| buyers::decode_by_category(bytes, wanted, |ids| fold.customers.insert_all(&ids));
    snapshot.for_each_month_row(Kind::Customers, parts, &others.merged(), visit).await
}

/// False when an order has a product in several of the categories asked for, which summaries cannot tell apart.
async fn add_products(
    fold: &mut Fold,
    snapshot: &mut Snapshot,
    months: &Months,
    selection: &Selection,
    parts: &Parts,
) -> Result<bool> {
    let categories = selection.category_count();
    let mut clear = true;
    let visit = |_, bytes: &[u8]| {
        let mut overlaps = Vec::new();
        month::decode_products(
            bytes,
            |product, orders| overlaps.push((product, orders)),
            |category| selection.keeps_category(category),
            |product, _, measures| fold.products.add_sums(product, measures),
        )?;
        match categories {
            None => {
                for &(product, orders) in &overlaps {
                    fold.products.subtract_orders(product, orders);
                }
            }
            Some(1) => {}
            Some(_) => clear &= overlaps.is_empty(),
        }
        Ok(())
    };
    snapshot.for_each_month_row(Kind::Products, parts, &months.merged(), visit).await?;
    Ok(clear)
}
