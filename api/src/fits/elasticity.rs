//! Price elasticity of the products with the most revenue, by week, and the price that it suggests.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    MOST_ROWS, count, estimate, major,
    observe::{ProductTotal, monday},
    rounded,
    work::Work,
};
use crate::models::{
    Answer, Refusal,
    elasticity::{Elasticity, GuardRails, Position, PricePoint},
};

pub(super) const METHOD: &str = "log-log regression of units on mean price by complete week over the last two years, 95 % intervals; the suggested \
    price needs a unit cost and changes at most by 10 %, within prices seen, with a margin of 10 % at least";

const LEVEL: f64 = 0.95;
const WEEKS: i32 = 104;
const RAILS: GuardRails = GuardRails { largest_change: 0.1, least_margin: 0.1 };
/// Why there is no suggestion where the cost of a unit is not known.
const NO_COST: &str = "no_unit_cost";

/// What prices do to quantities.
#[derive(Debug, Serialize, ToSchema)]
pub struct Elasticities {
    /// Probability of the intervals.
    pub level: f64,
    /// Products that were tried; the others have too few weeks or prices.
    pub products: usize,
    /// Best first by net revenue.
    pub rows: Vec<ElasticityRow>,
}

/// A product. Amounts are statistics, rounded to the currency's minor unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct ElasticityRow {
    /// The shop's id.
    pub product_id: String,
    /// Latest name.
    pub product_name: String,
    /// −2: 1 % more of price loses 2 % of the quantity.
    pub elasticity: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Share of the variance that prices explain.
    pub r_squared: f64,
    /// Weeks without a sale since its first one, which tell no price: many of them bias the elasticity towards 0.
    pub left_out: usize,
    /// Mean price of the last week with a sale.
    pub price: f64,
    /// Cost of a unit, where it is known.
    pub unit_cost: Option<f64>,
    /// Price with the largest expected profit; null without a cost.
    pub suggested_price: Option<f64>,
    /// Why this price: `optimum`, `inelastic`, `largest_change`, `outside_seen_prices`, `least_margin`,
    /// `not_significant`, `direction_uncertain`, or `no_unit_cost`.
    pub reason: &'static str,
    /// The weeks.
    pub observations: Vec<ObservedPrice>,
}

/// A week.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObservedPrice {
    /// Mean price of a unit.
    pub price: f64,
    /// Units sold.
    pub quantity: i64,
}

pub(super) fn fit(work: &Work) -> Answer<Elasticities> {
    let products = work.seen.best_products();
    let weeks: Vec<i32> = work.seen.complete_weeks(WEEKS).collect();
    let rows: Vec<ElasticityRow> =
        products.iter().take(MOST_ROWS).filter_map(|(id, _)| row(work, *id, &weeks).ok()).collect();
    if rows.is_empty() {
        let what = "products with 8 weeks of sales at 3 prices and varying quantities";
        return Err(Refusal::TooFew { what, needed: 1, found: 0 });
    }
    Ok(Elasticities { level: LEVEL, products: products.len().min(MOST_ROWS), rows })
}

fn row(work: &Work, id: u32, weeks: &[i32]) -> Answer<ElasticityRow> {
    let currency = work.terms.currency;
    let price = |total: &ProductTotal| major(total.sales, currency) / count(total.sold);
    // From the first week of the product on; one without a sale has no price.
    let launched = work.seen.launched.get(&id).map_or(i32::MAX, |day| monday(*day));
    let totals = weeks.iter().filter(|week| **week >= launched);
    let totals: Vec<ProductTotal> =
        totals.map(|week| work.seen.product_weeks.get(&(id, *week)).copied().unwrap_or_default()).collect();
    let point = |total: &ProductTotal| PricePoint {
        price: if total.sold > 0 { price(total) } else { 0.0 },
        quantity: count(total.sold),
    };
    let points: Vec<PricePoint> = totals.iter().map(point).collect();
    let fitted = Elasticity::fit(&points, LEVEL)?;
    // That of now may be of a week that is not over.
    let of_product = work.seen.product_weeks.range((id, i32::MIN)..=(id, i32::MAX)).rev();
    let price = of_product.map(|(_, total)| total).find(|total| total.sold > 0).map_or(0.0, price);
    let product = work.seen.products.get(&id).cloned().unwrap_or_default();
    let unit_cost = work.seen.stock.levels.get(&product.id).and_then(super::inventory::Level::unit_cost);
    let suggestion =
        unit_cost.and_then(|unit_cost| fitted.suggest(Position { price, unit_cost }, RAILS).ok());
    let observations = points.iter().zip(&totals).filter(|(_, total)| total.sold > 0);
    let observations = observations
        .map(|(point, total)| ObservedPrice { price: estimate(point.price, currency), quantity: total.sold });
    Ok(ElasticityRow {
        product_id: product.id,
        product_name: product.name,
        elasticity: rounded(fitted.elasticity, 4),
        standard_error: rounded(fitted.standard_error, 4),
        low: rounded(fitted.low, 4),
        high: rounded(fitted.high, 4),
        r_squared: rounded(fitted.r_squared, 4),
        left_out: fitted.left_out,
        price: estimate(price, currency),
        unit_cost: unit_cost.map(|cost| rounded(cost, 4)),
        suggested_price: suggestion.map(|suggestion| estimate(suggestion.price, currency)),
        reason: suggestion.map_or(NO_COST, |suggestion| suggestion.reason.name()),
        observations: observations.collect(),
    })
}
