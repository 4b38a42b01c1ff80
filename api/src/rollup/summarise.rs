//! Writes what is derived from the day segments: month summaries, quarters and years, slices, the lines of products and
//! of categories, and sums of days that an earlier version left without. Whatever is missing is read from the segments:
//! slower, never wrong.

mod merged;
mod rows;

use std::{collections::BTreeSet, ops::Range};

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use sha2::{Digest, Sha256};
use sqlx::{AnyConnection, Row};

pub(super) use self::rows::{TABLES_OF_MONTHS, forget};
use self::rows::{write, write_lines, write_slice};
use super::{
    compact::{lock_store, read_segments, write_sums},
    days,
    histories::Histories,
    large_products::{self, LargeProducts},
    member_lines::MemberLines,
    month::{self, Kind, MonthSummary, Part},
    packed::{Decoder, PackedOrder},
    slices::{self, Slice, Summaries},
};
use crate::db::{Db, Writing, is_transient, retrying};

/// Days added up in one transaction.
const DAYS_AT_ONCE: usize = 64;
/// As many lines as this many slices have at least: the thirds of such a month are summarised too, for what a report wants
/// of a month that its range cuts. Days of smaller months are read as quickly.
const SLICES_OF_THIRDS: u64 = 24;
/// What the rows of a third are: what customers did is wanted of whole months, and the days of a month are those of its
/// thirds.
const KINDS_OF_THIRDS: [Kind; 6] =
    [Kind::Groups, Kind::Products, Kind::Slots, Kind::Customers, Kind::Buyers, Kind::CategorySets];
/// Lines of the slices that are summarised while a month's days come by once, more or less.
const LINES_AT_ONCE: u64 = 1 << 18;

/// Writes everything that is missing.
pub async fn summarise_missing(db: &Db) -> Result<()> {
    summarise_slicing_from(db, slices::LEAST_LINES).await
}

/// As `summarise_missing`, but for `months`: more is to come for them.
pub async fn summarise_but(db: &Db, months: &BTreeSet<i64>) -> Result<()> {
    let missing = missing_months(db).await?;
    summarise_months(db, missing.difference(months), slices::LEAST_LINES).await
}

/// As `summarise_missing`; slices are summarised where they have `least` lines or more in a month.
pub(super) async fn summarise_slicing_from(db: &Db, least: u64) -> Result<()> {
    for days in missing_days(db).await?.chunks(DAYS_AT_ONCE) {
        let added = retrying(is_transient, || add_days_up(db, days)).await;
        added.context("add days up")?;
    }
    summarise_months(db, &missing_months(db).await?, least).await?;
    merged::merge_months(db).await
}

async fn summarise_months<'a>(db: &Db, months: impl IntoIterator<Item = &'a i64>, least: u64) -> Result<()> {
    for &month in months {
        let summarised = retrying(is_transient, || summarise_month(db, month, least)).await;
        summarised.with_context(|| format!("summarise month {month}"))?;
    }
    Ok(())
}

/// Days that have a segment but no sums.
async fn missing_days(db: &Db) -> Result<Vec<i64>> {
    let select =
        "SELECT d.day FROM rollup_days d LEFT JOIN rollup_day_sums s ON s.day = d.day WHERE s.day IS NULL";
    let rows = sqlx::query(select).fetch_all(&db.pool).await.context("list days without sums")?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}

/// Months that have day segments but no whole summary, or one of a version that did not tell its writing, or told it as
/// one without all of these rows: it answers until then.
async fn missing_months(db: &Db) -> Result<BTreeSet<i64>> {
    let rows = sqlx::query("SELECT day FROM rollup_days").fetch_all(&db.pool).await.context("list days")?;
    let mut months = BTreeSet::new();
    for row in rows {
        months.insert(days::month_of(row.try_get(0)?));
    }
    let select = "SELECT month FROM rollup_months WHERE kind IN (?, ?) AND currency_id = 0 \
                  GROUP BY month HAVING COUNT(*) = 2";
    let rows = sqlx::query(select).bind(Kind::NEWEST as i64).bind(month::WRITING).fetch_all(&db.pool).await?;
    for row in rows {
        months.remove(&row.try_get(0)?);
    }
    Ok(months)
}

async fn add_days_up(db: &Db, days: &[i64]) -> Result<()> {
    let mut transaction = db.begin_write().await?;
    // Another instance that compacts sees to it, or the next run does.
    if lock_store(db, &mut transaction).await?.is_none() {
        return Ok(());
    }
    for (day, segment) in read_segments(&mut transaction, days).await? {
        let orders = Decoder::new(&segment).collect_orders()?;
        write_sums(&mut transaction, day, &orders).await?;
    }
    Ok(transaction.commit().await?)
}

async fn summarise_month(db: &Db, month: i64, slices_from: u64) -> Result<()> {
    let mut transaction = db.begin_write().await?;
    // Another instance that compacts will summarise what it changes.
    if lock_store(db, &mut transaction).await?.is_none() || is_summarised(&mut transaction, month).await? {
        return Ok(());
    }
    let (lines, sizes) = read_lines(&mut transaction, month).await?;
    if sizes.all() == 0 {
        return Ok(());
    }
    forget(&mut transaction, &BTreeSet::from([month])).await?;
    write_lines(&mut transaction, month, lines).await?;
    let mut writing = Sha256::new();
    write_summary(&mut transaction, month, &mut writing).await?;
    let slices = sizes.of_at_least(slices_from);
    let slices = write_large_products(&mut transaction, month, slices, &sizes, &mut writing).await?;
    write_slices(&mut transaction, month, &slices, &sizes, &mut writing).await?;
    let mut periods = vec![month];
    if sizes.all() >= slices_from.saturating_mul(SLICES_OF_THIRDS) {
        periods.extend(days::thirds_of_month(month));
    }
    for &third in &periods[1..] {
        let mut summary = MonthSummary::default();
        let days = days::days_of_period(third);
        for_each_order(&mut transaction, days, |_, order| summary.add_to_sums(order)).await?;
        write_kinds(&mut transaction, third, &KINDS_OF_THIRDS, &summary, &mut writing).await?;
    }
    let writing = writing.finalize()[..size_of::<Writing>()].to_vec();
    for period in periods {
        write(&mut transaction, period, month::WRITING, &[(Part::default(), writing.clone())]).await?;
    }
    Ok(transaction.commit().await?)
}

/// What customers did, and then everything else, so that not both are in memory at a time.
async fn write_summary(connection: &mut AnyConnection, month: i64, writing: &mut Sha256) -> Result<()> {
    let mut histories = Histories::default();
    let add = |_, order: &PackedOrder| histories.add(Part::of(&order.header), order);
    for_each_order(connection, days::days_of_month(month), add).await?;
    let rows = histories.rows();
    drop(histories);
    add_rows(writing, None, Kind::Histories, &rows);
    write(connection, month, Kind::Histories as i64, &rows).await?;
    drop(rows);
    let mut summary = MonthSummary::default();
    for_each_order(connection, days::days_of_month(month), |day, order| summary.add(day, order)).await?;
    Ok(write_kinds(connection, month, &Kind::OF_SUMMARIES, &summary, writing).await?)
}

async fn write_slices(
    connection: &mut AnyConnection,
    month: i64,
    slices: &[Slice],
    sizes: &slices::Sizes,
    writing: &mut Sha256,
) -> Result<()> {
    for slices in sizes.cut(slices, LINES_AT_ONCE) {
        let mut summaries = Summaries::new(&slices);
        for_each_order(connection, days::days_of_month(month), |day, order| summaries.add(day, order))
            .await?;
        for (slice, kind, rows) in summaries.rows() {
            add_rows(writing, Some(slice), kind, &rows);
            write_slice(connection, month, slice, kind, &rows).await?;
        }
    }
    Ok(())
}

/// What the slices of products have beside, all of them together: it tells of each which others its orders sell. Answers
/// which slices the month can have: where orders sell too many of these products together, those with the most lines.
async fn write_large_products(
    connection: &mut AnyConnection,
    month: i64,
    mut slices: Vec<Slice>,
    sizes: &slices::Sizes,
    writing: &mut Sha256,
) -> Result<Vec<Slice>> {
    loop {
        let mut products = LargeProducts::new(&slices);
        if products.is_empty() {
            return Ok(slices);
        }
        for_each_order(connection, days::days_of_month(month), |day, order| products.add(day, order)).await?;
        if products.are_too_many() {
            slices = sizes.with_a_quarter_of_products(&slices);
            continue;
        }
        for (product, summary) in products.iter() {
            let slice = Slice::Product(product);
            for kind in large_products::KINDS {
                let rows = summary.rows(kind);
                add_rows(writing, Some(slice), kind, &rows);
                write_slice(connection, month, slice, kind, &rows).await?;
            }
        }
        return Ok(slices);
    }
}

/// Kind by kind, so that the rows of only one are in memory.
async fn write_kinds(
    connection: &mut AnyConnection,
    period: i64,
    kinds: &[Kind],
    summary: &MonthSummary,
    writing: &mut Sha256,
) -> Result<(), sqlx::Error> {
    for &kind in kinds {
        let rows = summary.rows(kind);
        add_rows(writing, None, kind, &rows);
        write(connection, period, kind as i64, &rows).await?;
    }
    Ok(())
}

/// Makes rows part of what tells this writing from another.
fn add_rows(writing: &mut Sha256, slice: Option<Slice>, kind: Kind, rows: &[(Part, Vec<u8>)]) {
    for (part, data) in rows {
        writing.update(format!("{slice:?} {kind:?} {part:?} {} ", data.len()));
        writing.update(data);
    }
}

async fn is_summarised(connection: &mut AnyConnection, month: i64) -> Result<bool, sqlx::Error> {
    let select = "SELECT month FROM rollup_months WHERE kind IN (?, ?) AND currency_id = 0 AND month = ? \
                  GROUP BY month HAVING COUNT(*) = 2";
    let row = sqlx::query(select).bind(Kind::NEWEST as i64).bind(month::WRITING).bind(month);
    Ok(row.fetch_optional(connection).await?.is_some())
}

async fn read_lines(connection: &mut AnyConnection, month: i64) -> Result<(MemberLines, slices::Sizes)> {
    let mut lines = MemberLines::default();
    let mut sizes = slices::Sizes::default();
    let visit = |day, segment: &[u8]| {
        let mut decoder = Decoder::new(segment);
        while let Some(order) = decoder.next_order()? {
            lines.add(order);
            sizes.add(order);
        }
        lines.end_day(day);
        Ok(())
    };
    for_each_segment(connection, days::days_of_month(month), visit).await?;
    Ok((lines, sizes))
}

/// Shows the orders of `days` to `visit`, day by day.
async fn for_each_order(
    connection: &mut AnyConnection,
    days: Range<i64>,
    mut visit: impl FnMut(i64, &PackedOrder),
) -> Result<()> {
    let visit = |day, segment: &[u8]| {
        let mut decoder = Decoder::new(segment);
        while let Some(order) = decoder.next_order()? {
            visit(day, order);
        }
        Ok(())
    };
    for_each_segment(connection, days, visit).await
}

/// Shows the segments of `days` to `visit`, in order.
async fn for_each_segment(
    connection: &mut AnyConnection,
    days: Range<i64>,
    mut visit: impl FnMut(i64, &[u8]) -> Result<()>,
) -> Result<()> {
    let mut rows = sqlx::query("SELECT day, data FROM rollup_days WHERE day BETWEEN ? AND ? ORDER BY day")
        .bind(days.start)
        .bind(days.end - 1)
        .fetch(connection);
    while let Some(row) = rows.try_next().await? {
        visit(row.try_get(0)?, row.try_get(1)?)?;
    }
    Ok(())
}
