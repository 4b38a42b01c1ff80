//! Sales over a range: totals, breakdowns, top products, series.

use std::collections::BTreeMap;

use anyhow::Result;
use sqlx::AnyConnection;

use super::{
    product_months::ProductMonths, ranking::best_products, sales_fold::Fold, sales_months, sales_series,
    selection::Selection, tally::Tally,
};
use crate::{
    db::Db,
    extract::{Filters, ProductSort, Span},
    ingest::terms::{self, Term},
    rollup::{
        measures::Measures,
        packed::{PackedHeader, PackedOrder},
        scan::{Answered, Members, Months, Snapshot},
    },
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
    let SalesQuestion { span, filters, currency, .. } = question;
    let (selection, currency) = Selection::resolve(snapshot.connection(), *span, filters, currency).await?;
    let sums = sums(&mut snapshot, &selection, currency, &question.buckets).await?;
    sums.into_answer(snapshot.connection(), question).await
}

/// The sums of what `selection` keeps: of months, whole or sliced or of large products, and of days where they can answer,
/// else of its products' or categories' lines where it names some, else of single orders.
pub(super) async fn sums(
    snapshot: &mut Snapshot,
    selection: &Selection,
    currency: u32,
    buckets: &[Span],
) -> Result<Fold> {
    let wanted = |header: &PackedHeader| selection.keeps_order(header);
    let mut sums = Fold::new(buckets);
    let mut answered = Answered::default();
    if let Some((slice, rest)) = selection.slice() {
        let months = snapshot.sliced_months(slice, selection.span).await?;
        if let Some(filling) = sales_series::filling(&sums.series, snapshot, &months, &rest).await? {
            sales_months::add(&mut sums, snapshot, &months, &rest, currency, &filling).await?;
            answered.add_months(&months.periods);
        }
    }
    let members = selection.members();
    if let Some(Members::Products(_)) = members {
        let months = ProductMonths::of(snapshot, selection, currency, &sums.series, &answered).await?;
        months.add(&mut sums, snapshot, selection, currency).await?;
        months.add_to(&mut answered);
        let visit = |order: &PackedOrder| sums.add(order, selection, currency);
        snapshot.for_each_order_of(members.as_ref(), selection.span, &answered, wanted, visit).await?;
        return Ok(sums);
    }
    let months = periods(snapshot, selection, &answered).await?;
    if let Some(filling) = sales_series::filling(&sums.series, snapshot, &months, selection).await? {
        if sales_months::add(&mut sums, snapshot, &months, selection, currency, &filling).await? {
            answered.add_months(&months.periods);
        } else {
            (sums, answered) = (Fold::new(buckets), Answered::default());
        }
    }
    if selection.is_everything() && sums.series.is_by_slot() {
        let visit = |day: &[u8]| sums.add_day(day, currency, |_| {});
        snapshot.for_each_day_sums(selection.span, &mut answered, visit).await?;
    }
    let visit = |order: &PackedOrder| sums.add(order, selection, currency);
    snapshot.for_each_order_of(members.as_ref(), selection.span, &answered, wanted, visit).await?;
    Ok(sums)
}

/// The months, and thirds of months, of the range that are not `answered` and whose summaries can answer.
pub(super) async fn periods(
    snapshot: &mut Snapshot,
    selection: &Selection,
    answered: &Answered,
) -> Result<Months> {
    // Without filters sums of days answer as quickly as thirds of months.
    let mut months = if selection.is_everything() {
        snapshot.whole_months(selection.span).await?
    } else {
        snapshot.whole_periods(selection.span).await?
    };
    months.periods.retain(|month| !answered.holds_month(*month));
    Ok(months)
}

impl Fold {
    async fn into_answer(
        self,
        connection: &mut AnyConnection,
        question: &SalesQuestion,
    ) -> Result<SalesAnswer> {
        let best = best_products(connection, &self.products, question.sort, question.limit).await?;
        let [by_region, by_channel, by_category, other_currencies] = named(
            connection,
            [
                (Term::Region, &self.regions),
                (Term::Channel, &self.channels),
                (Term::Category, &self.categories),
                (Term::Currency, &self.currencies),
            ],
        )
        .await?;
        Ok(SalesAnswer {
            totals: self.totals,
            customers: self.customers.count(),
            by_region,
            by_channel,
            by_category,
            other_currencies,
            top_products: best,
            series: self.series.sums,
        })
    }
}

/// The groups of each of `tallies` by their texts.
pub(super) async fn named<const N: usize>(
    connection: &mut AnyConnection,
    tallies: [(Term, &Tally); N],
) -> Result<[BTreeMap<String, Measures>; N]> {
    let ids = |(kind, tally): (Term, &Tally)| -> Vec<(Term, u32)> {
        tally.groups().map(|(id, _)| (kind, id)).collect()
    };
    let wanted: Vec<(Term, u32)> = tallies.into_iter().flat_map(ids).collect();
    let names = terms::values_of(connection, &wanted).await?;
    let name = |kind, id| names.get(&(kind, id)).cloned().unwrap_or_default();
    Ok(tallies.map(|(kind, tally)| tally.groups().map(|(id, sums)| (name(kind, id), *sums)).collect()))
}
