//! Orders read from the facts, for the products asked for: their index makes this cheaper than any roll-up.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use sqlx::{Any, AnyConnection, QueryBuilder, Row, any::AnyRow};

use crate::{
    extract::Span,
    rollup::packed::{PackedHeader, PackedLine, PackedOrder},
    statements,
};

/// Shows each order with lines of `products` in `span` to `visit`, with just those lines.
pub(super) async fn for_each_order(
    connection: &mut AnyConnection,
    span: Span,
    products: &[u32],
    visit: impl FnMut(&PackedOrder),
) -> Result<()> {
    if products.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::<Any>::new(
        "SELECT o.id, o.customer_id, o.region_id, o.channel_id, o.currency_id, l.line, l.at_ms, l.refund, l.product_id, \
         l.category_id, l.quantity, l.gross_minor, l.net_minor \
         FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE l.at_ms >= ",
    );
    query.push_bind(span.start.saturating_mul(1_000));
    query.push(" AND l.at_ms < ").push_bind(span.end.saturating_mul(1_000)).push(" AND l.product_id IN ");
    statements::push_list(&mut query, &products.iter().map(|&id| i64::from(id)).collect::<Vec<_>>());
    let mut rows = query.build().fetch(connection);
    let mut orders: BTreeMap<u64, PackedOrder> = BTreeMap::new();
    while let Some(row) = rows.try_next().await.context("read the lines of products")? {
        let (header, line) = line_of(&row)?;
        let order = orders.entry(header.order).or_insert_with(|| PackedOrder { header, lines: Vec::new() });
        order.lines.push(line);
    }
    orders.values().for_each(visit);
    Ok(())
}

fn line_of(row: &AnyRow) -> Result<(PackedHeader, PackedLine)> {
    let id = |column| Ok::<u32, anyhow::Error>(u32::try_from(row.try_get::<i64, _>(column)?)?);
    let header = PackedHeader {
        order: u64::try_from(row.try_get::<i64, _>(0)?)?,
        customer: id(1)?,
        region: id(2)?,
        channel: id(3)?,
        currency: id(4)?,
    };
    let line = PackedLine {
        line: id(5)?,
        at: row.try_get::<i64, _>(6)?.div_euclid(1_000),
        refund: row.try_get::<i64, _>(7)? != 0,
        product: id(8)?,
        category: id(9)?,
        quantity: row.try_get(10)?,
        gross: row.try_get(11)?,
        net: row.try_get(12)?,
    };
    Ok((header, line))
}
