//! Writes month summaries from the day segments. A month without one is read day by day: slower, never wrong.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use sqlx::{Any, AnyConnection, QueryBuilder, Row};

use super::{
    compact::lock_store,
    days,
    month::{Kind, MonthSummary, Part},
    packed::Decoder,
};
use crate::{
    db::{Db, is_transient, retrying},
    statements,
};

/// Rows written in one statement; the largest hold a sum for every product.
const ROWS_AT_ONCE: usize = 16;

/// A month without a row of this kind about everything has no summary, or one that an earlier version wrote.
const NEWEST: Kind = Kind::Histories;

/// Writes the summaries of all months that have none.
pub async fn summarise_missing(db: &Db) -> Result<()> {
    for month in missing(db).await? {
        let summarised = retrying(is_transient, || summarise_month(db, month)).await;
        summarised.with_context(|| format!("summarise month {month}"))?;
    }
    Ok(())
}

/// Months that have day segments but no whole summary.
async fn missing(db: &Db) -> Result<BTreeSet<i64>> {
    let rows = sqlx::query("SELECT day FROM rollup_days").fetch_all(&db.pool).await.context("list days")?;
    let mut months = BTreeSet::new();
    for row in rows {
        months.insert(days::month_of(row.try_get(0)?));
    }
    let select = "SELECT month FROM rollup_months WHERE kind = ? AND currency_id = 0";
    let rows = sqlx::query(select).bind(NEWEST as i64).fetch_all(&db.pool).await?;
    for row in rows {
        months.remove(&row.try_get(0)?);
    }
    Ok(months)
}

/// Throws the summaries of `months` away, in the transaction that changes their days.
pub(super) async fn forget(
    connection: &mut AnyConnection,
    months: &BTreeSet<i64>,
) -> Result<(), sqlx::Error> {
    for month in months {
        sqlx::query("DELETE FROM rollup_months WHERE month = ?")
            .bind(*month)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn summarise_month(db: &Db, month: i64) -> Result<()> {
    let mut transaction = db.begin_write().await?;
    // Another instance that compacts will summarise what it changes.
    if lock_store(db, &mut transaction).await?.is_none() || is_summarised(&mut transaction, month).await? {
        return Ok(());
    }
    let summary = read(&mut transaction, month).await?;
    if summary.groups.is_empty() {
        return Ok(());
    }
    forget(&mut transaction, &BTreeSet::from([month])).await?;
    write(&mut transaction, month, &summary.rows()).await?;
    Ok(transaction.commit().await?)
}

async fn is_summarised(connection: &mut AnyConnection, month: i64) -> Result<bool, sqlx::Error> {
    let select = "SELECT month FROM rollup_months WHERE kind = ? AND currency_id = 0 AND month = ?";
    let row = sqlx::query(select).bind(NEWEST as i64).bind(month);
    Ok(row.fetch_optional(connection).await?.is_some())
}

async fn read(connection: &mut AnyConnection, month: i64) -> Result<MonthSummary> {
    let mut summary = MonthSummary::default();
    let days = days::days_of_month(month);
    let mut rows = sqlx::query("SELECT data FROM rollup_days WHERE day BETWEEN ? AND ?")
        .bind(days.start)
        .bind(days.end - 1)
        .fetch(connection);
    while let Some(row) = rows.try_next().await? {
        let mut decoder = Decoder::new(row.try_get(0)?);
        while let Some(order) = decoder.next_order()? {
            summary.add(order);
        }
    }
    Ok(summary)
}

async fn write(
    connection: &mut AnyConnection,
    month: i64,
    rows: &[(Kind, Part, Vec<u8>)],
) -> Result<(), sqlx::Error> {
    for chunk in statements::pieces(rows, ROWS_AT_ONCE) {
        let mut query = QueryBuilder::<Any>::new(
            "INSERT INTO rollup_months (kind, currency_id, region_id, channel_id, month, data) ",
        );
        query.push_values(chunk, |mut row, (kind, part, data)| {
            row.push_bind(*kind as i64)
                .push_bind(i64::from(part.currency))
                .push_bind(i64::from(part.region))
                .push_bind(i64::from(part.channel))
                .push_bind(month)
                .push_bind(data.clone());
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}
