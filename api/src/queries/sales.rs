//! Sales over a range: totals, breakdowns, top products, series.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use sqlx::AnyConnection;

use super::{
    catalogue,
    selection::Selection,
    tally::{IdSet, Tally},
};
use crate::{
    db::Db,
    extract::{Filters, ProductSort, Span},
    ingest::terms::{self, Term},
    rollup::{measures::Measures, month::add_line, packed::PackedOrder, scan::Snapshot},
};

/// What to count.
#[derive(Debug, Clone)]
pub struct SalesQuestion {
    /// When.
    pub span: Span,
    /// Which lines.
    pub filters: Filters,
    /// ISO 4217 code to report in.
    pub currency: String,
    /// Consecutive buckets of the series, within `span`; empty for no series.
    pub buckets: Vec<Span>,
    /// How many top products; 0 for none.
    pub limit: usize,
    /// Order of the top products.
    pub sort: ProductSort,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SalesAnswer {
    /// Everything together.
    pub totals: Measures,
    /// Distinct customers with a sale (guests are none).
    pub customers: u64,
    /// By region name.
    pub by_region: BTreeMap<String, Measures>,
    /// By channel name.
    pub by_channel: BTreeMap<String, Measures>,
    /// By category name.
    pub by_category: BTreeMap<String, Measures>,
    /// Best first; ties by product id.
    pub top_products: Vec<ProductSales>,
    /// One for each bucket asked for.
    pub series: Vec<Measures>,
    /// The other currencies with lines in the range, each with its own totals, by code.
    pub other_currencies: BTreeMap<String, Measures>,
}

/// Sales of one product.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductSales {
    /// The shop's id.
    pub product_id: String,
    /// Latest name.
    pub name: String,
    /// Latest category.
    pub category: String,
    /// Its sums.
    pub measures: Measures,
}

/// Answers `question` from one state of the store.
pub async fn answer(db: &Db, question: &SalesQuestion) -> Result<SalesAnswer> {
    let mut snapshot = Snapshot::open(db).await?;
    let selection = Selection::resolve(snapshot.connection(), question.span, &question.filters).await?;
    let currency = currency_id(snapshot.connection(), &question.currency).await?;
    let mut fold = Fold { series: Series::new(&question.buckets), ..Fold::default() };
    snapshot.for_each_order(question.span, |order| fold.add(order, &selection, currency)).await?;
    fold.into_answer(snapshot.connection(), question).await
}

/// The number of a currency; `u32::MAX`, which no order has, when the store does not know it.
pub(super) async fn currency_id(connection: &mut AnyConnection, code: &str) -> Result<u32> {
    let ids = terms::known_ids(connection, Term::Currency, &[code.to_owned()]).await?;
    Ok(ids.get(code).copied().unwrap_or(u32::MAX))
}

/// Sums as orders come by.
#[derive(Debug, Default)]
struct Fold {
    totals: Measures,
    customers: IdSet,
    regions: Tally,
    channels: Tally,
    categories: Tally,
    products: Tally,
    currencies: Tally,
    series: Series,
}

impl Fold {
    fn add(&mut self, order: &PackedOrder, selection: &Selection, currency: u32) {
        let header = &order.header;
        if !selection.keeps_order(header) {
            return;
        }
        if header.currency != currency {
            self.add_foreign(order, selection);
            return;
        }
        let mut sums = Measures::default();
        let mut any = false;
        for line in order.lines.iter().filter(|line| selection.keeps_line(line)) {
            any = true;
            add_line(&mut sums, line);
            self.categories.add(line.category, header.order, line);
            self.products.add(line.product, header.order, line);
            if let Some(bucket) = self.series.bucket(line.at) {
                add_line(bucket, line);
                if !line.refund && sums.orders == 0 {
                    bucket.orders += 1;
                }
            }
            if !line.refund {
                sums.orders = 1;
            }
        }
        if !any {
            return;
        }
        self.totals.add(&sums);
        self.regions.add_sums(header.region, &sums);
        self.channels.add_sums(header.channel, &sums);
        if sums.orders == 1 && header.customer != 0 {
            self.customers.insert(header.customer);
        }
    }

    fn add_foreign(&mut self, order: &PackedOrder, selection: &Selection) {
        for line in order.lines.iter().filter(|line| selection.keeps_line(line)) {
            self.currencies.add(order.header.currency, order.header.order, line);
        }
    }

    async fn into_answer(
        self,
        connection: &mut AnyConnection,
        question: &SalesQuestion,
    ) -> Result<SalesAnswer> {
        let best = best_products(connection, &self.products, question).await?;
        Ok(SalesAnswer {
            totals: self.totals,
            customers: self.customers.len(),
            by_region: named(connection, Term::Region, &self.regions).await?,
            by_channel: named(connection, Term::Channel, &self.channels).await?,
            by_category: named(connection, Term::Category, &self.categories).await?,
            other_currencies: named(connection, Term::Currency, &self.currencies).await?,
            top_products: best,
            series: self.series.sums,
        })
    }
}

/// Sums by consecutive buckets.
#[derive(Debug, Default)]
struct Series {
    buckets: Vec<Span>,
    sums: Vec<Measures>,
    /// The bucket that was hit last: lines come in runs.
    last: usize,
}

impl Series {
    fn new(buckets: &[Span]) -> Self {
        Self { buckets: buckets.to_vec(), sums: vec![Measures::default(); buckets.len()], last: 0 }
    }

    /// The sums of the bucket that holds `second`, if any does.
    fn bucket(&mut self, second: i64) -> Option<&mut Measures> {
        let holds = |bucket: &Span| bucket.start <= second && second < bucket.end;
        if !self.buckets.get(self.last).is_some_and(holds) {
            self.last = self.buckets.partition_point(|bucket| bucket.end <= second);
            self.buckets.get(self.last).filter(|bucket| holds(bucket))?;
        }
        self.sums.get_mut(self.last)
    }
}

/// The groups of `tally` by their texts.
pub(super) async fn named(
    connection: &mut AnyConnection,
    kind: Term,
    tally: &Tally,
) -> Result<BTreeMap<String, Measures>> {
    let ids: Vec<u32> = tally.groups().map(|(id, _)| id).collect();
    let names = terms::values(connection, kind, &ids).await?;
    let name = |id: &u32| names.get(id).cloned().unwrap_or_default();
    Ok(tally.groups().map(|(id, measures)| (name(&id), *measures)).collect())
}

async fn best_products(
    connection: &mut AnyConnection,
    products: &Tally,
    question: &SalesQuestion,
) -> Result<Vec<ProductSales>> {
    let key = |measures: &Measures| match question.sort {
        ProductSort::Revenue => measures.net(),
        ProductSort::Quantity => measures.units(),
        ProductSort::Orders => measures.orders,
    };
    let mut ranked: Vec<(i64, u32, &Measures)> =
        products.groups().map(|(id, measures)| (-key(measures), id, measures)).collect();
    if question.limit == 0 || ranked.is_empty() {
        return Ok(Vec::new());
    }
    // Ties are decided by the shop's ids: keep all that tie with the last place until those are known.
    let last = question.limit.min(ranked.len()) - 1;
    let (_, &mut (cut, ..), _) = ranked.select_nth_unstable_by_key(last, |&(key, ..)| key);
    ranked.retain(|&(key, ..)| key <= cut);
    let ids: Vec<u32> = ranked.iter().map(|&(_, id, _)| id).collect();
    let texts = terms::values(connection, Term::Product, &ids).await?;
    ranked.sort_by(|a, b| (a.0, texts.get(&a.1)).cmp(&(b.0, texts.get(&b.1))));
    ranked.truncate(question.limit);
    let ids: Vec<u32> = ranked.iter().map(|&(_, id, _)| id).collect();
    let mut catalogue = catalogue::products(connection, &ids).await?;
    Ok(ranked.into_iter().map(|(_, id, measures)| product_sales(&mut catalogue, id, measures)).collect())
}

/// One product's row; takes its texts out of `catalogue`.
pub(super) fn product_sales(
    catalogue: &mut HashMap<u32, catalogue::Product>,
    id: u32,
    measures: &Measures,
) -> ProductSales {
    let product = catalogue.remove(&id).unwrap_or_default();
    ProductSales {
        product_id: product.id,
        name: product.name,
        category: product.category,
        measures: *measures,
    }
}
