//! Models: mathematics fitted to a store's own orders. Plain functions over plain inputs; no HTTP, SQL, clock or I/O.
//! Amounts enter as `f64` in one unit of the caller's choice and leave in the same: statistics, never a ledger.
//! No function panics or returns a number that is not finite; what cannot be answered is a [`Refusal`].
//! Formulas, assumptions and sources are in `api/docs/models.md`.

#![expect(
    clippy::cast_precision_loss,
    clippy::many_single_char_names,
    clippy::similar_names,
    reason = "counts are far below 2^53, and formulas keep the letters of their papers"
)]

pub mod anomalies;
pub mod basket;
pub mod clv;
pub mod cohorts;
pub mod elasticity;
pub mod forecast;
pub mod inventory;
pub mod optimize;
pub mod special;
pub mod survival;

use thiserror::Error;

/// Why a model gives no answer. A state of the data, not a failure of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// There are fewer observations than the method needs.
    #[error("needs {needed} {what}, has {found}")]
    TooFew {
        /// What is counted: "customers", "periods".
        what: &'static str,
        /// The least number that the method takes.
        needed: usize,
        /// The number given.
        found: usize,
    },
    /// Nothing can be learnt from values that are all the same.
    #[error("{0} must vary")]
    NoVariation(&'static str),
    /// A value outside the domain of the model.
    #[error("{0}")]
    OutOfDomain(&'static str),
    /// The search for parameters did not end at an optimum with finite values.
    #[error("the fit did not converge")]
    NotConverged,
}

impl Refusal {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::TooFew { .. } => "too_little_data",
            Self::NoVariation(_) => "no_variation",
            Self::OutOfDomain(_) => "out_of_domain",
            Self::NotConverged => "not_converged",
        }
    }
}

/// The answer of a model, or why there is none.
pub type Answer<T> = Result<T, Refusal>;

/// `value`, if it is a number.
fn finite(value: f64) -> Answer<f64> {
    if value.is_finite() { Ok(value) } else { Err(Refusal::OutOfDomain("the result is not a finite number")) }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Of a sample, with n − 1; two values at least.
fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() as f64 - 1.0)
}
