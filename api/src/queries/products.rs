//! Products over a range: each one's sums, for ranking, shares and classes.

use std::{cmp::Reverse, collections::BTreeMap};

use anyhow::Result;

use super::{
    catalogue, facts,
    sales::{ProductSales, currency_id, named, product_sales},
    sales_fold::Fold,
    sales_months,
    selection::Selection,
};
use crate::{
    db::Db,
    extract::{Filters, Span},
    ingest::terms::Term,
    rollup::{
        measures::Measures,
        month::{Kind, SLOT_SECONDS},
        packed::PackedOrder,
        scan::Snapshot,
    },
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
    /// The seconds at which the quarter hours of the first and the last line in the range begin, if there is one.
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
    let fold = sums(&mut snapshot, span, &selection, currency).await?;
    let Fold { products, categories, .. } = fold.sums;
    let ids: Vec<u32> = products.groups().map(|(id, _)| id).collect();
    let mut catalogue = catalogue::products(snapshot.connection(), &ids).await?;
    let mut products: Vec<ProductSales> =
        products.groups().map(|(id, measures)| product_sales(&mut catalogue, id, measures)).collect();
    products.sort_by(|a, b| {
        (Reverse(a.measures.net()), &a.product_id).cmp(&(Reverse(b.measures.net()), &b.product_id))
    });
    let by_category = named(snapshot.connection(), Term::Category, &categories).await?;
    Ok(ProductsAnswer { products, by_category, observed: fold.observed })
}

/// The sums of a sales report, and when there was something to add.
#[derive(Default)]
struct Sums {
    sums: Fold,
    observed: Option<Span>,
}

impl Sums {
    fn add(&mut self, order: &PackedOrder, selection: &Selection, currency: u32) {
        if order.header.currency != currency || !selection.keeps_order(&order.header) {
            return;
        }
        for line in order.lines.iter().filter(|line| selection.keeps_line(line)) {
            let slot = line.at.div_euclid(SLOT_SECONDS) * SLOT_SECONDS;
            self.observe(Span { start: slot, end: slot });
        }
        self.sums.add(order, selection, currency);
    }

    fn observe(&mut self, slots: Span) {
        let seen = self.observed.get_or_insert(slots);
        *seen = Span { start: seen.start.min(slots.start), end: seen.end.max(slots.end) };
    }
}

/// From the facts where products are asked for, else from months where they can answer, and from days.
async fn sums(snapshot: &mut Snapshot, span: Span, selection: &Selection, currency: u32) -> Result<Sums> {
    let mut sums = Sums::default();
    if let Some(products) = selection.product_ids() {
        let visit = |order: &PackedOrder| sums.add(order, selection, currency);
        facts::for_each_order(snapshot.connection(), span, &products, visit).await?;
        return Ok(sums);
    }
    let mut months = snapshot.whole_months(Kind::Groups, span).await?;
    // Summaries do not tell when a category had its first line.
    let answered = selection.category_count().is_none()
        && sales_months::add_sums(&mut sums.sums, snapshot, &months, selection, currency).await?;
    if answered {
        if let Some(slots) = sales_months::observed(snapshot, &months, selection, currency).await? {
            sums.observe(slots);
        }
    } else {
        months.clear();
        sums = Sums::default();
    }
    snapshot.for_each_order(span, &months, |order| sums.add(order, selection, currency)).await?;
    Ok(sums)
}
