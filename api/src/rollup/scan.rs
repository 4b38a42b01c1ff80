//! Reads the roll-ups in one snapshot: month summaries, sums of days, lines of products or categories, and day segments,
//! less what pending deltas replace, plus what they hold. Answers no question of its own; whoever asks folds what comes
//! by.

mod members;
mod merged;
mod months;
mod rows;

pub use members::Members;
pub use months::{Months, Parts};

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
};

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use jiff::tz::TimeZone;
use sqlx::{Any, AnyConnection, Row, Transaction};

use super::{
    days::{self, DayNumbers},
    delta::{Delta, Pending},
    packed::{Decoder, PackedHeader, PackedOrder},
};
use crate::{
    columns,
    db::{Db, RowCache},
    extract::Span,
};

/// One state of the store, for the length of a report.
#[derive(Debug)]
pub struct Snapshot {
    transaction: Transaction<'static, Any>,
    days: DayNumbers,
    pending: Pending,
    /// Days of segments from which pending changes take something away.
    changed_days: BTreeSet<i64>,
    cache: Arc<RowCache>,
    months_at_once: usize,
}

/// Days that something else than their segments answers; from their first to the one after their last.
#[derive(Debug, Clone, Default)]
pub struct Answered(BTreeMap<i64, i64>);

impl Answered {
    /// Adds the days of `months`, or of thirds of months.
    pub fn add_months<'a>(&mut self, months: impl IntoIterator<Item = &'a i64>) {
        let days = months.into_iter().map(|&month| days::days_of_period(month));
        self.0.extend(days.map(|days| (days.start, days.end)));
    }

    /// Adds `days`.
    pub fn add_days(&mut self, days: &Range<i64>) {
        self.0.insert(days.start, days.end);
    }

    /// Whether the days of `month` are among them as a whole.
    pub fn holds_month(&self, month: i64) -> bool {
        let days = days::days_of_month(month);
        self.0.get(&days.start) == Some(&days.end)
    }

    /// What these days leave of `all`.
    fn gaps(&self, all: Range<i64>) -> Vec<Range<i64>> {
        let mut gaps = Vec::new();
        let mut start = all.start;
        for (&from, &until) in &self.0 {
            gaps.push(start..from.min(all.end));
            start = start.max(until);
        }
        gaps.push(start..all.end);
        gaps.retain(|gap| gap.start < gap.end);
        gaps
    }
}

impl Snapshot {
    /// Opens a snapshot.
    pub async fn open(db: &Db) -> Result<Self> {
        let mut transaction = db.begin_snapshot().await.context("open a snapshot")?;
        let (zone, pending) = read_state(&mut transaction).await?;
        let mut days = DayNumbers::new(zone);
        let changed_days = pending.replaced_at.iter().map(|&second| days.of(second)).collect();
        Ok(Self {
            transaction,
            days,
            pending,
            changed_days,
            cache: Arc::clone(&db.row_cache),
            months_at_once: rows::months_at_once(db.dialect),
        })
    }

    /// The connection that sees this state.
    pub fn connection(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }

    /// Shows the sums of each whole day of `span` that is not `answered` and has not changed since to `visit`, and
    /// puts it among the answered.
    pub async fn for_each_day_sums(
        &mut self,
        span: Span,
        answered: &mut Answered,
        mut visit: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        for days in answered.gaps(self.whole_days(span)) {
            let mut rows = sqlx::query("SELECT day, data FROM rollup_day_sums WHERE day BETWEEN ? AND ?")
                .bind(days.start)
                .bind(days.end - 1)
                .fetch(&mut *self.transaction);
            while let Some(row) = rows.try_next().await.context("read the sums of days")? {
                let day: i64 = row.try_get(0)?;
                if !self.changed_days.contains(&day) {
                    visit(row.try_get(1)?)?;
                    answered.0.insert(day, day + 1);
                }
            }
        }
        Ok(())
    }

    /// Shows each order that has a line in `span`, outside the days that are `answered`, to `visit`, with the lines of
    /// the days that `span` touches (so `visit` still has to look at each line's instant). An order's sale lines
    /// come together, once. Orders whose header is not wanted are left out.
    pub async fn for_each_order(
        &mut self,
        span: Span,
        answered: &Answered,
        wanted: impl Fn(&PackedHeader) -> bool,
        visit: impl FnMut(&PackedOrder),
    ) -> Result<()> {
        self.for_each_order_of(None, span, answered, wanted, visit).await
    }

    /// As `for_each_order_of`, from the segments of days alone, and what is pending.
    async fn for_each_order_of_days(
        &mut self,
        members: Option<&Members>,
        span: Span,
        answered: &Answered,
        wanted: impl Fn(&PackedHeader) -> bool,
        mut visit: impl FnMut(&PackedOrder),
    ) -> Result<()> {
        let Some((first, last)) = self.day_bounds(span) else { return Ok(()) };
        let pending = &self.pending;
        let holds = |header: &PackedHeader| pending.leaves(header) && wanted(header);
        for days in answered.gaps(first..last + 1) {
            let mut rows = sqlx::query("SELECT data FROM rollup_days WHERE day BETWEEN ? AND ?")
                .bind(days.start)
                .bind(days.end - 1)
                .fetch(&mut *self.transaction);
            while let Some(row) = rows.try_next().await.context("read day segments")? {
                let mut decoder = Decoder::new(row.try_get(0)?);
                let keeps = |product, category| members.is_none_or(|members| members.have(product, category));
                while let Some(order) = decoder.next_order_with(holds, keeps)? {
                    visit(order);
                }
            }
        }
        self.pending.current.values().filter(|order| wanted(&order.header)).for_each(visit);
        Ok(())
    }

    /// The days that lie wholly in `span`.
    fn whole_days(&mut self, span: Span) -> Range<i64> {
        let Some((first, last)) = self.day_bounds(span) else { return 0..0 };
        let first = if self.days.span(first).start < span.start { first + 1 } else { first };
        let end = if self.days.span(last).end > span.end { last } else { last + 1 };
        first..end.max(first)
    }

    /// First and last day that `span` touches.
    fn day_bounds(&mut self, span: Span) -> Option<(i64, i64)> {
        (span.start < span.end).then(|| (self.days.of(span.start), self.days.of(span.end - 1)))
    }
}

/// The time zone of the store, and the changes that wait.
async fn read_state(connection: &mut AnyConnection) -> Result<(TimeZone, Pending)> {
    // Sorted here: MySQL would copy all of them to sort them.
    let select =
        "SELECT s.time_zone, d.data, d.id FROM store s LEFT JOIN rollup_deltas d ON d.id > 0 WHERE s.id = 1";
    let mut rows = sqlx::query(select).fetch(connection);
    let (mut zone, mut deltas) = (None, Vec::new());
    while let Some(row) = rows.try_next().await.context("read the store's time zone and pending changes")? {
        if zone.is_none() {
            let name = columns::text(&row, 0)?;
            zone = Some(TimeZone::get(&name).with_context(|| format!("the store's time zone {name:?}"))?);
        }
        if let Some(delta) = row.try_get::<Option<&[u8]>, _>(1)? {
            deltas.push((row.try_get::<i64, _>(2)?, delta.to_vec()));
        }
    }
    deltas.sort_unstable_by_key(|(id, _)| *id);
    let mut pending = Pending::default();
    for (_, delta) in deltas {
        pending.apply(Delta::decode(&delta)?);
    }
    Ok((zone.context("the store has no time zone")?, pending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_what_is_not_answered() {
        let answered = |days: &[(i64, i64)]| Answered(days.iter().copied().collect());
        assert_eq!(answered(&[(2, 4), (4, 6)]).gaps(0..10), vec![0..2, 6..10]);
        assert_eq!(answered(&[(0, 10)]).gaps(0..10), Vec::<Range<i64>>::new());
        assert_eq!(answered(&[]).gaps(0..10), std::iter::once(0..10).collect::<Vec<_>>());
        assert_eq!(answered(&[(-5, 2), (8, 31)]).gaps(0..10), std::iter::once(2..8).collect::<Vec<_>>());
        assert_eq!(answered(&[(12, 31)]).gaps(0..10), std::iter::once(0..10).collect::<Vec<_>>());
    }
}
