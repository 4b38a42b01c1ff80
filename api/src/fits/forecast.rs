//! Revenue and orders to come, by day, week or month, with how well the method would have done on the past.

use serde::Serialize;
use utoipa::ToSchema;

use super::{count, estimate, major, periods, rounded, work::Work};
use crate::{
    calendar::Granularity,
    models::{
        Answer, Refusal,
        forecast::{self, Forecast, Interval, Method},
    },
    money::ExactNumber,
};

pub(super) const METHOD: &str = "seasonal naive, Holt, or Holt-Winters, whichever had the smaller absolute errors on the past; \
    80 % intervals, as wide as the past asked for";

pub(super) const LEVEL: f64 = 0.8;

/// What to expect. Estimates are rounded to the currency's minor unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct SalesForecast {
    /// Width of the periods.
    #[schema(example = "day")]
    pub granularity: &'static str,
    /// Periods ahead.
    pub horizon: usize,
    /// Probability that an interval should hold the value.
    pub level: f64,
    /// Method that was chosen for revenue.
    pub revenue_method: &'static str,
    /// Method that was chosen for orders.
    pub orders_method: &'static str,
    /// The periods after the last complete one.
    pub points: Vec<ForecastPoint>,
    /// The last complete periods.
    pub history: Vec<HistoryPoint>,
    /// Errors on the past, of revenue; null where it is too short to try.
    pub backtest: Option<Backtest>,
    /// The same, of orders.
    pub orders_backtest: Option<Backtest>,
}

/// A period to come.
#[derive(Debug, Serialize, ToSchema)]
pub struct ForecastPoint {
    /// The period.
    #[schema(example = "2018-01-01")]
    pub label: String,
    /// Net revenue.
    pub revenue: IntervalRow,
    /// Orders with a sale.
    pub orders: IntervalRow,
}

/// An expected value and its interval.
#[derive(Debug, Serialize, ToSchema)]
pub struct IntervalRow {
    /// Expected.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A period that is over.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryPoint {
    /// The period.
    pub label: String,
    /// Net revenue, exact.
    #[schema(value_type = f64)]
    pub revenue: ExactNumber,
    /// Orders with a sale.
    pub orders: i64,
}

/// Errors of forecasts of the past, each made from what came before it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Backtest {
    /// Symmetric mean absolute percentage error, 0 to 200.
    pub smape: f64,
    /// Mean absolute error over that of the seasonal naive forecast; null where that is 0.
    pub mase: Option<f64>,
    /// Share of values within their interval, as wide as the past before them asked for; null where that was too short
    /// to tell.
    pub coverage: Option<f64>,
    /// Periods ahead that could be tried: fewer than `horizon` where the past is short.
    pub horizon: usize,
    /// Values that were forecast.
    pub values: usize,
    /// The same error of the seasonal naive forecast.
    pub baseline_smape: Option<f64>,
    /// See `baseline_smape`.
    pub baseline_mase: Option<f64>,
}

/// A complete period.
struct Period {
    number: i32,
    revenue: i64,
    orders: i64,
}

pub(super) fn fit(work: &Work, granularity: Granularity) -> Answer<SalesForecast> {
    let (season, horizon, shown, used) = match granularity {
        Granularity::Week => (52, 12, 104, 520),
        Granularity::Month => (12, 12, 48, 240),
        _ => (7, 28, 90, 1_095),
    };
    let periods = complete(work, granularity);
    let periods = &periods[periods.len().saturating_sub(used)..];
    let Some(last) = periods.last() else {
        return Err(Refusal::TooFew { what: "complete periods with sales", needed: 2, found: 0 });
    };
    let currency = work.terms.currency;
    let revenue: Vec<f64> = periods.iter().map(|period| major(period.revenue, currency)).collect();
    let orders: Vec<f64> = periods.iter().map(|period| count(period.orders)).collect();
    let (revenue, orders) = (of(&revenue, season, horizon)?, of(&orders, season, horizon)?);
    let points = (last.number + 1..).zip(revenue.intervals.iter().zip(&orders.intervals));
    let point = |(number, (revenue, orders)): (i32, (&Interval, &Interval))| ForecastPoint {
        label: periods::label(number, granularity),
        revenue: row(*revenue, |value| estimate(value, currency)),
        orders: row(orders.at_least(0.0), |value| rounded(value, 1)),
    };
    let history = periods[periods.len().saturating_sub(shown)..].iter().map(|period| HistoryPoint {
        label: periods::label(period.number, granularity),
        revenue: currency.number(period.revenue),
        orders: period.orders,
    });
    Ok(SalesForecast {
        granularity: granularity.name(),
        horizon,
        level: LEVEL,
        revenue_method: revenue.method.name(),
        orders_method: orders.method.name(),
        points: points.map(point).collect(),
        history: history.collect(),
        backtest: backtest(&revenue),
        orders_backtest: backtest(&orders),
    })
}

/// Without a season only where not even one and a period have been seen.
pub(super) fn of(series: &[f64], season: usize, horizon: usize) -> Answer<Forecast> {
    forecast::forecast(series, season, horizon, LEVEL)
        .or_else(|_| forecast::forecast(series, 1, horizon, LEVEL))
}

pub(super) fn row(interval: Interval, at_the_edge: impl Fn(f64) -> f64) -> IntervalRow {
    IntervalRow {
        mean: at_the_edge(interval.mean),
        low: at_the_edge(interval.low),
        high: at_the_edge(interval.high),
    }
}

pub(super) fn backtest(forecast: &Forecast) -> Option<Backtest> {
    let of = |method: Method| forecast.tried.iter().find(|tried| tried.0 == method).map(|tried| tried.1);
    let (own, baseline) = (of(forecast.method)?, of(Method::ALL[0]));
    Some(Backtest {
        smape: rounded(own.smape, 2),
        mase: own.mase.map(|mase| rounded(mase, 4)),
        coverage: own.coverage.map(|coverage| rounded(coverage, 4)),
        horizon: own.horizon,
        values: own.values,
        baseline_smape: baseline.map(|baseline| rounded(baseline.smape, 2)),
        baseline_mase: baseline.and_then(|baseline| baseline.mase).map(|mase| rounded(mase, 4)),
    })
}

/// Periods all of whose days have been seen and are over.
fn complete(work: &Work, granularity: Granularity) -> Vec<Period> {
    let Some((first, last)) = work.seen.over else { return vec![] };
    let mut periods: Vec<Period> = Vec::new();
    for (day, total) in (first..=last).zip(&work.seen.days) {
        let number = periods::period_of(day, granularity);
        if periods.last().is_none_or(|period| period.number != number) {
            periods.push(Period { number, revenue: 0, orders: 0 });
        }
        if let Some(period) = periods.last_mut() {
            period.revenue += total.revenue;
            period.orders += total.orders;
        }
    }
    periods.retain(|period| {
        first <= periods::first_day(period.number, granularity)
            && periods::first_day(period.number + 1, granularity) - 1 <= last
    });
    periods
}
