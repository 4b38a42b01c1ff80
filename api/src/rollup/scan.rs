//! Reads the roll-ups in one snapshot: day segments, less what pending deltas replace, plus what they hold.
//! Answers no question of its own; whoever asks folds the orders that come by.

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use jiff::tz::TimeZone;
use sqlx::{Any, AnyConnection, Row, Transaction};

use super::{
    days::DayNumbers,
    delta::{Delta, Pending},
    packed::{Decoder, PackedOrder},
};
use crate::{db::Db, extract::Span};

/// One state of the store, for the length of a report.
#[derive(Debug)]
pub struct Snapshot {
    transaction: Transaction<'static, Any>,
    days: DayNumbers,
}

impl Snapshot {
    /// Opens a snapshot.
    pub async fn open(db: &Db) -> Result<Self> {
        let mut transaction = db.begin_snapshot().await.context("open a snapshot")?;
        let row = sqlx::query("SELECT time_zone FROM store WHERE id = 1")
            .fetch_one(&mut *transaction)
            .await
            .context("read the store's time zone")?;
        let name = String::from_utf8(row.try_get(0)?)?;
        let zone = TimeZone::get(&name).with_context(|| format!("the store's time zone {name:?}"))?;
        Ok(Self { transaction, days: DayNumbers::new(zone) })
    }

    /// The connection that sees this state.
    pub fn connection(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }

    /// Shows each order that has a line in `span` to `visit`, with the lines of the days that `span` touches
    /// (so `visit` still has to look at each line's instant). An order's sale lines come together, once.
    pub async fn for_each_order(&mut self, span: Span, mut visit: impl FnMut(&PackedOrder)) -> Result<()> {
        let pending = self.pending().await?;
        let (first, last) =
            (self.days.of(span.start), self.days.of(span.end.saturating_sub(1).max(span.start)));
        let mut rows = sqlx::query("SELECT data FROM rollup_days WHERE day BETWEEN ? AND ? ORDER BY day")
            .bind(first)
            .bind(last)
            .fetch(&mut *self.transaction);
        while let Some(row) = rows.try_next().await.context("read day segments")? {
            let mut decoder = Decoder::new(row.try_get(0)?);
            while let Some(order) = decoder.next_order()? {
                if pending.replaced.is_empty() || !pending.replaced.contains(&order.header.order) {
                    visit(order);
                }
            }
        }
        pending.current.values().for_each(visit);
        Ok(())
    }

    async fn pending(&mut self) -> Result<Pending> {
        let mut pending = Pending::default();
        let mut rows =
            sqlx::query("SELECT data FROM rollup_deltas ORDER BY id").fetch(&mut *self.transaction);
        while let Some(row) = rows.try_next().await.context("read pending changes")? {
            pending.apply(Delta::decode(row.try_get(0)?)?);
        }
        Ok(pending)
    }
}
