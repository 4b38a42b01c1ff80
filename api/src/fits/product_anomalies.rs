//! Weeks of products that are not as expected, and where the difference was made.

use std::cmp::Reverse;

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    MOST_ROWS,
    anomalies::{self, ContributionRow, LEVEL, UnexpectedValue},
    count, date,
    observe::{Dimension, TOLD_PRODUCTS, TOLD_WEEKS},
    rounded,
    work::Work,
};
use crate::models::{
    Answer, Refusal,
    anomalies::{anomalies, first_judged},
};

pub(super) const METHOD: &str = "units of a week outside the 99 % interval around the median of the eight weeks before, by median absolute \
    errors; the 200 products with the most revenue, where a unit a week is expected at least";

/// Weeks that are judged; the first ones are learnt from.
const MOST_WEEKS: i32 = TOLD_WEEKS - 8;
/// Units have no category of their own.
const DIMENSIONS: [Dimension; 2] = [Dimension::Region, Dimension::Channel];

/// Weeks of products that were not as expected.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductAnomalies {
    /// Probability that a value lies within its interval when nothing is wrong.
    pub level: f64,
    /// Monday of the first week that was judged; what came before was only learnt from.
    #[schema(example = "2016-03-14")]
    pub first_judged: String,
    /// Monday of the last week that was judged: the last one that is over.
    pub last_judged: String,
    /// Products that were judged: those with the most revenue.
    pub products: usize,
    /// Weeks that were not as expected; the newest 1,000 of them are told.
    pub found: usize,
    /// Newest first.
    pub anomalies: Vec<ProductAnomalyRow>,
}

/// A week of a product.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductAnomalyRow {
    /// The week's Monday.
    #[schema(example = "2017-11-20")]
    pub label: String,
    /// The shop's id.
    pub product_id: String,
    /// Latest name.
    pub product_name: String,
    /// Units sold.
    #[serde(flatten)]
    pub value: UnexpectedValue,
    /// What made the difference, most first, by region and channel.
    pub contributions: Vec<ContributionRow>,
}

pub(super) fn fit(work: &Work) -> Answer<ProductAnomalies> {
    let weeks: Vec<i32> = work.seen.complete_weeks(MOST_WEEKS).collect();
    let needed = first_judged(1) + 1;
    let (Some(first), Some(last)) = (weeks.get(needed - 1), weeks.last()) else {
        return Err(Refusal::TooFew { what: "complete weeks", needed, found: weeks.len() });
    };
    let products = work.seen.best_products();
    let products = &products[..products.len().min(TOLD_PRODUCTS)];
    let mut found: Vec<(i32, ProductAnomalyRow)> =
        products.iter().flat_map(|(id, _)| product(work, *id, &weeks)).collect();
    found.sort_by(|a, b| (Reverse(a.0), &a.1.product_id).cmp(&(Reverse(b.0), &b.1.product_id)));
    Ok(ProductAnomalies {
        level: LEVEL,
        first_judged: date(*first).to_string(),
        last_judged: date(*last).to_string(),
        products: products.len(),
        found: found.len(),
        anomalies: found.into_iter().take(MOST_ROWS).map(|(_, row)| row).collect(),
    })
}

/// Its weeks, from its first one on.
fn product(work: &Work, id: u32, weeks: &[i32]) -> Vec<(i32, ProductAnomalyRow)> {
    let launched = work.seen.launched.get(&id).copied().unwrap_or(i32::MAX);
    let weeks = &weeks[weeks.partition_point(|week| week + 6 < launched)..];
    let units = |week: &i32| work.seen.product_weeks.get(&(id, *week)).map_or(0, |total| total.sold);
    let series: Vec<f64> = weeks.iter().map(|week| count(units(week))).collect();
    // Products that are new are not judged yet.
    let Ok(found) = anomalies(&series, 1, LEVEL) else { return vec![] };
    let product = work.seen.products.get(&id).cloned().unwrap_or_default();
    let on = |dimension: Dimension, part: u32, week: i32| {
        count(work.seen.product_parts.get(&(id, dimension, part, week)).copied().unwrap_or(0))
    };
    // Who sells once in months has no usual week.
    let usual = found.iter().filter(|anomaly| anomaly.expected.mean >= 1.0);
    usual
        .map(|anomaly| {
            let week = weeks[anomaly.index];
            let row = ProductAnomalyRow {
                label: date(week).to_string(),
                product_id: product.id.clone(),
                product_name: product.name.clone(),
                value: UnexpectedValue::of(anomaly, |value| rounded(value, 1)),
                contributions: anomalies::most(&work.seen, &DIMENSIONS, week, on, |value| rounded(value, 1)),
            };
            (week, row)
        })
        .collect()
}
