//! How well a model predicted purchases that it had not seen.

use crate::models::{Answer, Refusal};

/// A customer's purchases in the holdout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// As the model expected.
    pub expected: f64,
    /// As they were.
    pub actual: f64,
}

/// Errors over all customers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HoldoutError {
    /// Mean absolute error per customer, in purchases.
    pub mean_absolute: f64,
    /// Root of the mean squared error per customer, in purchases.
    pub root_mean_square: f64,
    /// Purchases of all customers, expected.
    pub total_expected: f64,
    /// Purchases of all customers, actual.
    pub total_actual: f64,
}

/// The errors of predictions.
pub fn holdout_error(predictions: &[Prediction]) -> Answer<HoldoutError> {
    if predictions.is_empty() {
        return Err(Refusal::TooFew { what: "customers", needed: 1, found: 0 });
    }
    let count = predictions.len() as f64;
    let sum = |part: fn(&Prediction) -> f64| predictions.iter().map(part).sum::<f64>();
    Ok(HoldoutError {
        mean_absolute: sum(|one| (one.expected - one.actual).abs()) / count,
        root_mean_square: (sum(|one| (one.expected - one.actual).powi(2)) / count).sqrt(),
        total_expected: sum(|one| one.expected),
        total_actual: sum(|one| one.actual),
    })
}
