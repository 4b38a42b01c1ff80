//! Products over a range: each one's sums, for ranking, shares and classes.

use std::{cmp::Reverse, collections::BTreeMap};

use anyhow::Result;

use super::{
    catalogue,
    sales::{ProductSales, currency_id, named, product_sales},
    selection::Selection,
    tally::Tally,
};
use crate::{
    db::Db,
    extract::{Filters, Span},
    ingest::terms::Term,
    rollup::{measures::Measures, scan::Snapshot},
};

/// What to count.
#[derive(Debug, Clone)]
pub struct ProductsQuestion {
    /// When; `None` for all time.
    pub span: Option<Span>,
    /// Which lines.
    pub filters: Filters,
    /// ISO 4217 code to report in.
    pub currency: String,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductsAnswer {
    /// Every product with a line in the range, best net revenue first; ties by product id.
    pub products: Vec<ProductSales>,
    /// By category name.
    pub by_category: BTreeMap<String, Measures>,
    /// First and last second with a line in the range, if any.
    pub observed: Option<Span>,
}

/// All of time that an order can have.
pub(super) const ALL_TIME: Span = Span { start: -62_135_596_800, end: 253_402_300_800 };

/// Answers `question` from one state of the store.
pub async fn answer(db: &Db, question: &ProductsQuestion) -> Result<ProductsAnswer> {
    let mut snapshot = Snapshot::open(db).await?;
    let span = question.span.unwrap_or(ALL_TIME);
    let selection = Selection::resolve(snapshot.connection(), span, &question.filters).await?;
    let currency = currency_id(snapshot.connection(), &question.currency).await?;
    let (mut products, mut categories) = (Tally::default(), Tally::default());
    let mut observed: Option<Span> = None;
    snapshot
        .for_each_order(span, &BTreeMap::new(), |order| {
            let header = &order.header;
            if header.currency != currency || !selection.keeps_order(header) {
                return;
            }
            for line in order.lines.iter().filter(|line| selection.keeps_line(line)) {
                products.add(line.product, header.order, line);
                categories.add(line.category, header.order, line);
                let seen = observed.get_or_insert(Span { start: line.at, end: line.at });
                *seen = Span { start: seen.start.min(line.at), end: seen.end.max(line.at) };
            }
        })
        .await?;
    let ids: Vec<u32> = products.groups().map(|(id, _)| id).collect();
    let mut catalogue = catalogue::products(snapshot.connection(), &ids).await?;
    let mut products: Vec<ProductSales> =
        products.groups().map(|(id, measures)| product_sales(&mut catalogue, id, measures)).collect();
    products.sort_by(|a, b| {
        (Reverse(a.measures.net()), &a.product_id).cmp(&(Reverse(b.measures.net()), &b.product_id))
    });
    let by_category = named(snapshot.connection(), Term::Category, &categories).await?;
    Ok(ProductsAnswer { products, by_category, observed })
}
