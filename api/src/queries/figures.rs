//! Figures about the store itself, for operators. Reads roll-ups, so that the cost does not grow with the orders.

use anyhow::{Context, Result};
use sqlx::Row;

use crate::db::Db;

/// How much there is, and how fresh it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreFigures {
    /// Order lines stored.
    pub order_lines: i64,
    /// Instant of the last change, in milliseconds since 1970; `None` when there was none.
    pub last_change_ms: Option<i64>,
}

/// Reads both in one snapshot.
pub async fn store_figures(db: &Db) -> Result<StoreFigures> {
    // MySQL sums into decimals, which the driver does not read as integers.
    let sql = "SELECT s.changed_ms, \
        CAST(COALESCE((SELECT SUM(line_count) FROM rollup_days), 0) AS SIGNED), \
        CAST(COALESCE((SELECT SUM(line_growth) FROM rollup_deltas), 0) AS SIGNED), \
        (SELECT MAX(created_ms) FROM rollup_deltas) \
        FROM store s WHERE s.id = 1";
    let mut snapshot = db.begin_snapshot().await.context("begin to read the store's figures")?;
    let row = sqlx::query(sql).fetch_one(&mut *snapshot).await.context("read the store's figures")?;
    let folded_ms: i64 = row.try_get(0)?;
    let pending_ms: Option<i64> = row.try_get(3)?;
    Ok(StoreFigures {
        order_lines: row.try_get::<i64, _>(1)? + row.try_get::<i64, _>(2)?,
        last_change_ms: Some(folded_ms.max(pending_ms.unwrap_or(0))).filter(|ms| *ms > 0),
    })
}

/// Whether the store holds no order at all.
pub async fn is_empty(db: &Db) -> Result<bool> {
    let order = sqlx::query("SELECT id FROM orders LIMIT 1").fetch_optional(&db.pool).await;
    Ok(order.context("look for orders")?.is_none())
}
