//! Which rows have the lines of some products or categories.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use sqlx::{Any, AnyConnection, QueryBuilder, Row};

use super::{DaysOfMonths, Members};
use crate::{rollup::member_lines, statements};

/// Reads the rows of `members` by month.
pub(super) async fn select(
    connection: &mut AnyConnection,
    members: &Members,
    days: &DaysOfMonths,
) -> Result<QueryBuilder<'static, Any>> {
    let months: Vec<i64> = days.keys().copied().collect();
    match members {
        Members::Products(ids) => {
            let counts = row_counts(connection, &months).await?;
            Ok(select_products(ids, &months, &counts))
        }
        Members::Categories { ids, regions } => {
            Ok(select_categories(ids.iter().copied(), regions.as_deref(), months))
        }
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
    push_buckets(&mut query, products, counts);
    query.push(" ORDER BY month");
    query
}

/// Buckets that have lines of `members` where there are as many rows.
fn buckets_of(members: &[u32], counts: &[i64]) -> Vec<i64> {
    let buckets =
        members.iter().flat_map(|&member| counts.iter().map(move |count| i64::from(member) % count));
    buckets.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Reads month, data and category of the rows that have lines of `categories` in `regions`, if any are named.
pub(super) fn select_categories(
    categories: impl IntoIterator<Item = u32>,
    regions: Option<&[u32]>,
    months: impl IntoIterator<Item = i64>,
) -> QueryBuilder<'static, Any> {
    let mut query = QueryBuilder::<Any>::new(
        "SELECT month, data, category_id FROM rollup_category_region_lines WHERE month IN ",
    );
    statements::push_list(&mut query, &months.into_iter().collect::<Vec<i64>>());
    query.push(" AND category_id IN ");
    statements::push_list(&mut query, &categories.into_iter().map(i64::from).collect::<Vec<i64>>());
    if let Some(regions) = regions {
        push_buckets(&mut query, regions, &member_lines::CATEGORY_BUCKETS.map(i64::from));
    }
    query.push(" ORDER BY month");
    query
}

/// Appends which rows have lines of `members`, where months or categories are stored as `counts` rows.
fn push_buckets(query: &mut QueryBuilder<'static, Any>, members: &[u32], counts: &[i64]) {
    // The whole key: MySQL fetches the data of every row that it comes by.
    query.push(" AND buckets IN ");
    statements::push_list(query, counts);
    query.push(" AND bucket IN ");
    statements::push_list(query, &buckets_of(members, counts));
    if members.is_empty() {
        return;
    }
    query.push(" AND (");
    let mut buckets = query.separated(" OR ");
    for member in members {
        buckets.push("bucket = ").push_bind_unseparated(i64::from(*member)).push_unseparated(" % buckets");
    }
    query.push(")");
}
