//! Products over a range: each one's sums, for ranking, shares and classes.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use anyhow::Result;
use sqlx::AnyConnection;

use super::{
    product_months::ProductMonths,
    ranking,
    sales::{self, ProductSales},
    sales_fold::Fold,
    sales_months,
    sales_series::Filling,
    selection::Selection,
    tally::Tally,
};
use crate::{
    db::Db,
    extract::{Filters, ProductSort, Span},
    ingest::terms::{self, Term},
    rollup::{
        measures::Measures,
        month::SLOT_SECONDS,
        packed::{PackedHeader, PackedOrder},
        scan::{Answered, Members, Months, Snapshot},
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
    /// How many of the best products.
    pub limit: usize,
    /// What they are best in.
    pub sort: ProductSort,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductsAnswer {
    /// Net revenue of every product with a line in the range, in minor units, best first.
    pub nets: Vec<i64>,
    /// The best of them, best first; ties by product id.
    pub best: Vec<BestProduct>,
    /// By category name.
    pub by_category: BTreeMap<String, Measures>,
    /// The other currencies with lines in the range, each with its own totals, by code.
    pub other_currencies: BTreeMap<String, Measures>,
    /// The seconds at which the quarter hours of the first and the last line in the range begin, if there is one.
    pub observed: Option<Span>,
}

/// One of the best products.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BestProduct {
    /// Its place among all products by net revenue, from 0 on; ties by product id.
    pub place: usize,
    /// Its texts and sums.
    pub sales: ProductSales,
}

/// All of time that an order can have.
pub(super) const ALL_TIME: Span = Span { start: -62_135_596_800, end: 253_402_300_800 };

/// Answers `question` from one state of the store.
pub async fn answer(db: &Db, question: &ProductsQuestion) -> Result<ProductsAnswer> {
    let mut snapshot = Snapshot::open(db).await?;
    let span = question.span.unwrap_or(ALL_TIME);
    let ProductsQuestion { filters, currency, .. } = question;
    let (selection, currency) = Selection::resolve(snapshot.connection(), span, filters, currency).await?;
    let fold = sums(&mut snapshot, &selection, currency).await?;
    let Fold { products, categories, currencies, .. } = fold.sums;
    let connection = snapshot.connection();
    let best = ranking::best_products(connection, &products, question.sort, question.limit).await?;
    let (nets, best) = by_revenue(connection, &products, best).await?;
    let named = [(Term::Category, &categories), (Term::Currency, &currencies)];
    let [by_category, other_currencies] = sales::named(snapshot.connection(), named).await?;
    Ok(ProductsAnswer { nets, best, by_category, other_currencies, observed: fold.observed })
}

/// The net revenue of all products, best first, and the places of `best`. Looks up the texts of those that these tie with.
async fn by_revenue(
    connection: &mut AnyConnection,
    products: &Tally,
    best: Vec<ProductSales>,
) -> Result<(Vec<i64>, Vec<BestProduct>)> {
    let mut ranked: Vec<(Reverse<i64>, u32)> =
        products.groups().map(|(id, sums)| (Reverse(sums.net()), id)).collect();
    ranked.sort_unstable();
    let tie = |product: &ProductSales| {
        let net = Reverse(product.measures.net());
        let start = ranked.partition_point(|(other, _)| *other < net);
        (start, ranked[start..].iter().take_while(move |(other, _)| *other == net).map(|(_, id)| *id))
    };
    let several = best.iter().map(|product| tie(product).1).filter(|tie| tie.clone().count() > 1);
    let ids: Vec<u32> = several.flatten().collect::<BTreeSet<u32>>().into_iter().collect();
    let texts = terms::values(connection, Term::Product, &ids).await?;
    let place = |sales: ProductSales| {
        let (start, tie) = tie(&sales);
        let before = tie.filter(|id| texts.get(id).is_some_and(|text| *text < sales.product_id)).count();
        BestProduct { place: start + before, sales }
    };
    let best = best.into_iter().map(place).collect();
    Ok((ranked.into_iter().map(|(Reverse(net), _)| net).collect(), best))
}

/// The sums of a sales report, and when there was something to add.
#[derive(Default)]
struct Sums {
    sums: Fold,
    observed: Option<Span>,
}

impl Sums {
    fn add(&mut self, order: &PackedOrder, selection: &Selection, currency: u32) {
        if order.header.currency == currency {
            self.see(order, selection);
        }
        self.sums.add(order, selection, currency);
    }

    /// Notes when the lines that count were.
    fn see(&mut self, order: &PackedOrder, selection: &Selection) {
        for line in order.lines.iter().filter(|line| selection.keeps_line(line)) {
            let slot = line.at.div_euclid(SLOT_SECONDS) * SLOT_SECONDS;
            self.observe(Span { start: slot, end: slot });
        }
    }

    fn add_day(&mut self, day: &[u8], currency: u32) -> Result<()> {
        let mut seen: Option<Span> = None;
        self.sums.add_day(day, currency, |slot| {
            let seen = seen.get_or_insert(Span { start: slot, end: slot });
            *seen = Span { start: seen.start.min(slot), end: seen.end.max(slot) };
        })?;
        if let Some(slots) = seen {
            self.observe(slots);
        }
        Ok(())
    }

    fn observe(&mut self, slots: Span) {
        let seen = self.observed.get_or_insert(slots);
        *seen = Span { start: seen.start.min(slots.start), end: seen.end.max(slots.end) };
    }
}

/// From months, whole or sliced, and days where they can answer, else from the lines of products or categories where some
/// are asked for, else from single orders.
async fn sums(snapshot: &mut Snapshot, selection: &Selection, currency: u32) -> Result<Sums> {
    let span = selection.span;
    let wanted = |header: &PackedHeader| selection.keeps_order(header);
    let mut sums = Sums::default();
    let mut answered = Answered::default();
    if let Some((slice, rest)) = selection.slice() {
        let months = snapshot.sliced_months(slice, span).await?;
        sales_months::add_sums(&mut sums.sums, snapshot, &months, &rest, currency, &Filling::Nothing).await?;
        observe_months(&mut sums, snapshot, &months, &rest, currency).await?;
        answered.add_months(&months.periods);
    }
    let members = selection.members();
    if let Some(Members::Products(_)) = members {
        let series = &sums.sums.series;
        let months = ProductMonths::of(snapshot, selection, currency, series, &answered).await?;
        let sold_in = months.add_sums(&mut sums.sums, snapshot, selection, currency).await?;
        observe_lines(&mut sums, snapshot, &sold_in, selection, currency).await?;
        months.add_to(&mut answered);
        let visit = |order: &PackedOrder| sums.add(order, selection, currency);
        snapshot.for_each_order_of(members.as_ref(), span, &answered, wanted, visit).await?;
        return Ok(sums);
    }
    let months = sales::periods(snapshot, selection, &answered).await?;
    if sales_months::add_sums(&mut sums.sums, snapshot, &months, selection, currency, &Filling::Nothing)
        .await?
    {
        observe_months(&mut sums, snapshot, &months, selection, currency).await?;
        answered.add_months(&months.periods);
    } else {
        (sums, answered) = (Sums::default(), Answered::default());
    }
    if selection.is_everything() {
        let visit = |day: &[u8]| sums.add_day(day, currency);
        snapshot.for_each_day_sums(span, &mut answered, visit).await?;
    }
    let visit = |order: &PackedOrder| sums.add(order, selection, currency);
    snapshot.for_each_order_of(members.as_ref(), span, &answered, wanted, visit).await?;
    Ok(sums)
}

/// Notes when the first and the last line of `months`, and thirds of months, were.
async fn observe_months(
    sums: &mut Sums,
    snapshot: &mut Snapshot,
    months: &Months,
    selection: &Selection,
    currency: u32,
) -> Result<()> {
    if selection.category_count().is_none() {
        if let Some(slots) = sales_months::observed(snapshot, months, selection, currency).await? {
            sums.observe(slots);
        }
        return Ok(());
    }
    let sold_in = sales_months::with_lines(snapshot, months, selection, currency).await?;
    observe_lines(sums, snapshot, &sold_in, selection, currency).await
}

/// As `observe_months`, by the lines of the first and the last of `months` (in order, each of which has some): summaries do
/// not tell when a category or product had its lines.
async fn observe_lines(
    sums: &mut Sums,
    snapshot: &mut Snapshot,
    months: &[i64],
    selection: &Selection,
    currency: u32,
) -> Result<()> {
    let members = selection.members();
    let wanted = |header: &PackedHeader| header.currency == currency && selection.keeps_order(header);
    let (first, last) = (months.first(), months.last());
    for &month in first.into_iter().chain(last.filter(|_| first != last)) {
        let span = snapshot.seconds_of(month);
        let visit = |order: &PackedOrder| sums.see(order, selection);
        snapshot.for_each_order_of(members.as_ref(), span, &Answered::default(), wanted, visit).await?;
    }
    Ok(())
}
