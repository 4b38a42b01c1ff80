//! Reads the roll-ups in one snapshot: month summaries, sums of days, lines of products and day segments, less what
//! pending deltas replace, plus what they hold. Answers no question of its own; whoever asks folds what comes by.

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
    packed::{Decoder, PackedHeader, PackedOrder},
    product_lines,
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

/// Days that something else than their segments answers; from their first to the one after their last.
#[derive(Debug, Clone, Default)]
pub struct Answered(BTreeMap<i64, i64>);

impl Answered {
    /// Those of `months`.
    pub fn by_months<'a>(months: impl IntoIterator<Item = &'a i64>) -> Self {
        let days = months.into_iter().map(|&month| days::days_of_month(month));
        Self(days.map(|days| (days.start, days.end)).collect())
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
        let changed: BTreeSet<i64> = self.changed_days().into_iter().map(days::month_of).collect();
        let Some((first, last)) = self.day_bounds(span) else { return Ok(BTreeMap::new()) };
        let select = "SELECT m.month, m.data FROM rollup_months m JOIN rollup_months newest ON newest.month = m.month \
            AND newest.kind = ? AND newest.currency_id = 0 AND newest.region_id = 0 AND newest.channel_id = 0 \
            WHERE m.kind = ? AND m.currency_id = 0 AND m.month BETWEEN ? AND ?";
        let rows = sqlx::query(select)
            .bind(Kind::NEWEST as i64)
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

    /// Shows the sums of each whole day of `span` that is not `answered` and has not changed since to `visit`, and
    /// puts it among the answered.
    pub async fn for_each_day_sums(
        &mut self,
        span: Span,
        answered: &mut Answered,
        mut visit: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let Some((first, last)) = self.day_bounds(span) else { return Ok(()) };
        let first = if self.days.span(first).start < span.start { first + 1 } else { first };
        let last = if self.days.span(last).end > span.end { last - 1 } else { last };
        let changed = self.changed_days();
        for days in answered.gaps(first..last + 1) {
            let mut rows = sqlx::query("SELECT day, data FROM rollup_day_sums WHERE day BETWEEN ? AND ?")
                .bind(days.start)
                .bind(days.end - 1)
                .fetch(&mut *self.transaction);
            while let Some(row) = rows.try_next().await.context("read the sums of days")? {
                let day: i64 = row.try_get(0)?;
                if !changed.contains(&day) {
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
        mut visit: impl FnMut(&PackedOrder),
    ) -> Result<()> {
        let Some((first, last)) = self.day_bounds(span) else { return Ok(()) };
        let replaced = &self.pending.replaced;
        let holds = |header: &PackedHeader| {
            (replaced.is_empty() || !replaced.contains(&header.order)) && wanted(header)
        };
        for days in answered.gaps(first..last + 1) {
            let mut rows = sqlx::query("SELECT data FROM rollup_days WHERE day BETWEEN ? AND ?")
                .bind(days.start)
                .bind(days.end - 1)
                .fetch(&mut *self.transaction);
            while let Some(row) = rows.try_next().await.context("read day segments")? {
                let mut decoder = Decoder::new(row.try_get(0)?);
                while let Some(order) = decoder.next_order_of(holds)? {
                    visit(order);
                }
            }
        }
        self.pending.current.values().filter(|order| wanted(&order.header)).for_each(visit);
        Ok(())
    }

    /// As `for_each_order`, for who wants the lines of `products` (ascending) alone: some orders come with just those.
    pub async fn for_each_order_of(
        &mut self,
        products: &[u32],
        span: Span,
        wanted: impl Fn(&PackedHeader) -> bool,
        mut visit: impl FnMut(&PackedOrder),
    ) -> Result<()> {
        let Some((first, last)) = self.day_bounds(span) else { return Ok(()) };
        if products.is_empty() {
            return Ok(());
        }
        let months = self.months_with_lines(first, last).await?;
        if let (Some(from), Some(until)) = (months.first(), months.last()) {
            let replaced = &self.pending.replaced;
            let mut query =
                QueryBuilder::<Any>::new("SELECT month, data FROM rollup_product_lines WHERE month BETWEEN ");
            query.push_bind(*from).push(" AND ").push_bind(*until).push(" AND (");
            let mut buckets = query.separated(" OR ");
            for product in products {
                buckets
                    .push("bucket = ")
                    .push_bind_unseparated(i64::from(*product))
                    .push_unseparated(" % buckets");
            }
            query.push(") ORDER BY month");
            let mut rows = query.build().fetch(&mut *self.transaction);
            let mut month = ProductMonth::default();
            loop {
                let row = rows.try_next().await.context("read the lines of products")?;
                let number = row.as_ref().map(|row| row.try_get::<i64, _>(0)).transpose()?;
                if number != month.number {
                    let holds = |order: &PackedOrder| {
                        !replaced.contains(&order.header.order) && wanted(&order.header)
                    };
                    month.for_each_order(products, first..last + 1, |order| {
                        if holds(order) {
                            visit(order);
                        }
                    })?;
                    month = ProductMonth { number, rows: Vec::new() };
                }
                let Some(row) = row else { break };
                month.rows.push(row.try_get(1)?);
            }
        }
        self.for_each_order(span, &Answered::by_months(&months), wanted, visit).await
    }

    /// Months with a whole summary that have days from `first` to `last`.
    async fn months_with_lines(&mut self, first: i64, last: i64) -> Result<BTreeSet<i64>> {
        let select =
            "SELECT month FROM rollup_months WHERE kind = ? AND currency_id = 0 AND month BETWEEN ? AND ?";
        let rows = sqlx::query(select)
            .bind(Kind::NEWEST as i64)
            .bind(days::month_of(first))
            .bind(days::month_of(last))
            .fetch_all(&mut *self.transaction)
            .await
            .context("list the months with summaries")?;
        Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
    }

    /// Days of segments from which pending changes take something away.
    fn changed_days(&mut self) -> BTreeSet<i64> {
        self.pending.replaced_at.iter().map(|&second| self.days.of(second)).collect()
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

/// Rows of one month, while they come by.
#[derive(Default)]
struct ProductMonth {
    number: Option<i64>,
    rows: Vec<Vec<u8>>,
}

impl ProductMonth {
    fn for_each_order(
        &self,
        products: &[u32],
        days: Range<i64>,
        mut visit: impl FnMut(&PackedOrder),
    ) -> Result<()> {
        let mut by_day: BTreeMap<i64, Vec<&[u8]>> = BTreeMap::new();
        for row in &self.rows {
            product_lines::for_each_day(row, products, |day, orders| {
                if days.contains(&day) {
                    by_day.entry(day).or_default().push(orders);
                }
            })?;
        }
        for parts in by_day.values() {
            product_lines::for_each_order(parts, &mut visit)?;
        }
        Ok(())
    }
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
