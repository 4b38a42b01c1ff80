//! Units of each product in the weeks to come, with intervals and the errors of the method on the past.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    count, date,
    forecast::{self, Backtest, IntervalRow},
    rounded,
    work::Work,
};
use crate::models::{Answer, Refusal, forecast::Interval};

pub(super) const METHOD: &str = "units sold by week: seasonal naive, Holt, or Holt-Winters, whichever had the smaller absolute errors \
    on the past; without seasons where a product sold in fewer than half of its weeks; 80 % intervals, as wide as the past \
    asked for; the 200 products with the most revenue";

const WEEKS_OF_YEAR: usize = 52;
/// Weeks ahead.
const HORIZON: usize = 12;
/// Weeks of the past that a forecast looks at.
const MOST_WEEKS: i32 = 208;
/// Weeks of the past that are told.
const SHOWN: usize = 26;
/// Products that are forecast, by revenue.
const MOST_PRODUCTS: usize = 200;

/// What products will sell.
#[derive(Debug, Serialize, ToSchema)]
pub struct Demand {
    /// Weeks ahead.
    pub horizon: usize,
    /// Probability that an interval should hold the value.
    pub level: f64,
    /// By revenue of all time, best first.
    pub rows: Vec<DemandRow>,
}

/// A product.
#[derive(Debug, Serialize, ToSchema)]
pub struct DemandRow {
    /// The shop's id.
    pub product_id: String,
    /// Latest name.
    pub product_name: String,
    /// Units expected over all the weeks ahead.
    pub expected_units: f64,
    /// Units sold in as many weeks before; null where the product has been sold for fewer.
    pub previous_units: Option<i64>,
    /// Method that was chosen.
    pub method: &'static str,
    /// Symmetric mean absolute percentage error of forecasts of the past, 0 to 200; null where it is too short to try.
    pub smape: Option<f64>,
    /// Their mean absolute error over that of the seasonal naive forecast; null as well where that is 0.
    pub mase: Option<f64>,
    /// The same error of the seasonal naive forecast.
    pub baseline_mase: Option<f64>,
    /// Share of values within their interval, as wide as the past before them asked for.
    pub coverage: Option<f64>,
    /// The weeks ahead.
    pub points: Vec<DemandPoint>,
    /// The last complete weeks.
    pub history: Vec<DemandWeek>,
}

/// A week to come.
#[derive(Debug, Serialize, ToSchema)]
pub struct DemandPoint {
    /// The week's Monday.
    #[schema(example = "2018-01-01")]
    pub label: String,
    /// Units sold.
    pub units: IntervalRow,
}

/// A week that is over.
#[derive(Debug, Serialize, ToSchema)]
pub struct DemandWeek {
    /// The week's Monday.
    pub label: String,
    /// Units sold.
    pub units: i64,
}

pub(super) fn fit(work: &Work) -> Answer<Demand> {
    let too_few = Refusal::TooFew { what: "products with complete weeks", needed: 1, found: 0 };
    let weeks: Vec<i32> = work.seen.complete_weeks(MOST_WEEKS).collect();
    let products = work.seen.best_products().into_iter().take(MOST_PRODUCTS);
    let rows: Vec<DemandRow> = products.filter_map(|(id, _)| product(work, id, &weeks)).collect();
    if rows.is_empty() {
        return Err(too_few);
    }
    Ok(Demand { horizon: HORIZON, level: forecast::LEVEL, rows })
}

/// Nothing where the product is too new.
fn product(work: &Work, id: u32, weeks: &[i32]) -> Option<DemandRow> {
    let end = weeks.last()? + 7;
    let sold = |week: i32| work.seen.product_weeks.get(&(id, week)).map_or(0, |total| total.sold);
    // Weeks before it was on offer tell nothing.
    let weeks: Vec<(i32, i64)> =
        weeks.iter().map(|week| (*week, sold(*week))).skip_while(|(_, units)| *units == 0).collect();
    let series: Vec<f64> = weeks.iter().map(|(_, units)| count(*units)).collect();
    let busy = weeks.iter().filter(|(_, units)| *units > 0).count();
    // A year ago says little of what sells now and then.
    let season = if 2 * busy >= weeks.len() { WEEKS_OF_YEAR } else { 1 };
    let forecast = forecast::of(&series, season, HORIZON).ok()?;
    let product = work.seen.products.get(&id).cloned().unwrap_or_default();
    let ahead = forecast.intervals.iter().map(|interval| interval.at_least(0.0));
    let label = |week: i32| date(week).to_string();
    let tried: Option<Backtest> = forecast::backtest(&forecast);
    let tried = tried.as_ref();
    Some(DemandRow {
        product_id: product.id,
        product_name: product.name,
        expected_units: rounded(ahead.clone().map(|interval| interval.mean).sum(), 1),
        previous_units: weeks.last_chunk::<HORIZON>().map(|last| last.iter().map(|(_, units)| units).sum()),
        method: forecast.method.name(),
        smape: tried.map(|tried| tried.smape),
        mase: tried.and_then(|tried| tried.mase),
        baseline_mase: tried.and_then(|tried| tried.baseline_mase),
        coverage: tried.and_then(|tried| tried.coverage),
        points: (end..)
            .step_by(7)
            .zip(ahead)
            .map(|(week, interval)| DemandPoint { label: label(week), units: row(interval) })
            .collect(),
        history: weeks[weeks.len().saturating_sub(SHOWN)..]
            .iter()
            .map(|&(week, units)| DemandWeek { label: label(week), units })
            .collect(),
    })
}

fn row(interval: Interval) -> IntervalRow {
    forecast::row(interval, |value| rounded(value, 1))
}
