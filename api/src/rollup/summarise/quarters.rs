//! Writes the rows of quarters of years, from those of their months.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use jiff::Timestamp;
use sqlx::{Any, AnyConnection, Executor, Row};

use super::rows::{forget_quarter, write};
use crate::{
    columns,
    db::{Db, Writing, is_transient, retrying},
    rollup::{
        compact::lock_store,
        days,
        month::{self, Kind, Part},
        quarters,
    },
};

/// Writes each quarter whose three months are there, and are not what it was written from; but not that of the newest
/// month, to which orders still come. (Months that are to come have been dated ahead.)
pub(super) async fn summarise_quarters(db: &Db) -> Result<()> {
    let writings = writings(&db.pool).await?;
    let months = || writings.keys().copied().filter(|&period| days::is_month(period));
    let mut wanted: BTreeSet<i64> = months().map(days::quarter_of_month).collect();
    let this_month = days::month_of(Timestamp::now().as_second().div_euclid(86_400));
    if let Some(newest) = months().filter(|&month| month <= this_month).max() {
        wanted.remove(&days::quarter_of_month(newest));
    }
    for quarter in wanted {
        if missing_writing(&writings, quarter).is_some() {
            let summarised = retrying(is_transient, || summarise_quarter(db, quarter)).await;
            summarised.with_context(|| format!("summarise months {:?}", days::months_of_quarter(quarter)))?;
        }
    }
    Ok(())
}

/// What each period was written as.
async fn writings(reader: impl Executor<'_, Database = Any>) -> Result<BTreeMap<i64, Writing>> {
    let select = "SELECT month, data FROM rollup_months WHERE kind = ? AND currency_id = 0 AND region_id = 0 \
                  AND channel_id = 0";
    let rows = sqlx::query(select).bind(month::WRITING).fetch_all(reader).await.context("list summaries")?;
    let mut writings = BTreeMap::new();
    for row in rows {
        if let Ok(writing) = columns::bytes(&row, 1)?.try_into() {
            writings.insert(row.try_get(0)?, writing);
        }
    }
    Ok(writings)
}

/// What `quarter` should be written as, unless it is already, or cannot be.
fn missing_writing(writings: &BTreeMap<i64, Writing>, quarter: i64) -> Option<Writing> {
    let writing = quarters::writing_of(quarter, writings)?;
    (writings.get(&quarter) != Some(&writing)).then_some(writing)
}

async fn summarise_quarter(db: &Db, quarter: i64) -> Result<()> {
    let mut transaction = db.begin_write().await?;
    // Another instance that compacts sees to it, or the next run does.
    if lock_store(db, &mut transaction).await?.is_none() {
        return Ok(());
    }
    let Some(writing) = missing_writing(&writings(&mut *transaction).await?, quarter) else { return Ok(()) };
    forget_quarter(&mut transaction, quarter).await?;
    let [first, _, last] = days::months_of_quarter(quarter);
    for kind in quarters::KINDS {
        for part in parts_of(&mut transaction, kind, (first, last)).await? {
            let months = rows_of(&mut transaction, kind, part, (first, last)).await?;
            write(&mut transaction, quarter, kind as i64, &[(part, quarters::merge(kind, &months)?)]).await?;
        }
    }
    write(&mut transaction, quarter, month::WRITING, &[(Part::default(), writing.to_vec())]).await?;
    Ok(transaction.commit().await?)
}

/// The parts that have a row of `kind` in one of the months from `first` to `last`.
async fn parts_of(
    connection: &mut AnyConnection,
    kind: Kind,
    (first, last): (i64, i64),
) -> Result<Vec<Part>> {
    let select = "SELECT DISTINCT currency_id, region_id, channel_id FROM rollup_months \
                  WHERE kind = ? AND month BETWEEN ? AND ?";
    let rows = sqlx::query(select).bind(kind as i64).bind(first).bind(last).fetch_all(connection);
    let mut parts = Vec::new();
    for row in rows.await.context("list parts of months")? {
        let id = |index| anyhow::Ok(u32::try_from(row.try_get::<i64, _>(index)?)?);
        parts.push(Part { currency: id(0)?, region: id(1)?, channel: id(2)? });
    }
    Ok(parts)
}

async fn rows_of(
    connection: &mut AnyConnection,
    kind: Kind,
    part: Part,
    (first, last): (i64, i64),
) -> Result<Vec<Vec<u8>>> {
    let select = "SELECT data FROM rollup_months WHERE kind = ? AND currency_id = ? AND region_id = ? \
                  AND channel_id = ? AND month BETWEEN ? AND ?";
    let query = sqlx::query(select).bind(kind as i64).bind(i64::from(part.currency));
    let query = query.bind(i64::from(part.region)).bind(i64::from(part.channel)).bind(first).bind(last);
    let rows = query.fetch_all(connection).await.context("read months to merge")?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}
