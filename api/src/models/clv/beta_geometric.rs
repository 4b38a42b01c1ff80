//! BG/NBD (Fader, Hardie and Lee 2005) and MBG/NBD (Batislam, Denizel and Filiztekin 2007): likelihood, P(alive),
//! expectation. Both are one formula in n, the number of purchases after which a customer could have left:
//! n = x + `first`, where `first` is 0 for BG/NBD and 1 for MBG/NBD.

use super::{Group, History, times::Times};
use crate::models::{
    optimize::Slope,
    special::{digamma, hyp2f1, ln_gamma},
};

/// Half the distance that [`expected_purchases`] keeps from a parameter value where its formula is 0 / 0.
const AROUND_POLE: f64 = 1e-5;

/// Largest product of several customers' odds whose logarithm is taken at once.
const LARGEST_PRODUCT: f64 = 1e250;

/// The log-likelihood of the groups, ordered by frequency, and its gradient.
pub(super) fn log_likelihood(first: u32, [r, alpha, a, b]: [f64; 4], groups: &[Group]) -> Slope<4> {
    let (ln_alpha, ln_a) = (alpha.ln(), a.ln());
    let common = [ln_gamma(r), ln_gamma(a + b) - ln_gamma(b), digamma(r), digamma(a + b), digamma(b)];
    let [ln_gamma_r, ln_beta, digamma_r, digamma_ab, digamma_b] = common;
    let (mut value, mut by_r, mut by_alpha, mut by_a, mut by_b) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let times = Times::of(alpha, groups);
    for run in groups.chunk_by(|one, next| one.history.frequency == next.history.frequency) {
        let x = f64::from(run[0].history.frequency);
        let n = x + f64::from(first);
        let customers = run.iter().map(|group| group.customers).sum::<u64>() as f64;
        let digamma_abn = digamma(a + b + n);
        value += customers
            * (ln_gamma(r + x) - ln_gamma_r + r * ln_alpha + ln_beta + ln_gamma(b + n) - ln_gamma(a + b + n));
        by_r += customers * (digamma(r + x) - digamma_r + ln_alpha);
        by_alpha += customers * r / alpha;
        by_a += customers * (digamma_ab - digamma_abn);
        by_b += customers * (digamma_ab + digamma(b + n) - digamma_b - digamma_abn);
        let shape = r + x;
        let sums = if n > 0.0 {
            let sums = of_leaving(run, &times, ln_a - (b + n - 1.0).ln(), shape);
            by_a += sums.left / a;
            by_b -= sums.left / (b + n - 1.0);
            sums
        } else {
            of_lasting(run, &times)
        };
        value += sums.logs - shape * sums.in_logs;
        by_r += sums.by_shape - sums.in_logs;
        by_alpha -= shape * sums.in_rates;
    }
    Slope { value, gradient: [by_r, by_alpha, by_a, by_b] }
}

/// Sums over customers of one frequency.
#[derive(Debug, Default)]
struct Sums {
    /// ln(1 + odds of having left).
    logs: f64,
    /// ln(α + T).
    in_logs: f64,
    /// The derivative of both by α, over minus the shape.
    in_rates: f64,
    /// The derivative of `logs` by the shape.
    by_shape: f64,
    /// Customers who left.
    left: f64,
}

/// Of customers who cannot have left.
fn of_lasting(run: &[Group], times: &Times) -> Sums {
    let mut sums = Sums::default();
    for ages in run.chunk_by(|one, next| one.history.age.to_bits() == next.history.age.to_bits()) {
        let end = times.until(ages[0].history.age);
        let customers = ages.iter().map(|group| group.customers).sum::<u64>() as f64;
        sums.in_logs += customers * end.logarithm;
        sums.in_rates += customers * end.inverse;
    }
    sums
}

/// Of customers of whom each left right after the last purchase with odds of e^`ln_odds` ((α + T) / (α + tₓ))^`shape`.
fn of_leaving(run: &[Group], times: &Times, ln_odds: f64, shape: f64) -> Sums {
    let powers = times.powers(run.len(), shape);
    let mut sums = Sums::default();
    let mut product = 1.0;
    for ages in run.chunk_by(|one, next| one.history.age.to_bits() == next.history.age.to_bits()) {
        let end = times.until(ages[0].history.age);
        let factor = (ln_odds + shape * (end.logarithm - times.longest)).exp();
        for Group { history, customers } in ages {
            let last = times.until(history.recency);
            let between = end.logarithm - last.logarithm;
            let odds = match last.place.and_then(|place| powers.get(place)) {
                Some(power) => factor * power,
                None => (ln_odds + shape * between).exp(),
            };
            let customers = *customers as f64;
            let gone = if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 };
            if customers <= 1.0 && odds <= 1.0 / f64::EPSILON {
                product *= 1.0 + odds;
                if product > LARGEST_PRODUCT {
                    sums.logs += product.ln();
                    product = 1.0;
                }
            } else {
                // Not `ln_1p`, which takes twice as long: what it saves of small odds is lost in the sum.
                sums.logs +=
                    customers * if odds.is_finite() { (1.0 + odds).ln() } else { ln_odds + shape * between };
            }
            sums.in_logs += customers * end.logarithm;
            sums.by_shape += customers * gone * between;
            sums.in_rates += customers * ((1.0 - gone) * end.inverse + gone * last.inverse);
            sums.left += customers * gone;
        }
    }
    sums.logs += product.ln();
    sums
}

/// P(alive | x, tₓ, T).
pub(super) fn probability_alive(first: u32, [r, alpha, a, b]: [f64; 4], history: History) -> f64 {
    let x = f64::from(history.frequency);
    let n = x + f64::from(first);
    if n == 0.0 {
        return 1.0;
    }
    let log_odds =
        a.ln() - (b + n - 1.0).ln() + (r + x) * ((alpha + history.age).ln() - (alpha + history.recency).ln());
    1.0 / (1.0 + log_odds.exp())
}

/// E[Y(t) | x, tₓ, T]: equation (10) of the paper after Euler's transformation of ₂F₁, which takes its overflow away.
pub(super) fn expected_purchases(
    first: u32,
    [r, alpha, a, b]: [f64; 4],
    history: History,
    horizon: f64,
) -> f64 {
    let x = f64::from(history.frequency);
    let n = x + f64::from(first);
    let end = alpha + history.age;
    let z = horizon / (end + horizon);
    let if_alive = |a: f64| {
        let top = a + b + n - 1.0;
        let stays = ((a - 1.0) * (-z).ln_1p()).exp();
        top / (a - 1.0) * (1.0 - stays * hyp2f1(top - r - x, a - 1.0, top, z))
    };
    let alive = probability_alive(first, [r, alpha, a, b], history);
    let near_pole = (a - 1.0).abs() < AROUND_POLE || (a + b + n - 1.0).abs() < AROUND_POLE;
    if near_pole {
        let width = 2.0 * AROUND_POLE;
        return alive * f64::midpoint(if_alive(a - width), if_alive(a + width));
    }
    alive * if_alive(a)
}
