//! Errors of forecasts of the past, each made from what came before it (a rolling origin).

use super::Method;
use crate::models::{Answer, Refusal};

/// Errors of forecasts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accuracy {
    /// Mean absolute error, in the unit of the series.
    pub mean_absolute: f64,
    /// Symmetric mean absolute percentage error as in the M4 competition, 0 to 200.
    pub smape: f64,
    /// Mean absolute error over that of the seasonal naive forecast of the data before (as in M4); `None` where the
    /// latter is 0.
    pub mase: Option<f64>,
    /// Share of the values after the first fold that lay in their interval, as wide as the folds before had needed: what
    /// a reader of [`super::Forecast`] would have seen. `None` of a single fold.
    pub coverage: Option<f64>,
    /// How many times wider intervals must be to hold the values as often as they say; 1 where they did.
    pub widening: f64,
    /// Number of values.
    pub values: usize,
    /// Periods ahead of each forecast.
    pub horizon: usize,
}

/// Forecasts the last `folds` × `horizon` values of the series, `horizon` at a time.
pub fn backtest(
    method: Method,
    series: &[f64],
    period: usize,
    horizon: usize,
    folds: usize,
    level: f64,
) -> Answer<Accuracy> {
    let values = horizon * folds;
    let needed = values + period + 1;
    if series.len() < needed {
        return Err(Refusal::TooFew { what: "periods", needed, found: series.len() });
    }
    if values == 0 {
        return Err(Refusal::OutOfDomain("a backtest has a fold and a horizon"));
    }
    let (mut absolute, mut percent, mut scaled, mut held) = (0.0, 0.0, Some(0.0), 0_usize);
    let mut reaches: Vec<f64> = Vec::with_capacity(values);
    for fold in (1..=folds).rev() {
        let (before, after) = series.split_at(series.len() - fold * horizon);
        let naive = naive_error(before, period);
        let ahead = method.forecast(before, period, horizon, level)?;
        // What is measured on the values that it was learnt from would flatter.
        let learnt = (fold < folds).then(|| widening(reaches.clone(), level));
        for (interval, actual) in ahead.iter().zip(after) {
            let error = (actual - interval.mean).abs();
            absolute += error;
            let both = actual.abs() + interval.mean.abs();
            percent += if both > 0.0 { 200.0 * error / both } else { 0.0 };
            scaled = scaled.filter(|_| naive > 0.0).map(|sum| sum + error / naive);
            held += usize::from(learnt.is_some_and(|times| interval.widened(times).holds(*actual)));
            let reach = interval.high - interval.mean;
            reaches.push(if reach > 0.0 { error / reach } else { 1.0 });
        }
    }
    let count = values as f64;
    Ok(Accuracy {
        mean_absolute: absolute / count,
        smape: percent / count,
        mase: scaled.map(|sum| sum / count),
        coverage: (folds > 1).then(|| held as f64 / (values - horizon) as f64),
        widening: widening(reaches, level),
        values,
        horizon,
    })
}

/// The share `level` of errors, each over the reach of its interval, is at most this; 1 at least.
fn widening(mut reaches: Vec<f64>, level: f64) -> f64 {
    reaches.sort_unstable_by(f64::total_cmp);
    let beyond = ((1.0 - level) * reaches.len() as f64 + 1e-9).floor();
    reaches
        .iter()
        .rev()
        .zip(0_u32..)
        .find(|(_, rank)| f64::from(*rank) >= beyond)
        .map_or(1.0, |found| found.0.max(1.0))
}

/// Mean absolute difference of a value and the one a season before.
fn naive_error(series: &[f64], period: usize) -> f64 {
    let apart = series.iter().skip(period).zip(series).map(|(now, then)| (now - then).abs());
    apart.sum::<f64>() / (series.len() - period) as f64
}
