//! Reads month summaries, and the slices of them.

use std::collections::{BTreeMap, BTreeSet};

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
    /// By month, or third of a month: its `Kind::Groups` row. (By quarter of a year: nothing.)
    pub groups: BTreeMap<i64, Vec<u8>>,
    /// Of these and of other months that `span` touches: what their rows were written as. A program of before does not
    /// tell.
    pub(super) writings: BTreeMap<i64, Writing>,
    /// Quarters of years that were looked for, and what they were written as.
    pub(super) quarters: BTreeMap<i64, Writing>,
}

impl Months {
    /// Whether what tells days is there of all of them: a program of before writes none.
    pub fn have_days(&self) -> bool {
        self.groups.keys().all(|month| self.writings.contains_key(month))
    }

    /// Whether what tells categories' days and slots is there of all of them: slices have none.
    pub fn have_category_times(&self) -> bool {
        self.slice.is_none() && self.have_days()
    }

    /// All of them, thirds among them, one after the other.
    pub fn in_order(&self) -> Vec<i64> {
        let mut periods: Vec<i64> = self.groups.keys().copied().collect();
        periods.sort_unstable_by_key(|&period| days::days_of_period(period).start);
        periods
    }

    /// The months that these are, or are thirds of.
    #[must_use]
    pub fn whole(&self) -> Self {
        let months = self.groups.keys().map(|&period| (days::month_of_period(period), Vec::new()));
        Self {
            slice: self.slice,
            groups: months.collect(),
            writings: self.writings.clone(),
            ..Self::default()
        }
    }

    /// One month of these.
    #[must_use]
    pub fn only(&self, month: i64) -> Self {
        self.those(|other| other == month)
    }

    /// The months of these that are `wanted`, without their groups.
    #[must_use]
    pub fn those(&self, wanted: impl Fn(i64) -> bool) -> Self {
        let months = self.groups.keys().filter(|month| wanted(**month));
        Self {
            slice: self.slice,
            groups: months.map(|month| (*month, Vec::new())).collect(),
            writings: self.writings.clone(),
            ..Self::default()
        }
    }
}

impl Snapshot {
    /// Months that lie wholly in `span` and whose summary holds.
    pub async fn whole_months(&mut self, span: Span) -> Result<Months> {
        self.months_of(None, Kind::Groups as i64, span).await
    }

    /// As `whole_months`, those that tell their writing, without their groups.
    pub async fn written_months(&mut self, span: Span) -> Result<Months> {
        let months = self.months_of(None, month::WRITING, span).await?;
        Ok(months.those(|_| true))
    }

    /// As `whole_months`, with thirds of the months that do not lie wholly in `span`, or of which a day changed.
    pub async fn whole_periods(&mut self, span: Span) -> Result<Months> {
        let mut months = self.whole_months(span).await?;
        let changed = self.changed_days();
        let others = months.writings.keys().filter(|month| !months.groups.contains_key(month));
        let mut thirds: Vec<i64> = others.flat_map(|&month| days::thirds_of_month(month)).collect();
        thirds.retain(|&third| {
            let seconds = self.seconds_of(third);
            let whole = span.start <= seconds.start && seconds.end <= span.end;
            whole && changed.range(days::days_of_period(third)).next().is_none()
        });
        if thirds.is_empty() {
            return Ok(months);
        }
        let mut query = QueryBuilder::<Any>::new(
            "SELECT m.month, m.data, writing.data FROM rollup_months m JOIN rollup_months writing \
             ON writing.month = m.month AND writing.currency_id = 0 AND writing.region_id = 0 \
             AND writing.channel_id = 0 AND writing.kind = ",
        );
        query.push_bind(month::WRITING).push(" WHERE m.kind = ").push_bind(Kind::Groups as i64);
        query.push(" AND m.currency_id = 0 AND m.region_id = 0 AND m.channel_id = 0 AND m.month IN ");
        statements::push_list(&mut query, &thirds);
        let rows = query.build().fetch_all(&mut *self.transaction).await.context("read thirds of months")?;
        for row in rows {
            let third: i64 = row.try_get(0)?;
            let of_month = months.writings.get(&days::month_of_third(third)).copied();
            // A program of before knows of no thirds: it leaves them behind when it throws a month's summaries away.
            if let Some(writing) =
                of_month.filter(|writing| columns::bytes(&row, 2).is_ok_and(|own| own == writing))
            {
                months.groups.insert(third, row.try_get(1)?);
                months.writings.insert(third, writing);
            }
        }
        Ok(months)
    }

    /// As `whole_months`, those of which `slice` has been summarised.
    pub async fn sliced_months(&mut self, slice: Slice, span: Span) -> Result<Months> {
        self.months_of(Some(slice), Kind::Groups as i64, span).await
    }

    async fn months_of(&mut self, slice: Option<Slice>, kind: i64, span: Span) -> Result<Months> {
        let mut months = Months { slice, ..Months::default() };
        let Some((first, last)) = self.day_bounds(span) else { return Ok(months) };
        let mut query = QueryBuilder::<Any>::new("SELECT m.month, m.data, COALESCE(writing.data, '') FROM ");
        query.push(if slice.is_some() { "rollup_slices" } else { "rollup_months" });
        query.push(" m JOIN rollup_months newest ON newest.month = m.month LEFT JOIN rollup_months writing");
        query.push(" ON writing.month = m.month AND writing.currency_id = 0 AND writing.region_id = 0");
        query.push(" AND writing.channel_id = 0 AND writing.kind = ").push_bind(month::WRITING);
        query.push(" WHERE m.currency_id = 0 AND ");
        if let Some(slice) = slice {
            query.push("m.dimension = ").push_bind(slice.dimension());
            query.push(" AND m.member_id = ").push_bind(slice.member()).push(" AND ");
        }
        query.push("m.kind = ").push_bind(kind);
        query.push(" AND newest.kind = ").push_bind(Kind::NEWEST as i64);
        query.push(" AND newest.currency_id = 0 AND newest.region_id = 0 AND newest.channel_id = 0");
        query.push(" AND m.month BETWEEN ").push_bind(days::month_of(first));
        query.push(" AND ").push_bind(days::month_of(last));
        let rows = query.build().fetch_all(&mut *self.transaction).await.context("read month summaries")?;
        let changed: BTreeSet<i64> = self.changed_days().into_iter().map(days::month_of).collect();
        for row in rows {
            let month: i64 = row.try_get(0)?;
            let seconds = self.seconds_of(month);
            if span.start <= seconds.start && seconds.end <= span.end && !changed.contains(&month) {
                months.groups.insert(month, row.try_get(1)?);
            }
            if let Ok(writing) = columns::bytes(&row, 2)?.try_into() {
                months.writings.insert(month, writing);
            }
        }
        Ok(months)
    }

    /// Which of `categories` have slices, in which of `months`: in the whole ones that these are, or are thirds of.
    pub async fn sliced_categories(
        &mut self,
        categories: &[u32],
        months: &Months,
    ) -> Result<BTreeSet<(i64, u32)>> {
        let months = months.whole().groups;
        let (Some((first, _)), Some((last, _))) = (months.first_key_value(), months.last_key_value()) else {
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
        sliced.retain(|(month, _)| months.contains_key(month));
        Ok(sliced)
    }

    /// A month of the store's own time zone, a third of one, or a quarter of a year.
    pub fn seconds_of(&self, month: i64) -> Span {
        let days = days::days_of_period(month);
        Span { start: self.days.start(days.start), end: self.days.start(days.end) }
    }

    /// The first instants of the days of `months`, by day.
    pub fn starts_of_days(&self, months: &Months) -> HashMap<i64, i64> {
        let days = months.groups.keys().flat_map(|&month| days::days_of_period(month));
        days.map(|day| (day, self.days.start(day))).collect()
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
