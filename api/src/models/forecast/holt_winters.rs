//! Holt and Winters' exponential smoothing: level, trend and seasons. Starts, weights and their search are those of
//! `HoltWinters` in R, so that results agree; intervals follow from the weights as errors carry on.

use super::{Interval, check};
use crate::models::{
    Answer, Refusal, mean,
    optimize::{minimise, numeric_slope},
    variance,
};

/// How seasons act on the level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seasonality {
    /// Not at all.
    None,
    /// They add to it.
    Additive,
    /// They multiply it.
    Multiplicative,
}

/// Weights of the newest value, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// α: of the level.
    pub level: f64,
    /// β: of the trend.
    pub trend: f64,
    /// γ: of the season.
    pub season: f64,
}

/// A fitted model at the end of its series.
#[derive(Debug, Clone, PartialEq)]
pub struct HoltWinters {
    /// How seasons act.
    pub seasonality: Seasonality,
    /// The weights with the smallest squared errors of one step ahead.
    pub weights: Weights,
    /// The level at the end.
    pub level: f64,
    /// The trend per period at the end.
    pub trend: f64,
    /// The seasons of the next periods, the next one first; one neutral season where there are none.
    pub seasons: Vec<f64>,
    /// Sum of the squared errors of one step ahead.
    pub squared_errors: f64,
    /// Errors of one step ahead; the first is that of [`Self::first_forecast`].
    pub residuals: Vec<f64>,
    /// Index of the first value of the series that was forecast.
    pub first_forecast: usize,
    /// Whether the search for weights ended at a minimum; given weights are not searched for.
    pub converged: bool,
}

/// Errors that weights are fitted to, at least.
const LEAST_FORECASTS: usize = 5;
/// Where R starts.
const START: [f64; 3] = [0.3, 0.1, 0.1];

impl HoltWinters {
    /// Fits to two seasons and five periods at least; without seasons to seven.
    pub fn fit(series: &[f64], period: usize, seasonality: Seasonality) -> Answer<Self> {
        let start = start(series, period, seasonality)?;
        let scale = series.iter().map(|value| value * value).sum::<f64>().max(f64::MIN_POSITIVE);
        let error = |angles: [f64; 3]| {
            let (squared_errors, _) = smooth(start.clone(), weights(angles), series, seasonality, |_| {});
            // In its logarithm the scale of the errors does not matter to the search.
            (squared_errors / scale + 1e-18).ln()
        };
        let origin = START.map(|weight: f64| weight.sqrt().asin());
        let end = minimise(|point| numeric_slope(error, point), origin, 1e-7, 500);
        let model = Self::with_weights(series, period, seasonality, weights(end.point))?;
        Ok(Self { converged: end.converged, ..model })
    }

    /// The model with given weights, from the same start.
    pub fn with_weights(
        series: &[f64],
        period: usize,
        seasonality: Seasonality,
        weights: Weights,
    ) -> Answer<Self> {
        let start = start(series, period, seasonality)?;
        let first_forecast = start.time;
        let mut residuals = Vec::with_capacity(series.len() - first_forecast);
        let (squared_errors, state) =
            smooth(start, weights, series, seasonality, |error| residuals.push(error));
        let State { level, trend, mut seasons, time } = state;
        let next = time % seasons.len();
        seasons.rotate_left(next);
        if ![squared_errors, level, trend].iter().chain(&seasons).all(|value| value.is_finite()) {
            return Err(Refusal::NotConverged);
        }
        Ok(Self {
            seasonality,
            weights,
            level,
            trend,
            seasons,
            squared_errors,
            residuals,
            first_forecast,
            converged: true,
        })
    }

    /// The `horizon` periods after the series. Errors are taken as normal with the variance of one step ahead.
    pub fn forecast(&self, horizon: usize, level: f64) -> Answer<Vec<Interval>> {
        let period = self.seasons.len();
        let spread = variance(&self.residuals);
        let mut intervals = Vec::with_capacity(horizon);
        for step in 1..=horizon {
            let season = self.seasons[(step - 1) % period];
            let line = self.level + step as f64 * self.trend;
            let mean = combine(self.seasonality, line, season);
            // What an error of `back` steps before is still worth in this one.
            let carried = (1..step).map(|back| {
                let weight = self.carried(back);
                match self.seasonality {
                    Seasonality::None | Seasonality::Additive => weight * weight,
                    Seasonality::Multiplicative => {
                        let then = self.seasons[(step - 1 - back) % period];
                        if then == 0.0 { weight * weight } else { (weight * season / then).powi(2) }
                    }
                }
            });
            let interval = Interval::normal(mean, (spread * (1.0 + carried.sum::<f64>())).sqrt(), level);
            if !interval.low.is_finite() || !interval.high.is_finite() {
                return Err(Refusal::OutOfDomain("the forecast grows beyond all numbers"));
            }
            intervals.push(interval);
        }
        Ok(intervals)
    }

    /// The share of an error in the forecast `back` steps after it.
    fn carried(&self, back: usize) -> f64 {
        let Weights { level, trend, season } = self.weights;
        let same_season = self.seasonality != Seasonality::None && back.is_multiple_of(self.seasons.len());
        level * (1.0 + back as f64 * trend) + if same_season { season * (1.0 - level) } else { 0.0 }
    }
}

/// What the method knows before the value at index `time`.
#[derive(Debug, Clone)]
struct State {
    level: f64,
    trend: f64,
    /// By index in the series modulo their number.
    seasons: Vec<f64>,
    time: usize,
}

/// Goes through the series. Gives each error of one step ahead to `seen`, and returns the sum of their squares.
fn smooth(
    mut state: State,
    weights: Weights,
    series: &[f64],
    seasonality: Seasonality,
    mut seen: impl FnMut(f64),
) -> (f64, State) {
    let mut squared_errors = 0.0;
    let period = state.seasons.len();
    for value in &series[state.time..] {
        let season = state.seasons[state.time % period];
        let line = state.level + state.trend;
        let error = value - combine(seasonality, line, season);
        squared_errors += error * error;
        seen(error);
        let last = state.level;
        state.level = weights.level * without(seasonality, *value, season) + (1.0 - weights.level) * line;
        state.trend = weights.trend * (state.level - last) + (1.0 - weights.trend) * state.trend;
        if seasonality != Seasonality::None {
            let new = without(seasonality, *value, state.level);
            state.seasons[state.time % period] = weights.season * new + (1.0 - weights.season) * season;
        }
        state.time += 1;
    }
    (squared_errors, state)
}

fn combine(seasonality: Seasonality, line: f64, season: f64) -> f64 {
    match seasonality {
        Seasonality::None => line,
        Seasonality::Additive => line + season,
        Seasonality::Multiplicative => line * season,
    }
}

/// `value` with the other part taken out: the inverse of [`combine`].
fn without(seasonality: Seasonality, value: f64, part: f64) -> f64 {
    match seasonality {
        Seasonality::None => value,
        Seasonality::Additive => value - part,
        Seasonality::Multiplicative => value / part,
    }
}

/// Weights are searched for as squared sines of angles: 0 and 1 are then points like any other.
fn weights(angles: [f64; 3]) -> Weights {
    let [level, trend, season] = angles.map(|angle| angle.sin().powi(2));
    Weights { level, trend, season }
}

/// Periods that a fit needs: two seasons and five more; without seasons seven.
pub(super) fn least_periods(period: usize) -> usize {
    2 * period + LEAST_FORECASTS
}

/// R's start: a line through the moving averages of two seasons, and what is left of the values as seasons.
fn start(series: &[f64], period: usize, seasonality: Seasonality) -> Answer<State> {
    check(series, period, 0.5)?;
    let seasonal = seasonality != Seasonality::None;
    if seasonal && period < 2 {
        return Err(Refusal::OutOfDomain("seasons have two periods at least"));
    }
    let needed = least_periods(if seasonal { period } else { 1 });
    if series.len() < needed {
        return Err(Refusal::TooFew { what: "periods", needed, found: series.len() });
    }
    if seasonality == Seasonality::Multiplicative && series.iter().any(|value| *value <= 0.0) {
        return Err(Refusal::OutOfDomain("seasons multiply positive values only"));
    }
    if !seasonal {
        return Ok(State { level: series[1], trend: series[1] - series[0], seasons: vec![0.0], time: 2 });
    }
    let two = &series[..2 * period];
    let half = period / 2;
    // An even season takes half of each value at its two ends.
    let (ends, inner) = if period.is_multiple_of(2) { (0.5, 1..period) } else { (1.0, 1..period - 1) };
    let averages: Vec<f64> = two
        .windows(inner.end + 1)
        .map(|window| {
            let inside = window[inner.clone()].iter().sum::<f64>();
            (inside + ends * (window[0] + window[inner.end])) / period as f64
        })
        .collect();
    let (level, trend) = line(&averages);
    let mut seasons = vec![Vec::new(); period];
    for (index, average) in averages.iter().enumerate() {
        let time = index + half;
        seasons[time % period].push(without(seasonality, two[time], *average));
    }
    let seasons: Vec<f64> = seasons.iter().map(|values| mean(values)).collect();
    let middle = mean(&seasons);
    let seasons = seasons.iter().map(|season| without(seasonality, *season, middle)).collect();
    Ok(State { level, trend, seasons, time: period })
}

/// Intercept and slope of the least squares line through values at 1, 2, 3, …
fn line(values: &[f64]) -> (f64, f64) {
    let centre = f64::midpoint(1.0, values.len() as f64);
    let average = mean(values);
    let (mut with, mut own) = (0.0, 0.0);
    for (index, value) in values.iter().enumerate() {
        let x = (index + 1) as f64 - centre;
        with += x * (value - average);
        own += x * x;
    }
    let slope = if own > 0.0 { with / own } else { 0.0 };
    (average - slope * centre, slope)
}
