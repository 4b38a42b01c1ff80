//! Price elasticity of the products with the most revenue, by week, and the price that it suggests.

use serde::Serialize;
use utoipa::ToSchema;

use super::{MOST_ROWS, count, estimate, major, observe::monday, rounded, run::Work};
use crate::models::{
    Answer, Refusal,
    elasticity::{Elasticity, GuardRails, Position, PricePoint},
};

pub(super) const METHOD: &str = "log-log regression of units on mean price by week over the last two years, 95 % intervals; the suggested \
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
    let Some((_, last)) = work.seen.range else {
        return Err(Refusal::TooFew { what: "products", needed: 1, found: 0 });
    };
    let products = work.best_products();
    let from = monday(last) - 7 * (WEEKS - 1);
    let rows: Vec<ElasticityRow> =
        products.iter().take(MOST_ROWS).filter_map(|(id, _)| row(work, *id, from).ok()).collect();
    if rows.is_empty() {
        let what = "products with 8 weeks of sales at 3 prices and varying quantities";
        return Err(Refusal::TooFew { what, needed: 1, found: 0 });
    }
    Ok(Elasticities { level: LEVEL, products: products.len().min(MOST_ROWS), rows })
}

fn row(work: &Work, id: u32, from: i32) -> Answer<ElasticityRow> {
    let currency = work.terms.currency;
    let weeks = work.seen.product_weeks.range((id, from)..=(id, i32::MAX));
    let sold: Vec<(f64, i64)> = weeks
        .filter(|(_, total)| total.sold > 0)
        .map(|(_, total)| (major(total.sales, currency) / count(total.sold), total.sold))
        .collect();
    let points: Vec<PricePoint> =
        sold.iter().map(|(price, units)| PricePoint { price: *price, quantity: count(*units) }).collect();
    let fitted = Elasticity::fit(&points, LEVEL)?;
    let price = sold.last().map_or(0.0, |(price, _)| *price);
    let product = work.seen.products.get(&id).cloned().unwrap_or_default();
    let unit_cost = work.stock.get(&product.id).and_then(super::inventory::Level::unit_cost);
    let suggestion =
        unit_cost.and_then(|unit_cost| fitted.suggest(Position { price, unit_cost }, RAILS).ok());
    let observations = sold
        .iter()
        .map(|(price, quantity)| ObservedPrice { price: estimate(*price, currency), quantity: *quantity });
    Ok(ElasticityRow {
        product_id: product.id,
        product_name: product.name,
        elasticity: rounded(fitted.elasticity, 4),
        standard_error: rounded(fitted.standard_error, 4),
        low: rounded(fitted.low, 4),
        high: rounded(fitted.high, 4),
        r_squared: rounded(fitted.r_squared, 4),
        price: estimate(price, currency),
        unit_cost: unit_cost.map(|cost| rounded(cost, 4)),
        suggested_price: suggestion.map(|suggestion| estimate(suggestion.price, currency)),
        reason: suggestion.map_or(NO_COST, |suggestion| suggestion.reason.name()),
        observations: observations.collect(),
    })
}
