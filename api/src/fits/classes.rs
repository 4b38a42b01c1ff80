//! Products by what they bring (ABC) and how steadily they sell (XYZ).

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::{MOST_ROWS, count, periods, rounded, work::Work};
use crate::{
    calendar::Granularity,
    models::{
        Answer, Refusal,
        inventory::classes::{self, DemandClass},
    },
    money::ExactNumber,
};

pub(super) const METHOD: &str = "ABC by net revenue of the last 12 months (80 %, 95 %); XYZ by the coefficient of variation of units \
    per month (0.5, 1), of the last 12 months that are over, from the first one after a product's first sale on";

/// Months that count: for revenue up to the last one seen, for steadiness up to the last one that is over.
const MONTHS: i32 = 12;

/// Products by class.
#[derive(Debug, Serialize, ToSchema)]
pub struct Classes {
    /// Best first by net revenue of the months that count; at most 1,000.
    pub rows: Vec<ClassRow>,
    /// All products by both classes.
    pub counts: Vec<ClassCount>,
}

/// A product.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClassRow {
    /// The shop's id.
    pub product_id: String,
    /// Latest name.
    pub product_name: String,
    /// Latest category.
    pub category: String,
    /// A, B or C.
    pub abc_class: &'static str,
    /// X, Y or Z; Z as well for a product that has not been sold for two whole months.
    pub xyz_class: &'static str,
    /// Net revenue of the months that count, exact.
    #[schema(value_type = f64)]
    pub revenue: ExactNumber,
    /// Units sold less units returned.
    pub units: i64,
    /// Coefficient of variation of units sold per month, of months that are over; null without a sale, and for a product
    /// that has not been sold for two of them.
    pub variation: Option<f64>,
}

/// Products of a pair of classes.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClassCount {
    /// A, B or C.
    pub abc_class: &'static str,
    /// X, Y or Z.
    pub xyz_class: &'static str,
    /// How many.
    pub products: i64,
    /// Their net revenue, exact.
    #[schema(value_type = f64)]
    pub revenue: ExactNumber,
}

pub(super) fn fit(work: &Work) -> Answer<Classes> {
    let Some((_, last)) = work.seen.range.filter(|_| !work.seen.product_months.is_empty()) else {
        return Err(Refusal::TooFew { what: "products", needed: 1, found: 0 });
    };
    let last = periods::period_of(last, Granularity::Month);
    let months = last - MONTHS + 1..=last;
    let products = work.seen.best_products();
    let net = |id: u32| months.clone().map(|month| work.month(id, month).net).sum::<i64>();
    let mut ranked: Vec<(u32, i64)> = products.iter().map(|(id, _)| (*id, net(*id))).collect();
    ranked.sort_by(|a, b| (b.1, work.seen.product_id(a.0)).cmp(&(a.1, work.seen.product_id(b.0))));
    let values: Vec<i64> = ranked.iter().map(|(_, net)| *net).collect();
    let mut rows = Vec::new();
    let mut counts: BTreeMap<(&'static str, &'static str), (i64, i64)> = BTreeMap::new();
    for ((id, net), class) in ranked.into_iter().zip(classes::by_value(&values)) {
        let (steadiness, variation) = steadiness(work, id)?;
        let (abc_class, xyz_class) = (class.name(), steadiness.name());
        let counted = counts.entry((abc_class, xyz_class)).or_default();
        *counted = (counted.0 + 1, counted.1 + net);
        if rows.len() < MOST_ROWS {
            let product = work.seen.products.get(&id).cloned().unwrap_or_default();
            rows.push(ClassRow {
                product_id: product.id,
                product_name: product.name,
                category: product.category,
                abc_class,
                xyz_class,
                revenue: work.terms.currency.number(net),
                units: months
                    .clone()
                    .map(|month| work.month(id, month))
                    .map(|total| total.sold - total.returned)
                    .sum(),
                variation: variation.map(|variation| rounded(variation, 4)),
            });
        }
    }
    let counts = counts.into_iter().map(|((abc_class, xyz_class), (products, net))| ClassCount {
        abc_class,
        xyz_class,
        products,
        revenue: work.terms.currency.number(net),
    });
    Ok(Classes { rows, counts: counts.collect() })
}

/// A month that is not over would look like a bad one, and so would those before the product was on offer.
fn steadiness(work: &Work, id: u32) -> Answer<(DemandClass, Option<f64>)> {
    let Some((first, last)) = work.seen.over else { return Ok((DemandClass::Z, None)) };
    let month_of = |day| periods::period_of(day, Granularity::Month);
    let launched = work.seen.launched.get(&id).copied().unwrap_or(first);
    // The first month from its first day on: one day less is of the month before.
    let (from, end) = (month_of(launched - 1) + 1, month_of(last + 1));
    let months = from.max(end - MONTHS)..end;
    let demand: Vec<f64> = months.map(|month| count(work.month(id, month).sold)).collect();
    if demand.len() < 2 {
        return Ok((DemandClass::Z, None));
    }
    classes::by_demand(&demand)
}
