//! Compaction: folds pending deltas into the day segments. One compactor at a time, in one transaction:
//! a reader sees each change either as a delta or in a segment, and a compactor that is killed changes nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::{Context, Result};
use jiff::tz::TimeZone;
use sqlx::{Any, AnyConnection, QueryBuilder, Row};

use super::{
    day_sums,
    days::{self, DayNumbers},
    delta::{Delta, Pending},
    packed::{self, Decoder, PackedOrder},
    slices, summarise,
};
use crate::{
    columns,
    db::{Db, Dialect, is_transient, retrying},
    statements,
};

/// Changes folded in one transaction by who does little else; bounds memory and how long `SQLite`'s one write lock is
/// held. More at once means that a day's segment is written less often.
pub const CHANGES_AT_ONCE: i64 = 400_000;
/// Day segments read in one statement.
const DAYS_AT_ONCE: usize = 64;

/// What was folded.
#[derive(Debug, Default)]
pub struct Folded {
    /// How many deltas.
    pub deltas: i64,
    /// The months whose days they changed; they have no summaries now.
    pub months: BTreeSet<i64>,
    /// Whether more deltas wait.
    more: bool,
}

/// Folds everything that is pending when it starts, and summarises the months that have no summary: those that
/// changed, and those whose compactor was killed before it came to them.
pub async fn compact_all(db: &Db) -> Result<i64> {
    compact_slicing_from(db, slices::LEAST_LINES).await
}

/// As `compact_all`; slices are summarised where they have `least` lines or more in a month.
pub async fn compact_slicing_from(db: &Db, least: u64) -> Result<i64> {
    let folded = fold_pending(db, CHANGES_AT_ONCE).await?;
    summarise::summarise_slicing_from(db, least).await?;
    Ok(folded.deltas)
}

/// Folds everything that is pending when it starts, about `at_once` changed lines in a transaction, and summarises
/// nothing.
pub async fn fold_pending(db: &Db, at_once: i64) -> Result<Folded> {
    let mut total = Folded::default();
    loop {
        let folded = retrying(is_transient, || compact_once(db, at_once)).await;
        let folded = folded.context("fold changes into the roll-ups")?;
        total.deltas += folded.deltas;
        total.months.extend(folded.months);
        if !folded.more {
            return Ok(total);
        }
    }
}

/// Lines changed since the last compaction.
pub async fn pending_changes(db: &Db) -> Result<i64> {
    let row = sqlx::query("SELECT COUNT(*), CAST(COALESCE(SUM(changes), 0) AS SIGNED) FROM rollup_deltas");
    Ok(row.fetch_one(&db.pool).await.context("count pending changes")?.try_get(1)?)
}

async fn compact_once(db: &Db, at_once: i64) -> Result<Folded> {
    let mut transaction = db.begin_write().await?;
    let Some(zone) = lock_store(db, &mut transaction).await? else {
        return Ok(Folded::default());
    };
    let batch = Batch::read(&mut transaction, &zone, at_once).await?;
    if batch.ids.is_empty() {
        return Ok(Folded::default());
    }
    let months: BTreeSet<i64> = batch.days.iter().map(|&day| days::month_of(day)).collect();
    summarise::forget(&mut transaction, &months).await?;
    let folded = Folded { deltas: i64::try_from(batch.ids.len())?, months, more: batch.more };
    let days: Vec<i64> = batch.days.iter().copied().collect();
    let mut by_day = batch.by_day;
    for chunk in days.chunks(DAYS_AT_ONCE) {
        let mut segments = read_segments(&mut transaction, chunk).await?;
        for &day in chunk {
            let old = segments.remove(&day).unwrap_or_default();
            let new = fold(&old, &batch.pending, by_day.remove(&day).unwrap_or_default())?;
            write_segment(&mut transaction, day, &new).await?;
        }
    }
    finish(&mut transaction, &batch.ids, batch.changed_ms).await?;
    transaction.commit().await?;
    Ok(folded)
}

/// Becomes the one compactor; answers the zone whose days the segments are.
pub(super) async fn lock_store(db: &Db, connection: &mut AnyConnection) -> Result<Option<TimeZone>> {
    let sql = match db.dialect {
        Dialect::Sqlite => "SELECT time_zone FROM store WHERE id = 1",
        Dialect::MySql => "SELECT time_zone FROM store WHERE id = 1 FOR UPDATE SKIP LOCKED",
    };
    let Some(row) = sqlx::query(sql).fetch_optional(connection).await? else { return Ok(None) };
    let name = columns::text(&row, 0)?;
    Ok(Some(TimeZone::get(&name).with_context(|| format!("the store's time zone {name:?}"))?))
}

/// Deltas to fold, sorted out by day.
struct Batch {
    ids: Vec<i64>,
    changed_ms: i64,
    more: bool,
    pending: Pending,
    by_day: HashMap<i64, BTreeMap<u64, PackedOrder>>,
    days: BTreeSet<i64>,
}

impl Batch {
    async fn read(connection: &mut AnyConnection, zone: &TimeZone, at_once: i64) -> Result<Self> {
        let (ids, more) = choose(connection, at_once).await?;
        let mut batch = Self {
            ids,
            changed_ms: 0,
            more,
            pending: Pending::default(),
            by_day: HashMap::new(),
            days: BTreeSet::new(),
        };
        let mut numbers = DayNumbers::new(zone.clone());
        for chunk in batch.ids.clone().chunks(DAYS_AT_ONCE) {
            for (created_ms, data) in read_deltas(connection, chunk).await? {
                batch.changed_ms = batch.changed_ms.max(created_ms);
                let delta = Delta::decode(&data)?;
                let lines = delta.removed.iter().flat_map(|order| &order.lines);
                batch.days.extend(lines.map(|line| numbers.of(line.at)));
                batch.pending.apply(delta);
            }
        }
        batch.split_by_day(&mut numbers);
        Ok(batch)
    }

    /// Moves the orders as they are now to the days of their lines.
    fn split_by_day(&mut self, numbers: &mut DayNumbers) {
        for (id, order) in std::mem::take(&mut self.pending.current) {
            for line in order.lines {
                let day = numbers.of(line.at);
                let orders = self.by_day.entry(day).or_default();
                let part = orders
                    .entry(id)
                    .or_insert_with(|| PackedOrder { header: order.header, lines: Vec::new() });
                part.lines.push(line);
            }
        }
        self.days.extend(self.by_day.keys());
    }
}

/// A day's segment without what was replaced, with what is new.
fn fold(old: &[u8], pending: &Pending, new: BTreeMap<u64, PackedOrder>) -> Result<Vec<PackedOrder>> {
    let mut orders = Vec::with_capacity(new.len());
    let mut new = new.into_values().peekable();
    let mut decoder = Decoder::new(old);
    while let Some(order) = decoder.next_order()? {
        while let Some(earlier) = new.next_if(|new| new.header.order < order.header.order) {
            orders.push(earlier);
        }
        if !pending.replaced.contains(&order.header.order) {
            orders.push(order.clone());
        }
    }
    orders.extend(new);
    Ok(orders)
}

/// The oldest deltas up to the bound, and whether there are more.
async fn choose(connection: &mut AnyConnection, at_once: i64) -> Result<(Vec<i64>, bool)> {
    let rows = sqlx::query("SELECT id, changes FROM rollup_deltas ORDER BY id").fetch_all(connection).await?;
    let mut ids = Vec::new();
    let mut changes = 0;
    for row in &rows {
        if changes >= at_once {
            break;
        }
        changes += row.try_get::<i64, _>(1)?;
        ids.push(row.try_get(0)?);
    }
    let more = ids.len() < rows.len();
    Ok((ids, more))
}

async fn read_deltas(connection: &mut AnyConnection, ids: &[i64]) -> Result<Vec<(i64, Vec<u8>)>> {
    let mut query = QueryBuilder::<Any>::new("SELECT created_ms, data FROM rollup_deltas WHERE id IN ");
    statements::push_list(&mut query, ids);
    query.push(" ORDER BY id");
    let rows = query.build().fetch_all(connection).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

pub(super) async fn read_segments(
    connection: &mut AnyConnection,
    days: &[i64],
) -> Result<HashMap<i64, Vec<u8>>> {
    let mut query = QueryBuilder::<Any>::new("SELECT day, data FROM rollup_days WHERE day IN ");
    statements::push_list(&mut query, days);
    let rows = query.build().fetch_all(connection).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Writes the segment of a day, and what it adds up to.
pub(super) async fn write_segment(
    connection: &mut AnyConnection,
    day: i64,
    orders: &[PackedOrder],
) -> Result<()> {
    if orders.is_empty() {
        for delete in ["DELETE FROM rollup_days WHERE day = ?", "DELETE FROM rollup_day_sums WHERE day = ?"] {
            sqlx::query(delete).bind(day).execute(&mut *connection).await?;
        }
        return Ok(());
    }
    let lines: usize = orders.iter().map(|order| order.lines.len()).sum();
    sqlx::query("REPLACE INTO rollup_days (day, line_count, data) VALUES (?, ?, ?)")
        .bind(day)
        .bind(i64::try_from(lines)?)
        .bind(packed::encode(orders))
        .execute(&mut *connection)
        .await?;
    write_sums(connection, day, orders).await
}

/// Writes what the orders of a day add up to.
pub(super) async fn write_sums(
    connection: &mut AnyConnection,
    day: i64,
    orders: &[PackedOrder],
) -> Result<()> {
    sqlx::query("REPLACE INTO rollup_day_sums (day, data) VALUES (?, ?)")
        .bind(day)
        .bind(day_sums::encode(orders))
        .execute(connection)
        .await?;
    Ok(())
}

async fn finish(connection: &mut AnyConnection, ids: &[i64], changed_ms: i64) -> Result<()> {
    for chunk in ids.chunks(500) {
        let mut query = QueryBuilder::<Any>::new("DELETE FROM rollup_deltas WHERE id IN ");
        statements::push_list(&mut query, chunk);
        query.build().execute(&mut *connection).await?;
    }
    sqlx::query("UPDATE store SET folded = folded + ?, changed_ms = ? WHERE id = 1")
        .bind(i64::try_from(ids.len())?)
        .bind(changed_ms)
        .execute(connection)
        .await?;
    Ok(())
}
