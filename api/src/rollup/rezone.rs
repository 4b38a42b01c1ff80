//! Moves the day segments to the days of another time zone, when the store's setting has changed. Reports are right
//! before, meanwhile and after: they read instants, and only find fewer whole days and months in the wrong zone.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use jiff::tz::TimeZone;
use sqlx::{Any, AnyConnection, QueryBuilder, Row};

use super::{
    compact::{read_segments, write_segment},
    days::DayNumbers,
    packed::{Decoder, PackedOrder},
    summarise,
};
use crate::{
    columns,
    db::{Db, is_transient, retrying},
    statements,
};

/// Day segments moved together; bounds memory.
const DAYS_AT_ONCE: usize = 64;
/// How far the number of an instant's day can differ between two zones.
const MOST_DAYS_APART: i64 = 2;

/// Name of the zone whose days the segments are.
pub async fn time_zone(db: &Db) -> Result<String> {
    let row = sqlx::query("SELECT time_zone FROM store WHERE id = 1").fetch_one(&db.pool).await;
    columns::text(&row.context("read the store's time zone")?, 0)
}

/// Makes the segments those of `zone`; answers the name of the former zone when they were not. In one transaction:
/// when it is killed, everything is as before.
pub async fn rezone(db: &Db, zone: &TimeZone) -> Result<Option<String>> {
    let former = retrying(is_transient, || rezone_once(db, zone)).await;
    let former = former.context("move the roll-ups to another time zone")?;
    if former.is_some() {
        summarise::summarise_missing(db).await?;
    }
    Ok(former)
}

async fn rezone_once(db: &Db, zone: &TimeZone) -> Result<Option<String>> {
    let name = zone.iana_name().unwrap_or("UTC");
    let mut transaction = db.begin_write().await?;
    let lock = format!("SELECT time_zone FROM store WHERE id = 1{}", db.dialect.for_update());
    let former = columns::text(&sqlx::query(&lock).fetch_one(&mut *transaction).await?, 0)?;
    if former == name {
        return Ok(None);
    }
    for derived in [&summarise::TABLES_OF_MONTHS[..], &["rollup_day_sums"]].concat() {
        sqlx::query(&format!("DELETE FROM {derived}")).execute(&mut *transaction).await?;
    }
    move_segments(&mut transaction, zone).await?;
    sqlx::query("UPDATE store SET time_zone = ? WHERE id = 1")
        .bind(name.as_bytes().to_vec())
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(Some(former))
}

async fn move_segments(connection: &mut AnyConnection, zone: &TimeZone) -> Result<()> {
    let rows = sqlx::query("SELECT day FROM rollup_days ORDER BY day").fetch_all(&mut *connection).await?;
    let days = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>()?;
    let mut open = NewDays { numbers: DayNumbers::new(zone.clone()), orders: BTreeMap::new() };
    for chunk in days.chunks(DAYS_AT_ONCE) {
        for (_, segment) in read_segments(connection, chunk).await? {
            open.add(&segment)?;
        }
        let mut query = QueryBuilder::<Any>::new("DELETE FROM rollup_days WHERE day IN ");
        statements::push_list(&mut query, chunk);
        query.build().execute(&mut *connection).await?;
        let complete_before = chunk.last().map_or(i64::MIN, |last| last + 1 - MOST_DAYS_APART);
        open.write_before(connection, complete_before).await?;
    }
    open.write_before(connection, i64::MAX).await
}

/// Days of the new zone that later segments may still add to.
struct NewDays {
    numbers: DayNumbers,
    orders: BTreeMap<i64, BTreeMap<u64, PackedOrder>>,
}

impl NewDays {
    fn add(&mut self, segment: &[u8]) -> Result<()> {
        let mut decoder = Decoder::new(segment);
        while let Some(order) = decoder.next_order()? {
            for line in &order.lines {
                let orders = self.orders.entry(self.numbers.of(line.at)).or_default();
                let part = orders
                    .entry(order.header.order)
                    .or_insert_with(|| PackedOrder { header: order.header, lines: Vec::new() });
                part.lines.push(*line);
            }
        }
        Ok(())
    }

    async fn write_before(&mut self, connection: &mut AnyConnection, day: i64) -> Result<()> {
        let later = self.orders.split_off(&day);
        for (day, orders) in std::mem::replace(&mut self.orders, later) {
            let mut orders: Vec<PackedOrder> = orders.into_values().collect();
            for order in &mut orders {
                order.lines.sort_unstable_by_key(|line| line.line);
            }
            write_segment(connection, day, &orders).await?;
        }
        Ok(())
    }
}
