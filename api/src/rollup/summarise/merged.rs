//! Writes the rows of quarters, from those of their months, and of years, from those of their quarters.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use jiff::Timestamp;
use sqlx::{Any, AnyConnection, Executor, Row};

use super::rows::{BYTES_AT_ONCE, forget_merged, write};
use crate::{
    columns,
    db::{Db, Writing, is_transient, retrying},
    rollup::{
        compact::lock_store,
        days, merged,
        month::{self, Kind, Part},
    },
};

/// Writes each quarter and year that is not there as it should be.
pub(super) async fn merge_months(db: &Db) -> Result<()> {
    let written = writings(&db.pool).await?;
    for (period, writing) in wanted(&written, this_month()) {
        if written.get(&period) != Some(&writing) {
            let merged = retrying(is_transient, || merge_period(db, period)).await;
            merged.with_context(|| format!("merge the months {:?}", days::months_of_merged(period)))?;
        }
    }
    Ok(())
}

fn this_month() -> i64 {
    days::month_of(Timestamp::now().as_second().div_euclid(86_400))
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

/// What quarters and years should be written as, quarters first: those all of whose months are among the `written`; but
/// not those of the newest month, to which orders still come. (Months after `this_month` have been dated ahead.)
fn wanted(written: &BTreeMap<i64, Writing>, this_month: i64) -> BTreeMap<i64, Writing> {
    let mut parts: BTreeMap<i64, Writing> = written
        .iter()
        .filter(|(period, _)| days::is_month(**period))
        .map(|(month, writing)| (*month, *writing))
        .collect();
    let newest = parts.range(..=this_month).next_back().map(|(month, _)| days::merged_of_month(*month));
    let periods: BTreeSet<i64> = parts.keys().flat_map(|month| days::merged_of_month(*month)).collect();
    let mut wanted = BTreeMap::new();
    for period in periods {
        if newest.is_some_and(|newest| newest.contains(&period)) {
            continue;
        }
        if let Some(writing) = merged::writing_of(period, &parts) {
            wanted.insert(period, writing);
            parts.insert(period, writing);
        }
    }
    wanted
}

async fn merge_period(db: &Db, period: i64) -> Result<()> {
    let mut transaction = db.begin_write().await?;
    // Another instance that compacts sees to it, or the next run does.
    if lock_store(db, &mut transaction).await?.is_none() {
        return Ok(());
    }
    let written = writings(&mut *transaction).await?;
    let wanted = wanted(&written, this_month());
    let is_there = |period: i64| written.get(&period) == wanted.get(&period);
    let parts = days::parts_of_merged(period);
    let have_parts = parts.clone().all(|part| days::is_month(part) || is_there(part));
    let Some(writing) = wanted.get(&period).filter(|_| have_parts && !is_there(period)) else {
        return Ok(());
    };
    forget_merged(&mut transaction, period).await?;
    let (first, last) = (parts.start, parts.end - 1);
    for kind in merged::KINDS {
        let (mut merged, mut bytes) = (Vec::new(), 0);
        for part in parts_of(&mut transaction, kind, (first, last)).await? {
            let row = merged::merge(kind, &rows_of(&mut transaction, kind, part, (first, last)).await?)?;
            bytes += row.len();
            merged.push((part, row));
            if bytes >= BYTES_AT_ONCE {
                write(&mut transaction, period, kind as i64, &std::mem::take(&mut merged)).await?;
                bytes = 0;
            }
        }
        write(&mut transaction, period, kind as i64, &merged).await?;
    }
    write(&mut transaction, period, month::WRITING, &[(Part::default(), writing.to_vec())]).await?;
    Ok(transaction.commit().await?)
}

/// The parts that have a row of `kind` in one of the periods from `first` to `last`.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_and_quarters_wait_for_the_newest_month_and_for_missing_ones() {
        let periods = |months: &mut dyn Iterator<Item = i64>, this_month| -> Vec<i64> {
            let written = months.map(|month| (month, Writing::default())).collect();
            wanted(&written, this_month).into_keys().collect()
        };
        let quarter = |month| days::merged_of_month(month)[0];
        let year = |month| days::merged_of_month(month)[1];
        // 2023, 2024 and a half of January 2025.
        let quarters = (636..660).step_by(3).map(quarter);
        let all: Vec<i64> = quarters.chain([year(636), year(648)]).collect();
        assert_eq!(periods(&mut (636..661), 660), all);
        // As if it still were December 2024: January has been dated ahead.
        let without = |left_out: &[i64]| -> Vec<i64> {
            all.iter().copied().filter(|period| !left_out.contains(period)).collect()
        };
        assert_eq!(periods(&mut (636..661), 659), without(&[quarter(657), year(648)]));
        // April 2023 had no orders.
        let months = || (636..661).filter(|month| *month != 639);
        assert_eq!(periods(&mut months(), 660), without(&[quarter(639), year(636)]));
    }
}
