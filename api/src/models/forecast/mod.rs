//! Forecasts of a series of equally long periods, with intervals: a smoothing model where it beats the same season
//! last time, that otherwise. Owns the choice; the methods are beside it.

pub mod accuracy;
pub mod holt_winters;
pub mod naive;

use crate::models::{Answer, Refusal, special::normal_quantile};
use accuracy::{Accuracy, backtest};
use holt_winters::{HoltWinters, Seasonality};
use naive::SeasonalNaive;

/// A forecast of one period and the interval that should hold the value as often as asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The expected value.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Of a normal distribution. `level` is a probability, 0.95 for 95 %.
    pub(crate) fn normal(mean: f64, deviation: f64, level: f64) -> Self {
        let reach = normal_quantile(f64::midpoint(1.0, level)) * deviation;
        Self { mean, low: mean - reach, high: mean + reach }
    }

    /// The interval, so many times as wide.
    #[must_use]
    fn widened(self, times: f64) -> Self {
        let Self { mean, low, high } = self;
        Self { mean, low: mean - (mean - low) * times, high: mean + (high - mean) * times }
    }

    /// For what cannot be below `least`, such as a number of orders.
    #[must_use]
    pub fn at_least(self, least: f64) -> Self {
        Self { mean: self.mean.max(least), low: self.low.max(least), high: self.high.max(least) }
    }

    /// Whether the interval holds `value`.
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// A way to forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The value of the same season last time: the baseline.
    SeasonalNaive,
    /// Level and trend, smoothed.
    Holt,
    /// Level, trend and seasons that add.
    HoltWintersAdditive,
    /// Level, trend and seasons that multiply; for positive values.
    HoltWintersMultiplicative,
}

impl Method {
    /// All of them, simplest first.
    pub const ALL: [Self; 4] =
        [Self::SeasonalNaive, Self::Holt, Self::HoltWintersAdditive, Self::HoltWintersMultiplicative];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::SeasonalNaive => "seasonal_naive",
            Self::Holt => "holt",
            Self::HoltWintersAdditive => "holt_winters_additive",
            Self::HoltWintersMultiplicative => "holt_winters_multiplicative",
        }
    }

    /// Forecasts the `horizon` periods after `series`. `period` is the number of periods in a season (7 for days of
    /// a week), 1 for none; `level` the probability that an interval should have, between 0 and 1.
    pub fn forecast(
        self,
        series: &[f64],
        period: usize,
        horizon: usize,
        level: f64,
    ) -> Answer<Vec<Interval>> {
        check(series, period, level)?;
        let seasonality = match self {
            Self::SeasonalNaive => return Ok(SeasonalNaive::fit(series, period)?.forecast(horizon, level)),
            Self::Holt => Seasonality::None,
            Self::HoltWintersAdditive => Seasonality::Additive,
            Self::HoltWintersMultiplicative => Seasonality::Multiplicative,
        };
        HoltWinters::fit(series, period, seasonality)?.forecast(horizon, level)
    }
}

/// A forecast, and how the methods did on the past.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// The method that is used.
    pub method: Method,
    /// The periods ahead. Intervals are as wide as they had to be on the past to hold what they promise.
    pub intervals: Vec<Interval>,
    /// Every method that could be tried on the past, with its errors. Empty where the past is too short to try:
    /// the method is then the baseline.
    pub tried: Vec<(Method, Accuracy)>,
}

/// Times that the past is forecast to compare methods.
const FOLDS: usize = 3;
/// Methods with seasons are tried if the past has room for this part of the horizon: 3 months of 12.
const LEAST_PART: usize = 4;

/// Forecasts with the method of the smallest absolute errors on the past; in a tie the simpler one. A past that is too
/// short to try the whole horizon is tried with a shorter one, and only then without the methods that need most of it.
pub fn forecast(series: &[f64], period: usize, horizon: usize, level: f64) -> Answer<Forecast> {
    check(series, period, level)?;
    let ahead = tried_ahead(series.len(), period, horizon);
    let tried: Vec<(Method, Accuracy)> = Method::ALL
        .into_iter()
        .filter_map(|method| Some((method, backtest(method, series, period, ahead, FOLDS, level).ok()?)))
        .collect();
    let best = tried.iter().min_by(|one, other| one.1.mean_absolute.total_cmp(&other.1.mean_absolute));
    let method = best.map_or(Method::SeasonalNaive, |best| best.0);
    let Ok(mut intervals) = method.forecast(series, period, horizon, level) else {
        let method = Method::SeasonalNaive;
        return Ok(Forecast { method, intervals: method.forecast(series, period, horizon, level)?, tried });
    };
    let widening = best.map_or(1.0, |best| best.1.widening);
    for interval in &mut intervals {
        *interval = interval.widened(widening);
    }
    Ok(Forecast { method, intervals, tried })
}

/// Periods ahead that all methods, or those without seasons, can be tried on; 0 where the past is too short for any.
fn tried_ahead(length: usize, period: usize, horizon: usize) -> usize {
    let room = |least: usize| (length.saturating_sub(least) / FOLDS).min(horizon);
    let seasonal = room(holt_winters::least_periods(period));
    if seasonal * LEAST_PART >= horizon { seasonal } else { room(period + 1) }
}

pub(crate) fn check(series: &[f64], period: usize, level: f64) -> Answer<()> {
    if !series.iter().all(|value| value.is_finite()) {
        return Err(Refusal::OutOfDomain("a series has a number for each period"));
    }
    if period == 0 {
        return Err(Refusal::OutOfDomain("a season has a period at least"));
    }
    if level <= 0.0 || level >= 1.0 || level.is_nan() {
        return Err(Refusal::OutOfDomain("the level of an interval is between 0 and 1"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
