//! Gamma-Gamma (Fader and Hardie 2013): the mean value of a customer's orders. Orders of a customer vary as a gamma
//! distribution of shape p whose rate varies among customers as a gamma distribution of shape q and rate v.
//! Assumes that how much a customer spends tells nothing about how often.

use crate::models::{
    Answer, Refusal, finite,
    optimize::{Slope, covariance, minimise},
    special::{digamma, ln_gamma},
};

/// Least customers with a repeat purchase.
pub const LEAST_CUSTOMERS: usize = 20;

/// A customer's repeat purchases and their mean amount, in one currency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spend {
    /// x: how many amounts the mean is of.
    pub purchases: u32,
    /// Their mean, in any unit of the currency.
    pub mean: f64,
}

/// The fitted distribution of mean order values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpendModel {
    /// Shape of a customer's orders.
    pub p: f64,
    /// Shape of the distribution among customers.
    pub q: f64,
    /// Its rate, in the unit of the amounts.
    pub v: f64,
    /// Standard errors of p, q, v; `None` where the likelihood does not determine them.
    pub standard_errors: Option<[f64; 3]>,
    /// The log-likelihood.
    pub log_likelihood: f64,
    /// Customers in the fit.
    pub customers: usize,
    /// Pearson's correlation of purchases and mean: the model assumes it to be about 0.
    pub correlation: f64,
}

impl SpendModel {
    /// The most likely parameters. Customers without a repeat purchase, or with a mean that is not positive, tell
    /// nothing and are left out.
    pub fn fit(spends: &[Spend]) -> Answer<Self> {
        let mut usable: Vec<Spend> =
            spends.iter().copied().filter(|spend| spend.purchases > 0 && is_amount(spend.mean)).collect();
        let found = usable.len();
        if found < LEAST_CUSTOMERS {
            return Err(Refusal::TooFew {
                what: "customers who bought again",
                needed: LEAST_CUSTOMERS,
                found,
            });
        }
        usable.sort_unstable_by(|one, other| {
            one.purchases.cmp(&other.purchases).then(one.mean.total_cmp(&other.mean))
        });
        if usable.iter().all(|spend| spend.mean.to_bits() == usable[0].mean.to_bits()) {
            return Err(Refusal::NoVariation("mean amounts"));
        }
        // Amounts around 1 make starts and tolerances independent of the currency; v is scaled back at the end.
        let scale = usable.iter().map(|spend| spend.mean).sum::<f64>() / found as f64;
        for spend in &mut usable {
            spend.mean /= scale;
        }
        let loss = |point: [f64; 3]| loss(&usable, point);
        let best = [[2.0, 3.0, 1.0], [6.0, 4.0, 0.5], [0.5, 1.5, 2.0]]
            .map(|start: [f64; 3]| minimise(loss, start.map(f64::ln), 1e-9, 300))
            .into_iter()
            .filter(|end| end.converged)
            .min_by(|one, other| one.value.total_cmp(&other.value))
            .ok_or(Refusal::NotConverged)?;
        let [p, q, v] = best.point.map(f64::exp);
        let errors = |matrix: [[f64; 3]; 3]| {
            let error = |index: usize, value: f64| value * (matrix[index][index] / found as f64).sqrt();
            [error(0, p), error(1, q), error(2, v * scale)]
        };
        Ok(Self {
            p,
            q,
            v: v * scale,
            standard_errors: covariance(|point| loss(point).gradient, best.point).map(errors),
            log_likelihood: -(best.value + scale.ln()) * found as f64,
            customers: found,
            correlation: correlation(&usable),
        })
    }

    /// The model with these p, q and v, to predict by: how it was fitted is not known.
    pub fn of_parameters([p, q, v]: [f64; 3]) -> Self {
        Self { p, q, v, standard_errors: None, log_likelihood: 0.0, customers: 0, correlation: 0.0 }
    }

    /// E[M | x, m̄]: the expected mean of all orders of a customer; of the population where `spend` has no purchases.
    /// Refuses where the population has no mean (q ≤ 1) and the customer's orders do not make up for it.
    pub fn expected_mean(&self, spend: Spend) -> Answer<f64> {
        let weight = self.p * f64::from(spend.purchases);
        let below = weight + self.q - 1.0;
        if below <= 0.0 {
            return Err(Refusal::OutOfDomain("with q of at most 1 the mean of all customers is not defined"));
        }
        let seen = if spend.purchases > 0 { weight * spend.mean } else { 0.0 };
        finite((self.p * self.v + seen) / below)
    }
}

fn is_amount(mean: f64) -> bool {
    mean.is_finite() && mean > 0.0
}

/// Minus the mean log-likelihood and its gradient by ln p, ln q, ln v. Spends are ordered by purchases.
fn loss(spends: &[Spend], point: [f64; 3]) -> Slope<3> {
    if point.iter().any(|value| value.abs() > 14.0) {
        return Slope { value: f64::INFINITY, gradient: [0.0; 3] };
    }
    let [p, q, v] = point.map(f64::exp);
    let (ln_v, ln_gamma_q, digamma_q) = (v.ln(), ln_gamma(q), digamma(q));
    let (mut value, mut by_p, mut by_q, mut by_v) = (0.0, 0.0, 0.0, 0.0);
    for run in spends.chunk_by(|one, next| one.purchases == next.purchases) {
        let x = f64::from(run[0].purchases);
        let px = p * x;
        let constant = ln_gamma(px + q) - ln_gamma(px) - ln_gamma_q + q * ln_v + px * x.ln();
        let (digamma_both, digamma_px) = (digamma(px + q), digamma(px));
        for spend in run {
            let (ln_mean, total) = (spend.mean.ln(), x * spend.mean + v);
            let ln_total = total.ln();
            value += constant + (px - 1.0) * ln_mean - (px + q) * ln_total;
            by_p += x * (digamma_both - digamma_px + ln_mean + x.ln() - ln_total);
            by_q += digamma_both - digamma_q + ln_v - ln_total;
            by_v += q / v - (px + q) / total;
        }
    }
    let customers = spends.len() as f64;
    Slope {
        value: -value / customers,
        gradient: [by_p * p, by_q * q, by_v * v].map(|part| -part / customers),
    }
}

fn correlation(spends: &[Spend]) -> f64 {
    let count = spends.len() as f64;
    let mean_x = spends.iter().map(|spend| f64::from(spend.purchases)).sum::<f64>() / count;
    let mean_y = spends.iter().map(|spend| spend.mean).sum::<f64>() / count;
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for spend in spends {
        let (x, y) = (f64::from(spend.purchases) - mean_x, spend.mean - mean_y);
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    let spread = (xx * yy).sqrt();
    if spread > 0.0 { xy / spread } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::models::optimize::numeric_slope;

    proptest! {
        #[test]
        fn gradient_equals_finite_differences(
            point in [-1.0_f64..2.5, -1.0..2.0, -1.0..3.0],
            amounts in prop::collection::vec((1_u32..30, 0.05_f64..20.0), 1..30),
        ) {
            let spend = |(purchases, mean): (u32, f64)| Spend { purchases, mean };
            let mut spends: Vec<Spend> = amounts.into_iter().map(spend).collect();
            spends.sort_by_key(|spend| spend.purchases);
            let exact = loss(&spends, point).gradient;
            let rough = numeric_slope(|point| loss(&spends, point).value, point).gradient;
            for (exact, rough) in exact.into_iter().zip(rough) {
                prop_assert!((exact - rough).abs() <= 2e-6 * (1.0 + exact.abs() + rough.abs()), "{exact} {rough}");
            }
        }
    }
}
