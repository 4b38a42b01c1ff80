//! What products are called now: the name and category of each product's latest line, whatever the report's range.
//! Lines at the same instant are decided by the greater order id, then the greater line number.

use anyhow::{Context, Result};
use foldhash::{HashMap, HashMapExt};
use sqlx::{Any, AnyConnection, QueryBuilder, Row};

use crate::{
    columns,
    ingest::terms::{self, Term},
    statements,
};

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

/// The latest texts of `products` (numbers of `terms`).
pub async fn products(connection: &mut AnyConnection, products: &[u32]) -> Result<HashMap<u32, Product>> {
    let mut latest = HashMap::with_capacity(products.len());
    for chunk in products.chunks(PRODUCTS_AT_ONCE) {
        read_latest(connection, chunk, &mut latest).await?;
    }
    let mut wanted: Vec<(Term, u32)> = products.iter().map(|&id| (Term::Product, id)).collect();
    let of_line = |line: &LatestLine| [(Term::Name, line.name), (Term::Category, line.category)];
    wanted.extend(latest.values().flat_map(of_line));
    wanted.sort_unstable();
    wanted.dedup();
    let texts = terms::values_of(connection, &wanted).await?;
    let text = |kind, id| texts.get(&(kind, id)).cloned().unwrap_or_default();
    let product = |id: &u32| {
        let line = latest.get(id).cloned().unwrap_or_default();
        (
            *id,
            Product {
                id: text(Term::Product, *id),
                name: text(Term::Name, line.name),
                category: text(Term::Category, line.category),
            },
        )
    };
    Ok(products.iter().map(product).collect())
}

#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct LatestLine {
    order: Vec<u8>,
    line: i64,
    name: u32,
    category: u32,
}

async fn read_latest(
    connection: &mut AnyConnection,
    products: &[u32],
    latest: &mut HashMap<u32, LatestLine>,
) -> Result<()> {
    let products: Vec<i64> = products.iter().map(|&id| i64::from(id)).collect();
    let mut query = QueryBuilder::<Any>::new(
        "SELECT l.product_id, o.external_id, l.line, l.name_id, l.category_id FROM ",
    );
    // Each planner has a form in which it looks at the end of a product's lines alone, and reads all of them in the other.
    // MySQL's does so for numbers that it sees, and not for those that are bound.
    let bound = connection.backend_name() == "SQLite";
    if bound {
        query.push(
            "terms p JOIN order_lines l ON l.product_id = p.id \
             AND l.at_ms = (SELECT MAX(m.at_ms) FROM order_lines m WHERE m.product_id = p.id) \
             JOIN orders o ON o.id = l.order_id WHERE p.kind = 2 AND p.id IN ",
        );
        statements::push_list(&mut query, &products);
    } else {
        query.push("(SELECT product_id, MAX(at_ms) AS at_ms FROM order_lines WHERE product_id IN (");
        let mut numbers = query.separated(", ");
        for product in products {
            numbers.push(product);
        }
        query.push(
            ") GROUP BY product_id) newest \
             JOIN order_lines l ON l.product_id = newest.product_id AND l.at_ms = newest.at_ms \
             JOIN orders o ON o.id = l.order_id",
        );
    }
    let rows = query.build().persistent(bound).fetch_all(connection).await.context("read product names")?;
    for row in rows {
        let product = u32::try_from(row.try_get::<i64, _>(0)?)?;
        let line = LatestLine {
            order: columns::bytes(&row, 1)?.to_vec(),
            line: row.try_get(2)?,
            name: u32::try_from(row.try_get::<i64, _>(3)?)?,
            category: u32::try_from(row.try_get::<i64, _>(4)?)?,
        };
        let entry = latest.entry(product).or_default();
        if line > *entry {
            *entry = line;
        }
    }
    Ok(())
}
