//! What products are called now: the name and category of each product's latest line, whatever the report's range.
//! Lines at the same instant are decided by the greater order id, then the greater line number.

use anyhow::{Context, Result};
use foldhash::{HashMap, HashMapExt};
use sqlx::{Any, AnyConnection, Executor as _, QueryBuilder, Row, any::AnyRow};

use crate::{columns, statements};

/// Products looked up in one statement.
const PRODUCTS_AT_ONCE: usize = 500;

/// Latest texts of a product.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Product {
    /// The shop's id.
    pub id: String,
    /// Latest name.
    pub name: String,
    /// Latest category.
    pub category: String,
}

/// The latest texts of `products` (numbers of `terms`), of which each has a line.
pub async fn products(connection: &mut AnyConnection, products: &[u32]) -> Result<HashMap<u32, Product>> {
    let mut latest: HashMap<u32, LatestLine> = HashMap::with_capacity(products.len());
    for chunk in products.chunks(PRODUCTS_AT_ONCE) {
        for row in read_latest(connection, chunk).await? {
            let product = u32::try_from(row.try_get::<i64, _>(0)?)?;
            let line = LatestLine::of(&row)?;
            let is_later = |known: &LatestLine| (&line.order, line.number) > (&known.order, known.number);
            if latest.get(&product).is_none_or(is_later) {
                latest.insert(product, line);
            }
        }
    }
    Ok(latest.into_iter().map(|(product, line)| (product, line.product)).collect())
}

#[derive(Debug)]
struct LatestLine {
    order: Vec<u8>,
    number: i64,
    product: Product,
}

impl LatestLine {
    fn of(row: &AnyRow) -> Result<Self> {
        let text = |index| anyhow::Ok(String::from_utf8_lossy(columns::bytes(row, index)?).into_owned());
        let product = Product { id: text(3)?, name: text(4)?, category: text(5)? };
        Ok(Self { order: columns::bytes(row, 1)?.to_vec(), number: row.try_get(2)?, product })
    }
}

async fn read_latest(connection: &mut AnyConnection, products: &[u32]) -> Result<Vec<AnyRow>> {
    let products: Vec<i64> = products.iter().map(|&id| i64::from(id)).collect();
    let mut query = QueryBuilder::<Any>::new(
        "SELECT l.product_id, o.external_id, l.line, p.value, COALESCE(n.value, ''), COALESCE(c.value, '') FROM ",
    );
    let names = " JOIN orders o ON o.id = l.order_id LEFT JOIN terms n ON n.kind = 3 AND n.id = l.name_id \
                 LEFT JOIN terms c ON c.kind = 4 AND c.id = l.category_id";
    // Each planner has a form in which it looks at the end of a product's lines alone, and reads all of them in the other.
    // MySQL's does so for numbers that it sees, and not for those that are bound.
    let rows = if connection.backend_name() == "SQLite" {
        query.push(
            "terms p JOIN order_lines l ON l.product_id = p.id \
             AND l.at_ms = (SELECT MAX(m.at_ms) FROM order_lines m WHERE m.product_id = p.id)",
        );
        query.push(names).push(" WHERE p.kind = 2 AND p.id IN ");
        statements::push_list(&mut query, &products);
        query.build().fetch_all(connection).await
    } else {
        query.push("(SELECT product_id, MAX(at_ms) AS at_ms FROM order_lines WHERE product_id IN (");
        let mut numbers = query.separated(", ");
        for product in products {
            numbers.push(product);
        }
        query.push(
            ") GROUP BY product_id) newest \
             JOIN order_lines l ON l.product_id = newest.product_id AND l.at_ms = newest.at_ms \
             JOIN terms p ON p.kind = 2 AND p.id = newest.product_id",
        );
        query.push(names);
        // Without a journey that prepares it.
        connection.fetch_all(query.sql()).await
    };
    rows.context("read product names")
}
