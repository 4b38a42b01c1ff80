//! Reads the roll-ups in one snapshot: month summaries and day segments, less what pending deltas replace, plus what
//! they hold. Answers no question of its own; whoever asks folds what comes by.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use jiff::tz::TimeZone;
use sqlx::{Any, AnyConnection, QueryBuilder, Row, Transaction};

use super::{
    days::{self, DayNumbers},
    delta::{Delta, Pending},
    month::Kind,
    packed::{Decoder, PackedOrder},
};
use crate::{columns, db::Db, extract::Span, statements};

/// One state of the store, for the length of a report.
#[derive(Debug)]
pub struct Snapshot {
    transaction: Transaction<'static, Any>,
    days: DayNumbers,
    pending: Pending,
}

/// Which rows of a kind to read; an id of 0 is the row for all.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Currency.
    pub currency: u32,
    /// Regions.
    pub regions: Vec<u32>,
    /// Channels.
    pub channels: Vec<u32>,
}

impl Snapshot {
    /// Opens a snapshot.
    pub async fn open(db: &Db) -> Result<Self> {
        let mut transaction = db.begin_snapshot().await.context("open a snapshot")?;
        let row = sqlx::query("SELECT time_zone FROM store WHERE id = 1")
            .fetch_one(&mut *transaction)
            .await
            .context("read the store's time zone")?;
        let name = columns::text(&row, 0)?;
        let zone = TimeZone::get(&name).with_context(|| format!("the store's time zone {name:?}"))?;
        let pending = read_pending(&mut transaction).await?;
        Ok(Self { transaction, days: DayNumbers::new(zone), pending })
    }

    /// The connection that sees this state.
    pub fn connection(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }

    /// Months that lie wholly in `span` and whose summary holds, with their rows of `kind` that are about everything.
    pub async fn whole_months(&mut self, kind: Kind, span: Span) -> Result<BTreeMap<i64, Vec<u8>>> {
        let changed: BTreeSet<i64> =
            self.pending.replaced_at.iter().map(|&second| days::month_of(self.days.of(second))).collect();
        let Some((first, last)) = self.day_bounds(span) else { return Ok(BTreeMap::new()) };
        let select = "SELECT month, data FROM rollup_months WHERE kind = ? AND currency_id = 0 AND month BETWEEN ? AND ?";
        let rows = sqlx::query(select)
            .bind(kind as i64)
            .bind(days::month_of(first))
            .bind(days::month_of(last))
            .fetch_all(&mut *self.transaction)
            .await
            .context("read month summaries")?;
        let mut months = BTreeMap::new();
        for row in rows {
            let month: i64 = row.try_get(0)?;
            let seconds = self.seconds_of(month);
            if span.start <= seconds.start && seconds.end <= span.end && !changed.contains(&month) {
                months.insert(month, row.try_get(1)?);
            }
        }
        Ok(months)
    }

    /// A month of the store's own time zone.
    pub fn seconds_of(&self, month: i64) -> Span {
        let days = days::days_of_month(month);
        Span { start: self.days.span(days.start).start, end: self.days.span(days.end).start }
    }

    /// Shows the rows of `kind` and `parts` for `months` to `visit`, with their month.
    pub async fn for_each_month_row(
        &mut self,
        kind: Kind,
        parts: &Parts,
        months: &BTreeMap<i64, Vec<u8>>,
        mut visit: impl FnMut(i64, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let (Some((first, _)), Some((last, _))) = (months.first_key_value(), months.last_key_value()) else {
            return Ok(());
        };
        let mut query = QueryBuilder::<Any>::new("SELECT month, data FROM rollup_months WHERE kind = ");
        query.push_bind(kind as i64).push(" AND currency_id = ").push_bind(i64::from(parts.currency));
        for (column, ids) in
            [(" AND region_id IN ", &parts.regions), (" AND channel_id IN ", &parts.channels)]
        {
            query.push(column);
            statements::push_list(&mut query, &ids.iter().map(|&id| i64::from(id)).collect::<Vec<_>>());
        }
        query.push(" AND month BETWEEN ").push_bind(*first).push(" AND ").push_bind(*last);
        let mut rows = query.build().fetch(&mut *self.transaction);
        while let Some(row) = rows.try_next().await.context("read month summaries")? {
            let month = row.try_get(0)?;
            if months.contains_key(&month) {
                visit(month, row.try_get(1)?)?;
            }
        }
        Ok(())
    }

    /// Shows each order that has a line in `span`, outside the summaries of `months`, to `visit`, with the lines of
    /// the days that `span` touches (so `visit` still has to look at each line's instant). An order's sale lines
    /// come together, once.
    pub async fn for_each_order(
        &mut self,
        span: Span,
        months: &BTreeMap<i64, Vec<u8>>,
        mut visit: impl FnMut(&PackedOrder),
    ) -> Result<()> {
        let Some((first, last)) = self.day_bounds(span) else { return Ok(()) };
        for days in gaps(first..last + 1, months.keys().map(|&month| days::days_of_month(month))) {
            let mut rows = sqlx::query("SELECT data FROM rollup_days WHERE day BETWEEN ? AND ?")
                .bind(days.start)
                .bind(days.end - 1)
                .fetch(&mut *self.transaction);
            while let Some(row) = rows.try_next().await.context("read day segments")? {
                let mut decoder = Decoder::new(row.try_get(0)?);
                while let Some(order) = decoder.next_order()? {
                    if self.pending.replaced.is_empty()
                        || !self.pending.replaced.contains(&order.header.order)
                    {
                        visit(order);
                    }
                }
            }
        }
        self.pending.current.values().for_each(visit);
        Ok(())
    }

    /// First and last day that `span` touches.
    fn day_bounds(&mut self, span: Span) -> Option<(i64, i64)> {
        (span.start < span.end).then(|| (self.days.of(span.start), self.days.of(span.end - 1)))
    }
}

async fn read_pending(connection: &mut AnyConnection) -> Result<Pending> {
    let mut pending = Pending::default();
    let mut rows = sqlx::query("SELECT data FROM rollup_deltas ORDER BY id").fetch(connection);
    while let Some(row) = rows.try_next().await.context("read pending changes")? {
        pending.apply(Delta::decode(row.try_get(0)?)?);
    }
    Ok(pending)
}

/// What `covered`, ascending and inside `all`, leaves of it.
fn gaps(all: Range<i64>, covered: impl Iterator<Item = Range<i64>>) -> Vec<Range<i64>> {
    let mut gaps = Vec::new();
    let mut start = all.start;
    for range in covered {
        gaps.push(start..range.start);
        start = range.end;
    }
    gaps.push(start..all.end);
    gaps.retain(|gap| gap.start < gap.end);
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_what_is_not_covered() {
        assert_eq!(gaps(0..10, [2..4, 4..6].into_iter()), vec![0..2, 6..10]);
        assert_eq!(gaps(0..10, std::iter::once(0..10)), Vec::<Range<i64>>::new());
        assert_eq!(gaps(0..10, std::iter::empty()), std::iter::once(0..10).collect::<Vec<_>>());
    }
}
