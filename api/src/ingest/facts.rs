//! The SQL of `orders`, `order_lines` and `rollup_deltas`: reads stored orders, writes what a batch changes. Decides nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::{Context, Result};
use sqlx::{Any, AnyConnection, QueryBuilder, Row, any::AnyRow};

use super::stored::{Header, StoredLine, StoredOrder};
use crate::{
    columns,
    db::{Db, Dialect},
    rollup::delta::Delta,
    statements,
};

/// Rows of one multi-row statement: 12 columns × 512 stays under every server's limit of parameters.
const ROWS: usize = 512;

/// Stored orders by the shop's id.
pub(super) type Orders<'a> = BTreeMap<&'a str, StoredOrder>;

pub(super) async fn insert_orders(
    db: &Db,
    connection: &mut AnyConnection,
    orders: &[(&str, &StoredOrder)],
) -> Result<(), sqlx::Error> {
    for chunk in statements::pieces(orders, ROWS) {
        let mut query = QueryBuilder::<Any>::new(db.dialect.insert());
        query.push(
            " INTO orders (id, external_id, customer_id, region_id, channel_id, currency_id, ordered_ms) ",
        );
        query.push_values(chunk, |mut row, (key, order)| {
            row.push_bind(order.id)
                .push_bind(key.as_bytes().to_vec())
                .push_bind(i64::from(order.header.customer))
                .push_bind(i64::from(order.header.region))
                .push_bind(i64::from(order.header.channel))
                .push_bind(i64::from(order.header.currency))
                .push_bind(order.ordered_ms());
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

pub(super) async fn update_order(
    connection: &mut AnyConnection,
    order: &StoredOrder,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE orders SET customer_id = ?, region_id = ?, channel_id = ?, currency_id = ?, ordered_ms = ? WHERE id = ?",
    )
    .bind(i64::from(order.header.customer))
    .bind(i64::from(order.header.region))
    .bind(i64::from(order.header.channel))
    .bind(i64::from(order.header.currency))
    .bind(order.ordered_ms())
    .bind(order.id)
    .execute(connection)
    .await
    .map(drop)
}

/// Deletes the old lines that are gone or that another version replaces.
pub(super) async fn delete_lines(
    connection: &mut AnyConnection,
    old: &StoredOrder,
    new: &StoredOrder,
) -> Result<(), sqlx::Error> {
    let gone: Vec<u32> = old
        .lines
        .iter()
        .filter(|(number, line)| new.lines.get(number) != Some(line))
        .map(|(number, _)| *number)
        .collect();
    for chunk in gone.chunks(ROWS) {
        let mut query = QueryBuilder::<Any>::new("DELETE FROM order_lines WHERE order_id = ");
        query.push_bind(old.id).push(" AND line IN ");
        statements::push_list(&mut query, &chunk.iter().map(|number| i64::from(*number)).collect::<Vec<_>>());
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

pub(super) async fn insert_lines(
    db: &Db,
    connection: &mut AnyConnection,
    rows: &[(i64, (&u32, &StoredLine))],
) -> Result<(), sqlx::Error> {
    for chunk in statements::pieces(rows, ROWS) {
        let mut query = QueryBuilder::<Any>::new(db.dialect.insert());
        query.push(
            " INTO order_lines (order_id, line, product_id, at_ms, refund, name_id, category_id, quantity, \
             unit_price, discount, gross_minor, net_minor) ",
        );
        query.push_values(chunk, |mut row, (order_id, (number, line))| {
            row.push_bind(*order_id)
                .push_bind(i64::from(**number))
                .push_bind(i64::from(line.product))
                .push_bind(line.at_ms)
                .push_bind(i64::from(line.refund))
                .push_bind(i64::from(line.name))
                .push_bind(i64::from(line.category))
                .push_bind(line.quantity)
                .push_bind(line.unit_price)
                .push_bind(line.discount)
                .push_bind(line.gross_minor)
                .push_bind(line.net_minor);
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

pub(super) async fn append_delta(connection: &mut AnyConnection, delta: &Delta) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO rollup_deltas (created_ms, changes, line_growth, data) VALUES (?, ?, ?, ?)")
        .bind(jiff::Timestamp::now().as_millisecond())
        .bind(delta.changes())
        .bind(delta.line_growth())
        .bind(delta.encode())
        .execute(connection)
        .await
        .map(drop)
}

/// Reads the stored orders of `keys` with their lines, locked until the end of the transaction.
pub(super) async fn load<'a>(
    db: &Db,
    connection: &mut AnyConnection,
    keys: &BTreeSet<&'a str>,
) -> Result<Orders<'a>> {
    let mut orders = Orders::new();
    let mut key_of: HashMap<i64, &'a str> = HashMap::new();
    let keys: Vec<&'a str> = keys.iter().copied().collect();
    for chunk in keys.chunks(ROWS) {
        let mut query = QueryBuilder::<Any>::new(
            "SELECT id, external_id, customer_id, region_id, channel_id, currency_id FROM orders",
        );
        query.push(by_order_id(db.dialect)).push(" WHERE external_id IN ");
        statements::push_list(
            &mut query,
            &chunk.iter().map(|key| key.as_bytes().to_vec()).collect::<Vec<_>>(),
        );
        query.push(db.dialect.for_update());
        let rows = query.build().fetch_all(&mut *connection).await?;
        for row in rows {
            let found = columns::bytes(&row, 1)?;
            let index = chunk
                .binary_search_by(|key| key.as_bytes().cmp(found))
                .ok()
                .context("an order that was not asked for")?;
            let key = chunk[index];
            let order = order_of(&row)?;
            key_of.insert(order.id, key);
            orders.insert(key, order);
        }
    }
    let ids: Vec<i64> = key_of.keys().copied().collect();
    for chunk in ids.chunks(ROWS) {
        load_lines(connection, chunk, &key_of, &mut orders).await?;
    }
    Ok(orders)
}

/// `MySQL` reads a small table, or one that its statistics take for small, from end to end, and would wait for every order
/// that is being written.
fn by_order_id(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "",
        Dialect::MySql => " FORCE INDEX (orders_external_id)",
    }
}

async fn load_lines(
    connection: &mut AnyConnection,
    ids: &[i64],
    key_of: &HashMap<i64, &str>,
    orders: &mut Orders<'_>,
) -> Result<()> {
    let mut query = QueryBuilder::<Any>::new(
        "SELECT order_id, line, product_id, at_ms, refund, name_id, category_id, quantity, unit_price, discount, \
         gross_minor, net_minor FROM order_lines WHERE order_id IN ",
    );
    statements::push_list(&mut query, ids);
    for row in query.build().fetch_all(connection).await? {
        let order_id: i64 = row.try_get(0)?;
        let order =
            key_of.get(&order_id).and_then(|key| orders.get_mut(*key)).context("a line without an order")?;
        order.lines.insert(id_at(&row, 1)?, line_of(&row)?);
    }
    Ok(())
}

fn order_of(row: &AnyRow) -> Result<StoredOrder> {
    let header = Header {
        customer: id_at(row, 2)?,
        region: id_at(row, 3)?,
        channel: id_at(row, 4)?,
        currency: id_at(row, 5)?,
    };
    Ok(StoredOrder { id: row.try_get(0)?, header, lines: BTreeMap::new() })
}

/// A line from columns 2 to 11 of `load_lines`.
fn line_of(row: &AnyRow) -> Result<StoredLine> {
    Ok(StoredLine {
        product: id_at(row, 2)?,
        at_ms: row.try_get(3)?,
        refund: row.try_get::<i64, _>(4)? != 0,
        name: id_at(row, 5)?,
        category: id_at(row, 6)?,
        quantity: row.try_get(7)?,
        unit_price: row.try_get(8)?,
        discount: row.try_get(9)?,
        gross_minor: row.try_get(10)?,
        net_minor: row.try_get(11)?,
    })
}

fn id_at(row: &AnyRow, column: usize) -> Result<u32> {
    Ok(u32::try_from(row.try_get::<i64, _>(column)?)?)
}
