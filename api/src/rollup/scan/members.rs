//! Reads the lines of some products or categories where they stand together, month by month, and the segments of days
//! elsewhere.

mod select;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use sqlx::Row;

use self::select::{select, select_categories};
use super::{Answered, Snapshot};
use crate::{
    extract::Span,
    rollup::{
        days, member_lines, month,
        month::Kind,
        packed::{PackedHeader, PackedOrder},
    },
};

/// Whose lines are wanted; numbers ascend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Members {
    /// Those of products.
    Products(Vec<u32>),
    /// Those of categories, in some regions where any are named.
    Categories {
        /// The categories.
        ids: Vec<u32>,
        /// The regions.
        regions: Option<Vec<u32>>,
    },
}

/// Days to read of months.
type DaysOfMonths = BTreeMap<i64, Vec<Range<i64>>>;

impl Members {
    fn ids(&self) -> &[u32] {
        let (Self::Products(ids) | Self::Categories { ids, .. }) = self;
        ids
    }

    /// Whether a line is one of theirs.
    pub(super) fn have(&self, product: u32, category: u32) -> bool {
        match self {
            Self::Products(ids) => ids.binary_search(&product).is_ok(),
            Self::Categories { ids, .. } => ids.binary_search(&category).is_ok(),
        }
    }

    /// Whether the rows of their month are less to read than segments of so many days, each of which has all of the
    /// products and categories.
    fn are_less_than(&self, days: usize) -> bool {
        match self {
            Self::Products(_) => days > 0,
            Self::Categories { ids, .. } => days > ids.len(),
        }
    }

    /// Whether the part of a row that is of a product, or of a region of a category, is wanted.
    fn want_part(&self, number: u32) -> bool {
        match self {
            Self::Products(ids) => ids.binary_search(&number).is_ok(),
            Self::Categories { regions, .. } => {
                regions.as_ref().is_none_or(|regions| regions.binary_search(&number).is_ok())
            }
        }
    }

    /// What an order is in one part of: the day for products, the region and the day for categories.
    fn place_of(&self, number: u32) -> u32 {
        match self {
            Self::Products(_) => 0,
            Self::Categories { .. } => number,
        }
    }
}

impl Snapshot {
    /// As `for_each_order`, for who wants the lines of `members` alone, if of any: some orders come with just those, or with
    /// none.
    pub async fn for_each_order_of(
        &mut self,
        members: Option<&Members>,
        span: Span,
        answered: &Answered,
        wanted: impl Fn(&PackedHeader) -> bool,
        mut visit: impl FnMut(&PackedOrder),
    ) -> Result<()> {
        let Some(members) = members else {
            return self.for_each_order_of_days(None, span, answered, wanted, visit).await;
        };
        let ids = members.ids();
        if ids.is_empty() {
            return Ok(());
        }
        let days = self.days_of_months(members, span, answered).await?;
        self.for_each_order_of_months(members, &days, &wanted, |_, order| visit(order)).await?;
        let mut answered = answered.clone();
        answered.add_months(days.keys());
        self.for_each_order_of_days(Some(members), span, &answered, wanted, visit).await
    }

    /// Shows each order that has a line of one of `products`, which are by month, to `visit`, with its month and its lines of
    /// all those that are of the month, in the days that `days_of` tells of it. Months must have rows of products' lines.
    pub async fn for_each_order_by_product(
        &mut self,
        products: &BTreeMap<i64, Vec<u32>>,
        days_of: impl Fn(i64) -> Range<i64>,
        wanted: impl Fn(&PackedHeader) -> bool,
        mut visit: impl FnMut(i64, &PackedOrder),
    ) -> Result<()> {
        // Months by their products, so that a month brings those alone.
        let mut groups: BTreeMap<&[u32], DaysOfMonths> = BTreeMap::new();
        for (month, products) in products {
            groups.entry(products).or_default().insert(*month, vec![days_of(*month)]);
        }
        for (products, days) in groups {
            let members = Members::Products(products.to_vec());
            self.for_each_order_of_months(&members, &days, &wanted, &mut visit).await?;
        }
        Ok(())
    }

    async fn for_each_order_of_months(
        &mut self,
        members: &Members,
        days: &DaysOfMonths,
        wanted: impl Fn(&PackedHeader) -> bool,
        mut visit: impl FnMut(i64, &PackedOrder),
    ) -> Result<()> {
        if days.is_empty() {
            return Ok(());
        }
        let pending = &self.pending;
        let holds = |header: &PackedHeader| pending.leaves(header) && wanted(header);
        let mut query = select(&mut self.transaction, members, days).await?;
        let mut rows = query.build().fetch(&mut *self.transaction);
        let mut month = MonthRows::default();
        loop {
            let row = rows.try_next().await.context("read the lines of products or categories")?;
            let number = row.as_ref().map(|row| row.try_get::<i64, _>(0)).transpose()?;
            if number != month.number {
                if let Some(number) = month.number {
                    let visit = |order: &PackedOrder| visit(number, order);
                    month.for_each_order(members, &days[&number], holds, visit)?;
                }
                month = MonthRows { number, rows: Vec::new() };
            }
            let Some(row) = row else { return Ok(()) };
            month.rows.push(row.try_get(1)?);
        }
    }

    /// Shows each order that has a line of one of `categories`, by month, to `visit`, with its lines of that one: again and
    /// again where it has several. Months must have rows of categories' lines.
    pub async fn for_each_order_by_category(
        &mut self,
        categories: &BTreeSet<(i64, u32)>,
        wanted: impl Fn(&PackedHeader) -> bool,
        mut visit: impl FnMut(&PackedOrder),
    ) -> Result<()> {
        if categories.is_empty() {
            return Ok(());
        }
        let pending = &self.pending;
        let holds = |header: &PackedHeader| pending.leaves(header) && wanted(header);
        let months: BTreeSet<i64> = categories.iter().map(|(month, _)| *month).collect();
        let ids: BTreeSet<u32> = categories.iter().map(|(_, category)| *category).collect();
        let mut query = select_categories(ids, None, months);
        let mut rows = query.build().fetch(&mut *self.transaction);
        while let Some(row) = rows.try_next().await.context("read the lines of categories")? {
            let (month, category) = (row.try_get(0)?, u32::try_from(row.try_get::<i64, _>(2)?)?);
            if categories.contains(&(month, category)) {
                let mut days = Vec::new();
                member_lines::for_each_day(row.try_get(1)?, |_| true, |_, _, orders| days.push(orders))?;
                for orders in days {
                    member_lines::for_each_order(&[orders], holds, &mut visit)?;
                }
            }
        }
        Ok(())
    }

    /// The days of `span` that are not `answered`, of months whose rows have less to read than the days.
    async fn days_of_months(
        &mut self,
        members: &Members,
        span: Span,
        answered: &Answered,
    ) -> Result<DaysOfMonths> {
        let mut days = DaysOfMonths::new();
        let Some((first, last)) = self.day_bounds(span) else { return Ok(days) };
        for month in self.months_with_lines(members, first, last).await? {
            let all = days::days_of_month(month);
            let left = answered.gaps(all.start.max(first)..all.end.min(last + 1));
            if members.are_less_than(left.iter().map(|days| days.clone().count()).sum()) {
                days.insert(month, left);
            }
        }
        Ok(days)
    }

    /// Months from that of the day `first` to that of `last` that have rows of `members`.
    async fn months_with_lines(&mut self, members: &Members, first: i64, last: i64) -> Result<BTreeSet<i64>> {
        let kind = match members {
            Members::Categories { .. } => month::WRITING,
            Members::Products(_) => Kind::NEWEST as i64,
        };
        let select =
            "SELECT month FROM rollup_months WHERE kind = ? AND currency_id = 0 AND month BETWEEN ? AND ?";
        let rows = sqlx::query(select)
            .bind(kind)
            .bind(days::month_of(first))
            .bind(days::month_of(last))
            .fetch_all(&mut *self.transaction)
            .await
            .context("list the months with summaries")?;
        Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
    }
}

/// Rows of one month, while they come by.
#[derive(Default)]
struct MonthRows {
    number: Option<i64>,
    rows: Vec<Vec<u8>>,
}

impl MonthRows {
    /// The orders of the wanted days that have lines of `members`, and whose header is wanted too.
    fn for_each_order(
        &self,
        members: &Members,
        days: &[Range<i64>],
        wanted: impl Fn(&PackedHeader) -> bool,
        mut visit: impl FnMut(&PackedOrder),
    ) -> Result<()> {
        let mut by_day: BTreeMap<(i64, u32), Vec<&[u8]>> = BTreeMap::new();
        for row in &self.rows {
            let visit = |number, day, orders| {
                if days.iter().any(|days| days.contains(&day)) {
                    by_day.entry((day, members.place_of(number))).or_default().push(orders);
                }
            };
            member_lines::for_each_day(row, |number| members.want_part(number), visit)?;
        }
        for parts in by_day.values() {
            member_lines::for_each_order(parts, &wanted, &mut visit)?;
        }
        Ok(())
    }
}
