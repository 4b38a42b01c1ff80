//! Reads the roll-ups in one snapshot: month summaries, sums of days, lines of products and day segments, less what
//! pending deltas replace, plus what they hold. Answers no question of its own; whoever asks folds what comes by.

mod months;
mod rows;

pub use months::{Months, Parts};

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
};

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use jiff::tz::TimeZone;
use sqlx::{Any, AnyConnection, QueryBuilder, Row, Transaction};

use super::{
    days::{self, DayNumbers},
    delta::{Delta, Pending},
    packed::{Decoder, PackedHeader, PackedOrder},
    product_lines,
};
use crate::{
    columns,
    db::{Db, RowCache},
    extract::Span,
    statements,
};

/// One state of the store, for the length of a report.
#[derive(Debug)]
pub struct Snapshot {
    transaction: Transaction<'static, Any>,
    days: DayNumbers,
    pending: Pending,
    cache: Arc<RowCache>,
    months_at_once: usize,
}

/// Days that something else than their segments answers; from their first to the one after their last.
#[derive(Debug, Clone, Default)]
pub struct Answered(BTreeMap<i64, i64>);

impl Answered {
    /// Those of `months`.
    pub fn by_months<'a>(months: impl IntoIterator<Item = &'a i64>) -> Self {
        let mut answered = Self::default();
        answered.add_months(months);
        answered
    }

    /// Adds the days of `months`, or of thirds of months.
    pub fn add_months<'a>(&mut self, months: impl IntoIterator<Item = &'a i64>) {
        let days = months.into_iter().map(|&month| days::days_of_period(month));
        self.0.extend(days.map(|days| (days.start, days.end)));
    }

    /// Whether the days of `month` are among them.
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
        let row = sqlx::query("SELECT time_zone FROM store WHERE id = 1")
            .fetch_one(&mut *transaction)
            .await
            .context("read the store's time zone")?;
        let name = columns::text(&row, 0)?;
        let zone = TimeZone::get(&name).with_context(|| format!("the store's time zone {name:?}"))?;
        let pending = read_pending(&mut transaction).await?;
        Ok(Self {
            transaction,
            days: DayNumbers::new(zone),
            pending,
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
        visit: impl FnMut(&PackedOrder),
    ) -> Result<()> {
        self.for_each_order_with(span, answered, wanted, |_, _| true, visit).await
    }

    /// As `for_each_order`, for who wants those lines alone whose product and category `keeps` wants: some orders come
    /// with just those, or with none.
    pub async fn for_each_order_with(
        &mut self,
        span: Span,
        answered: &Answered,
        wanted: impl Fn(&PackedHeader) -> bool,
        keeps: impl Fn(u32, u32) -> bool,
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
                while let Some(order) = decoder.next_order_with(holds, &keeps)? {
                    visit(order);
                }
            }
        }
        self.pending.current.values().filter(|order| wanted(&order.header)).for_each(visit);
        Ok(())
    }

    /// As `for_each_order`, for who wants the lines of `products` (ascending) alone: some orders come with just those.
    /// What is `answered` are whole months.
    pub async fn for_each_order_of(
        &mut self,
        products: &[u32],
        span: Span,
        answered: &Answered,
        wanted: impl Fn(&PackedHeader) -> bool,
        mut visit: impl FnMut(&PackedOrder),
    ) -> Result<()> {
        let Some((first, last)) = self.day_bounds(span) else { return Ok(()) };
        if products.is_empty() {
            return Ok(());
        }
        let mut months = self.months_with_lines(first, last).await?;
        months.retain(|month| !answered.holds_month(*month));
        if !months.is_empty() {
            let replaced = &self.pending.replaced;
            let listed: Vec<i64> = months.iter().copied().collect();
            let counts = row_counts(&mut self.transaction, &listed).await?;
            let mut query = select_products(products, &listed, &counts);
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
        let mut answered = answered.clone();
        answered.add_months(&months);
        self.for_each_order(span, &answered, wanted, visit).await
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

/// As how many rows `months` are stored.
async fn row_counts(connection: &mut AnyConnection, months: &[i64]) -> Result<Vec<i64>> {
    let mut query =
        QueryBuilder::<Any>::new("SELECT DISTINCT month, buckets FROM rollup_product_lines WHERE month IN ");
    statements::push_list(&mut query, months);
    let rows = query.build().fetch_all(connection).await.context("list the rows of products' lines")?;
    let counts: BTreeSet<i64> = rows.iter().map(|row| row.try_get(1)).collect::<Result<_, _>>()?;
    Ok(counts.into_iter().collect())
}

/// Reads the rows that have lines of `products` in `months`, which are stored as `counts` rows.
fn select_products(products: &[u32], months: &[i64], counts: &[i64]) -> QueryBuilder<'static, Any> {
    let mut query = QueryBuilder::<Any>::new("SELECT month, data FROM rollup_product_lines WHERE month IN ");
    statements::push_list(&mut query, months);
    // The whole key: MySQL fetches the data of every row that it comes by.
    query.push(" AND buckets IN ");
    statements::push_list(&mut query, counts);
    query.push(" AND bucket IN ");
    statements::push_list(&mut query, &buckets_of(products, counts));
    query.push(" AND (");
    let mut buckets = query.separated(" OR ");
    for product in products {
        buckets.push("bucket = ").push_bind_unseparated(i64::from(*product)).push_unseparated(" % buckets");
    }
    query.push(") ORDER BY month");
    query
}

/// Buckets that have lines of `products` in months of as many rows.
fn buckets_of(products: &[u32], counts: &[i64]) -> Vec<i64> {
    let buckets =
        products.iter().flat_map(|&product| counts.iter().map(move |count| i64::from(product) % count));
    buckets.collect::<BTreeSet<_>>().into_iter().collect()
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
