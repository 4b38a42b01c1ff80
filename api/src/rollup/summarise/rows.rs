//! The rows that summaries are stored as, and which tables they are in. Adds nothing up.

use std::collections::BTreeSet;

use sqlx::{Any, AnyConnection, QueryBuilder};

use crate::{
    rollup::{
        days,
        member_lines::MemberLines,
        month::{Kind, Part},
        slices::Slice,
    },
    statements,
};

/// What is derived month by month.
pub(in crate::rollup) const TABLES_OF_MONTHS: [&str; 5] = [
    "rollup_months",
    "rollup_slices",
    "rollup_product_lines",
    "rollup_category_region_lines",
    // Of programs of before.
    "rollup_category_lines",
];
/// Rows written in one statement, at most.
const ROWS_AT_ONCE: usize = 64;
/// Bytes written in one statement, unless a single row has more: servers refuse packets above a limit (16 MiB where
/// nothing else is set).
pub(super) const BYTES_AT_ONCE: usize = 2 << 20;

/// Throws the summaries of `months` away, and of their quarters and years, in the transaction that changes their days.
pub(in crate::rollup) async fn forget(
    connection: &mut AnyConnection,
    months: &BTreeSet<i64>,
) -> Result<(), sqlx::Error> {
    for month in months {
        for derived in TABLES_OF_MONTHS {
            let delete = format!("DELETE FROM {derived} WHERE month = ?");
            sqlx::query(&delete).bind(*month).execute(&mut *connection).await?;
        }
        let thirds = days::thirds_of_month(*month).into_iter();
        let periods: Vec<i64> = thirds.chain(days::merged_of_month(*month)).collect();
        let mut delete = QueryBuilder::<Any>::new("DELETE FROM rollup_months WHERE month IN ");
        statements::push_list(&mut delete, &periods);
        delete.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// Throws what is written of a quarter or year away.
pub(super) async fn forget_merged(connection: &mut AnyConnection, period: i64) -> Result<(), sqlx::Error> {
    let delete = "DELETE FROM rollup_months WHERE month = ?";
    sqlx::query(delete).bind(period).execute(connection).await?;
    Ok(())
}

pub(super) async fn write(
    connection: &mut AnyConnection,
    month: i64,
    kind: i64,
    rows: &[(Part, Vec<u8>)],
) -> Result<(), sqlx::Error> {
    for piece in statements::pieces_by_bytes(rows, ROWS_AT_ONCE, BYTES_AT_ONCE, |(_, data)| data.len()) {
        let mut query = QueryBuilder::<Any>::new(
            "INSERT INTO rollup_months (kind, currency_id, region_id, channel_id, month, data) ",
        );
        query.push_values(piece, |mut row, (part, data)| {
            row.push_bind(kind)
                .push_bind(i64::from(part.currency))
                .push_bind(i64::from(part.region))
                .push_bind(i64::from(part.channel))
                .push_bind(month)
                .push_bind(data.clone());
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

pub(super) async fn write_slice(
    connection: &mut AnyConnection,
    month: i64,
    slice: Slice,
    kind: Kind,
    rows: &[(Part, Vec<u8>)],
) -> Result<(), sqlx::Error> {
    for (part, data) in rows {
        let insert = "INSERT INTO rollup_slices (dimension, member_id, kind, currency_id, month, data) \
                      VALUES (?, ?, ?, ?, ?, ?)";
        sqlx::query(insert)
            .bind(slice.dimension())
            .bind(slice.member())
            .bind(kind as i64)
            .bind(i64::from(part.currency))
            .bind(month)
            .bind(data.as_slice())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

pub(super) async fn write_lines(
    connection: &mut AnyConnection,
    month: i64,
    lines: MemberLines,
) -> Result<(), sqlx::Error> {
    let buckets = i64::from(lines.buckets());
    let (products, categories) = lines.rows();
    for piece in statements::pieces_by_bytes(&products, ROWS_AT_ONCE, BYTES_AT_ONCE, |(_, data)| data.len()) {
        let mut query =
            QueryBuilder::<Any>::new("INSERT INTO rollup_product_lines (month, buckets, bucket, data) ");
        query.push_values(piece, |mut row, (bucket, data)| {
            row.push_bind(month).push_bind(buckets).push_bind(*bucket).push_bind(data.clone());
        });
        query.build().execute(&mut *connection).await?;
    }
    for piece in statements::pieces_by_bytes(&categories, ROWS_AT_ONCE, BYTES_AT_ONCE, |row| row.data.len()) {
        let mut query = QueryBuilder::<Any>::new(
            "INSERT INTO rollup_category_region_lines (month, category_id, buckets, bucket, data) ",
        );
        query.push_values(piece, |mut values, row| {
            values.push_bind(month).push_bind(i64::from(row.category)).push_bind(i64::from(row.buckets));
            values.push_bind(i64::from(row.bucket)).push_bind(row.data.clone());
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}
