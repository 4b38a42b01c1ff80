//! The orders that arrived last, by the store's own numbers for them, which grow with each order.

use anyhow::{Context, Result};
use jiff::Timestamp;
use sqlx::{Row, any::AnyRow};

use crate::{columns, db::Db};

/// An order as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The shop's order id.
    pub order_id: String,
    /// Instant of the sale; of the first return when there is no sale.
    pub ordered: Timestamp,
    /// The shop's customer id; empty for a guest.
    pub customer_id: String,
    /// Region.
    pub region: String,
    /// Channel.
    pub channel: String,
    /// ISO 4217 code of its amounts.
    pub currency: String,
    /// Order lines.
    pub lines: i64,
    /// Sales less discounts and returns, in minor units.
    pub net_minor: i64,
}

/// The newest `limit` orders, newest first.
pub async fn latest(db: &Db, limit: usize) -> Result<Vec<Arrival>> {
    let sql = "SELECT o.external_id, o.ordered_ms, c.value, r.value, h.value, m.value, \
        (SELECT COUNT(*) FROM order_lines l WHERE l.order_id = o.id), \
        (SELECT CAST(COALESCE(SUM(CASE WHEN l.refund = 1 THEN -l.net_minor ELSE l.net_minor END), 0) AS SIGNED) \
         FROM order_lines l WHERE l.order_id = o.id) \
        FROM (SELECT * FROM orders ORDER BY id DESC LIMIT ?) o \
        LEFT JOIN terms c ON c.kind = 1 AND c.id = o.customer_id \
        LEFT JOIN terms r ON r.kind = 5 AND r.id = o.region_id \
        LEFT JOIN terms h ON h.kind = 6 AND h.id = o.channel_id \
        LEFT JOIN terms m ON m.kind = 7 AND m.id = o.currency_id ORDER BY o.id DESC";
    let rows = sqlx::query(sql)
        .bind(i64::try_from(limit)?)
        .fetch_all(&db.readers)
        .await
        .context("read the newest orders")?;
    rows.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Arrival> {
    let name = |column| {
        Ok::<_, anyhow::Error>(if is_null(row, column)? {
            String::new()
        } else {
            columns::text(row, column)?
        })
    };
    Ok(Arrival {
        order_id: columns::text(row, 0)?,
        ordered: Timestamp::from_millisecond(row.try_get(1)?)?,
        customer_id: name(2)?,
        region: name(3)?,
        channel: name(4)?,
        currency: name(5)?,
        lines: row.try_get(6)?,
        net_minor: row.try_get(7)?,
    })
}

fn is_null(row: &AnyRow, column: usize) -> Result<bool> {
    use sqlx::ValueRef as _;
    Ok(row.try_get_raw(column)?.is_null())
}
