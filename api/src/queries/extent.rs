//! What there is to ask for: the days that have orders, and the names of regions, channels and categories. Reads
//! roll-ups and the dictionary, so that the cost does not grow with the orders.

use anyhow::{Context, Result};
use jiff::{ToSpan as _, civil::Date, civil::date, tz::TimeZone};
use sqlx::Row;

use crate::{calendar::date_at, columns, db::Db};

/// Orders that arrived last, which may not be in the roll-ups yet.
const LAST_ARRIVED: i64 = 10_000;
/// Names of one kind that are worth a list to choose from.
const MOST_NAMES: usize = 500;

/// The days of the first and the last order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// First day, in the zone asked for to within a day.
    pub first: Date,
    /// Last day.
    pub last: Date,
}

/// Names that filters take.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Of regions, sorted.
    pub regions: Vec<String>,
    /// Of channels, sorted.
    pub channels: Vec<String>,
    /// Of categories, sorted.
    pub categories: Vec<String>,
}

/// The days that have orders; `None` in an empty store. Roll-ups count days of the store's own zone, which is nearly
/// always `zone`.
pub async fn of_orders(db: &Db, zone: &TimeZone) -> Result<Option<Days>> {
    let folded = sqlx::query("SELECT MIN(day), MAX(day) FROM rollup_days WHERE line_count > 0")
        .fetch_one(&db.readers)
        .await
        .context("read the days that have orders")?;
    let arrived = sqlx::query(
        "SELECT MIN(ordered_ms), MAX(ordered_ms) FROM \
         (SELECT ordered_ms FROM orders ORDER BY id DESC LIMIT ?) newest",
    )
    .bind(LAST_ARRIVED)
    .fetch_one(&db.readers)
    .await
    .context("read the newest orders")?;
    let day = |number: i64| date(1970, 1, 1).checked_add(number.days());
    let mut days = Vec::new();
    for column in 0..2 {
        if let Some(number) = folded.try_get::<Option<i64>, _>(column)? {
            days.push(day(number).context("a day of the roll-ups is out of range")?);
        }
        if let Some(ms) = arrived.try_get::<Option<i64>, _>(column)? {
            days.push(date_at(ms.div_euclid(1_000), zone));
        }
    }
    Ok(days.iter().min().zip(days.iter().max()).map(|(&first, &last)| Days { first, last }))
}

/// The names that were ever used, at most 500 of a kind.
pub async fn names(db: &Db) -> Result<Names> {
    Ok(Names {
        regions: of_kind(db, 5).await?,
        channels: of_kind(db, 6).await?,
        categories: of_kind(db, 4).await?,
    })
}

async fn of_kind(db: &Db, kind: i64) -> Result<Vec<String>> {
    let rows = sqlx::query("SELECT value FROM terms WHERE kind = ? ORDER BY value LIMIT ?")
        .bind(kind)
        .bind(i64::try_from(MOST_NAMES)?)
        .fetch_all(&db.readers)
        .await
        .context("read names")?;
    rows.iter().map(|row| columns::text(row, 0)).collect()
}
