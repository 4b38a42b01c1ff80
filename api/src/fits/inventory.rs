//! Stock levels as the shop told them. Owns their table; recommends nothing.

use anyhow::{Context, Result};
use foldhash::HashMap;
use jiff::Timestamp;
use serde::Deserialize;
use sqlx::{Any, AnyConnection, QueryBuilder, Row};

use crate::{
    columns,
    db::{Db, Dialect, is_transient, retrying},
    statements,
};

/// Levels written in one statement.
const ROWS_AT_ONCE: usize = 256;

/// The stock of all products.
#[derive(Debug, Default)]
pub struct Stock {
    /// By the shop's id of the product.
    pub levels: HashMap<String, Level>,
    /// When the newest of them was stored, as [`changed_ms`] answers.
    pub changed_ms: i64,
}

/// How much of a product there is, and what it takes to get more.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Level {
    /// Units in stock; negative where units are owed.
    pub on_hand: i64,
    /// Units ordered and not yet arrived.
    pub on_order: i64,
    /// Days from an order to its arrival.
    pub lead_days: i64,
    /// Standard deviation of the same, in days.
    pub lead_deviation: i64,
    /// Cost of a unit, in ten-thousandths of the major unit.
    pub unit_cost: Option<i64>,
    /// Cost of an order, in the same.
    pub order_cost: Option<i64>,
    /// Probability that stock lasts until an order arrives, in ten-thousandths.
    pub service_level: i64,
    /// Orders are multiples of so many units.
    pub pack: i64,
}

impl Level {
    /// Cost of a unit in the major unit, as models take it.
    pub fn unit_cost(&self) -> Option<f64> {
        self.unit_cost.map(|cost| super::count(cost) / 10_000.0)
    }

    /// Cost of an order in the major unit.
    pub fn order_cost(&self) -> Option<f64> {
        self.order_cost.map(|cost| super::count(cost) / 10_000.0)
    }
}

/// All levels, in the caller's snapshot.
pub(super) async fn read(snapshot: &mut AnyConnection) -> Result<Stock> {
    let changed_ms = newest(snapshot).await?;
    let sql = "SELECT product, on_hand, on_order, lead_days, lead_deviation, unit_cost, order_cost, service_level, pack \
               FROM inventory";
    let rows = sqlx::query(sql).fetch_all(snapshot).await.context("read stock levels")?;
    let level = |row: &sqlx::any::AnyRow| {
        let level = Level {
            on_hand: row.try_get(1)?,
            on_order: row.try_get(2)?,
            lead_days: row.try_get(3)?,
            lead_deviation: row.try_get(4)?,
            unit_cost: row.try_get(5)?,
            order_cost: row.try_get(6)?,
            service_level: row.try_get(7)?,
            pack: row.try_get(8)?,
        };
        Ok((columns::text(row, 0)?, level))
    };
    Ok(Stock { levels: rows.iter().map(level).collect::<Result<_>>()?, changed_ms })
}

/// When a level was stored last, in milliseconds; 0 for never. Grows with each change, in the order in which they commit.
pub async fn changed_ms(db: &Db) -> Result<i64> {
    newest(&mut *db.readers.acquire().await.context("connect to read when stock changed")?).await
}

async fn newest(connection: &mut AnyConnection) -> Result<i64> {
    let sql = "SELECT COALESCE(MAX(changed_ms), 0) FROM inventory";
    let row = sqlx::query(sql).fetch_one(connection).await.context("read when stock changed")?;
    Ok(row.try_get(0)?)
}

/// Writes these levels, all or nothing; products that are not named keep theirs.
pub async fn write(db: &Db, levels: &[(String, Level)], now: Timestamp) -> Result<()> {
    retrying(is_transient, || async {
        let mut transaction = db.begin_write().await?;
        // One writer after the other: who commits later is newer, whatever the clocks say. While results are put in place
        // the row is locked, and so for a moment only.
        let lock = format!("SELECT id FROM model_runs WHERE id = 1{}", db.dialect.for_update());
        sqlx::query(&lock).fetch_one(&mut *transaction).await?;
        let changed_ms = now.as_millisecond().max(newest(&mut transaction).await? + 1);
        for piece in statements::pieces(levels, ROWS_AT_ONCE) {
            let start = match db.dialect {
                Dialect::Sqlite => "INSERT OR REPLACE",
                Dialect::MySql => "REPLACE",
            };
            let mut query = QueryBuilder::<Any>::new(start);
            query.push(
                " INTO inventory (product, on_hand, on_order, lead_days, lead_deviation, unit_cost, order_cost, \
                 service_level, pack, changed_ms) ",
            );
            query.push_values(piece, |mut row, (product, level)| {
                row.push_bind(product.as_bytes().to_vec());
                for value in [level.on_hand, level.on_order, level.lead_days, level.lead_deviation] {
                    row.push_bind(value);
                }
                row.push_bind(level.unit_cost).push_bind(level.order_cost);
                row.push_bind(level.service_level).push_bind(level.pack).push_bind(changed_ms);
            });
            query.build().execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(())
    })
    .await
    .context("write stock levels")
}
