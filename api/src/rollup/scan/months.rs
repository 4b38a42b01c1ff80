//! Reads month summaries, and the slices of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use anyhow::{Context, Result};
use foldhash::HashMap;
use sqlx::{Any, QueryBuilder, Row};

use super::{
    Snapshot,
    rows::{Place, Rows},
};
use crate::{
    columns,
    db::Writing,
    extract::Span,
    rollup::{
        days,
        month::{self, Kind},
        slices::Slice,
    },
    statements,
};

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

impl Parts {
    /// All regions and channels together, of a currency, or of all, which is 0.
    pub fn everywhere(currency: u32) -> Self {
        Self { currency, regions: vec![0], channels: vec![0] }
    }
}

/// Months whose summary answers, whole or sliced, and thirds of others.
#[derive(Debug, Clone, Default)]
pub struct Months {
    slice: Option<Slice>,
    /// Months, thirds of months, or quarters and years.
    pub periods: BTreeSet<i64>,
    /// Of these and of other months that `span` touches: what their rows were written as. A program of before does not
    /// tell.
    pub(super) writings: BTreeMap<i64, Writing>,
    /// Quarters and years that there are, and what they were written as.
    pub(super) merged: BTreeMap<i64, Writing>,
}

impl Months {
    /// Whether what tells days is there of all of them: a program of before writes none.
    pub fn have_days(&self) -> bool {
        self.periods.iter().all(|month| self.writings.contains_key(month))
    }

    /// Whether what tells categories' days and slots is there of all of them: slices have none.
    pub fn have_category_times(&self) -> bool {
        self.slice.is_none() && self.have_days()
    }

    /// All of them, thirds among them, one after the other.
    pub fn in_order(&self) -> Vec<i64> {
        let mut periods: Vec<i64> = self.periods.iter().copied().collect();
        periods.sort_unstable_by_key(|&period| days::days_of_period(period).start);
        periods
    }

    /// The months that these are, or are thirds of.
    #[must_use]
    pub fn whole(&self) -> Self {
        let months = self.periods.iter().map(|&period| days::month_of_period(period));
        self.with(months.collect())
    }

    /// One month of these.
    #[must_use]
    pub fn only(&self, month: i64) -> Self {
        self.those(|other| other == month)
    }

    /// The months of these that are `wanted`.
    #[must_use]
    pub fn those(&self, wanted: impl Fn(i64) -> bool) -> Self {
        self.with(self.periods.iter().copied().filter(|month| wanted(*month)).collect())
    }

    /// Those `periods` of the same writings.
    fn with(&self, periods: BTreeSet<i64>) -> Self {
        let (writings, merged) = (self.writings.clone(), self.merged.clone());
        Self { slice: self.slice, periods, writings, merged }
    }
}

impl Snapshot {
    /// Months that lie wholly in `span` and whose summary holds, and the quarters and years that there are of them.
    pub async fn whole_months(&mut self, span: Span) -> Result<Months> {
        self.months_of(None, &[], span).await
    }

    /// As `whole_months`, those that tell their writing; with other months that do, and the days of these that lie wholly
    /// in `span`. Of a month with changes there are none.
    pub async fn written_months(&mut self, span: Span) -> Result<(Months, BTreeMap<i64, Range<i64>>)> {
        let months = self.months_of(None, &[], span).await?;
        let inside = self.whole_days(span);
        let mut cut = BTreeMap::new();
        for &month in months.writings.keys().filter(|month| !months.periods.contains(month)) {
            let all = days::days_of_month(month);
            let days = all.start.max(inside.start)..all.end.min(inside.end);
            if !days.is_empty() && self.changed_days.range(all).next().is_none() {
                cut.insert(month, days);
            }
        }
        let mut written = months.those(|month| months.writings.contains_key(&month));
        written.periods.extend(cut.keys());
        Ok((written, cut))
    }

    /// As `whole_months`, with thirds of the months that do not lie wholly in `span`, or of which a day changed.
    pub async fn whole_periods(&mut self, span: Span) -> Result<Months> {
        let Some((first, last)) = self.day_bounds(span) else { return Ok(Months::default()) };
        let mut cut: BTreeSet<i64> = self.changed_days.iter().map(|&day| days::month_of(day)).collect();
        cut.extend([first, last].map(days::month_of).iter().filter(|&&month| !self.is_whole(month, span)));
        let mut thirds: Vec<i64> = cut.into_iter().flat_map(days::thirds_of_month).collect();
        thirds.retain(|&third| {
            self.is_whole(third, span)
                && self.changed_days.range(days::days_of_period(third)).next().is_none()
        });
        self.months_of(None, &thirds, span).await
    }

    /// As `whole_months`, those of which `slice` has been summarised.
    pub async fn sliced_months(&mut self, slice: Slice, span: Span) -> Result<Months> {
        self.months_of(Some(slice), &[], span).await
    }

    fn is_whole(&self, period: i64, span: Span) -> bool {
        let seconds = self.seconds_of(period);
        span.start <= seconds.start && seconds.end <= span.end
    }

    /// Months, and those of `thirds` that there are.
    async fn months_of(&mut self, slice: Option<Slice>, thirds: &[i64], span: Span) -> Result<Months> {
        let mut months = Months { slice, ..Months::default() };
        let Some((first, last)) = self.day_bounds(span) else { return Ok(months) };
        let mut query = summarised(slice, days::month_of(first), days::month_of(last), thirds);
        let rows = query.build().fetch_all(&mut *self.transaction).await.context("list month summaries")?;
        let changed: BTreeSet<i64> = self.changed_days.iter().map(|&day| days::month_of(day)).collect();
        let mut found: BTreeMap<i64, Writing> = BTreeMap::new();
        for row in rows {
            let period: i64 = row.try_get(0)?;
            found.extend(columns::bytes(&row, 1)?.try_into().ok().map(|writing| (period, writing)));
            if days::is_month(period) && self.is_whole(period, span) && !changed.contains(&period) {
                months.periods.insert(period);
            }
        }
        for (&period, &writing) in &found {
            // A program of before knows of no thirds: it leaves them behind when it throws a month's summaries away.
            if days::is_third(period) && found.get(&days::month_of_third(period)) == Some(&writing) {
                months.periods.insert(period);
            }
        }
        (months.merged, months.writings) =
            found.into_iter().partition(|(period, _)| days::is_merged(*period));
        Ok(months)
    }

    /// Which of `categories` have slices, in which of `months`: in the whole ones that these are, or are thirds of.
    pub async fn sliced_categories(
        &mut self,
        categories: &[u32],
        months: &Months,
    ) -> Result<BTreeSet<(i64, u32)>> {
        let months = months.whole().periods;
        let (Some(first), Some(last)) = (months.first(), months.last()) else {
            return Ok(BTreeSet::new());
        };
        let mut query = QueryBuilder::<Any>::new(
            "SELECT month, member_id FROM rollup_slices WHERE dimension = 0 AND kind = ",
        );
        query.push_bind(Kind::Groups as i64).push(" AND currency_id = 0 AND month BETWEEN ");
        query.push_bind(*first).push(" AND ").push_bind(*last).push(" AND member_id IN ");
        let members: Vec<i64> = categories.iter().map(|&category| i64::from(category)).collect();
        statements::push_list(&mut query, &members);
        let rows = query.build().fetch_all(&mut *self.transaction).await.context("list slices of months")?;
        let mut sliced = BTreeSet::new();
        for row in rows {
            sliced.insert((row.try_get(0)?, u32::try_from(row.try_get::<i64, _>(1)?)?));
        }
        sliced.retain(|(month, _)| months.contains(month));
        Ok(sliced)
    }

    /// A month of the store's own time zone, a third of one, a quarter or a year.
    pub fn seconds_of(&self, month: i64) -> Span {
        self.seconds_of_days(&days::days_of_period(month))
    }

    /// The first instants of `days`, by day.
    pub fn starts_of(&self, days: impl Iterator<Item = Range<i64>>) -> HashMap<i64, i64> {
        days.flatten().map(|day| (day, self.days.start(day))).collect()
    }

    /// All of `days`, which follow one another.
    pub fn seconds_of_days(&self, days: &Range<i64>) -> Span {
        Span { start: self.days.start(days.start), end: self.days.start(days.end) }
    }

    /// Whether a day of the store's own time zone begins at the instant `second`.
    pub fn is_start_of_day(&mut self, second: i64) -> bool {
        self.days.is_start(second)
    }

    /// Shows the rows of `kind` and `parts` for `months` to `visit`, with their month. Of a slice there are rows about
    /// all regions and channels together alone.
    pub async fn for_each_month_row(
        &mut self,
        kind: Kind,
        parts: &Parts,
        months: &Months,
        mut visit: impl FnMut(i64, &[u8]) -> Result<()>,
    ) -> Result<()> {
        if let Some(slice) = months.slice {
            return self
                .for_each_slice_row(&[slice], kind, parts, months, |month, _, data| visit(month, data))
                .await;
        }
        let ids = |ids: &[u32]| ids.iter().map(|&id| i64::from(id)).collect();
        let place = Place::Months { regions: ids(&parts.regions), channels: ids(&parts.channels) };
        let rows = Rows { place, kind, currency: i64::from(parts.currency) };
        self.for_each_row(&rows, months, |month, _, data| visit(month, data)).await
    }

    /// Shows the rows of `kind` for `months` of each of `slices`, which are of one dimension, to `visit`, with the month and
    /// `Slice::member`. Nothing, unless `parts` are about all regions and channels together.
    pub async fn for_each_slice_row(
        &mut self,
        slices: &[Slice],
        kind: Kind,
        parts: &Parts,
        months: &Months,
        mut visit: impl FnMut(i64, i64, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let [one, ..] = slices else { return Ok(()) };
        if parts.regions != [0] || parts.channels != [0] {
            return Ok(());
        }
        let members = slices.iter().map(|slice| slice.member()).collect();
        let place = Place::Slices { dimension: one.dimension(), members };
        let rows = Rows { place, kind, currency: i64::from(parts.currency) };
        self.for_each_row(&rows, months, |month, [member, _], data| visit(month, member, data)).await
    }
}

/// Reads the months from `first` to `last` that have a summary, of `slice` where there is one, else with the `thirds` of
/// months and with the quarters and years that there are: what each was written as, or nothing where that is not told.
fn summarised(slice: Option<Slice>, first: i64, last: i64, thirds: &[i64]) -> QueryBuilder<'static, Any> {
    let everywhere =
        |row: &str| format!("{row}.currency_id = 0 AND {row}.region_id = 0 AND {row}.channel_id = 0");
    let mut query =
        QueryBuilder::<Any>::new("SELECT newest.month, COALESCE(writing.data, '') FROM rollup_months newest");
    if let Some(slice) = slice {
        query
            .push(" JOIN rollup_slices m ON m.month = newest.month AND m.currency_id = 0 AND m.dimension = ");
        query.push_bind(slice.dimension()).push(" AND m.member_id = ").push_bind(slice.member());
        query.push(" AND m.kind = ").push_bind(Kind::Groups as i64);
    }
    query.push(" LEFT JOIN rollup_months writing ON writing.month = newest.month AND ");
    query.push(everywhere("writing")).push(" AND writing.kind = ").push_bind(month::WRITING);
    query.push(" WHERE newest.kind = ").push_bind(Kind::NEWEST as i64);
    query.push(" AND ").push(everywhere("newest"));
    query.push(" AND newest.month BETWEEN ").push_bind(first).push(" AND ").push_bind(last);
    if slice.is_some() {
        return query;
    }
    let and_others = |query: &mut QueryBuilder<'static, Any>| {
        query.push(" UNION ALL SELECT other.month, other.data FROM rollup_months other WHERE ");
        query.push(everywhere("other")).push(" AND other.kind = ").push_bind(month::WRITING);
        query.push(" AND other.month ");
    };
    if !thirds.is_empty() {
        and_others(&mut query);
        query.push("IN ");
        statements::push_list(&mut query, thirds);
    }
    for (first, last) in days::merged_of_month(first).into_iter().zip(days::merged_of_month(last)) {
        and_others(&mut query);
        query.push("BETWEEN ").push_bind(first).push(" AND ").push_bind(last);
    }
    query
}
