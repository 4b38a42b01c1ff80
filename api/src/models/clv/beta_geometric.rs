//! BG/NBD (Fader, Hardie and Lee 2005) and MBG/NBD (Batislam, Denizel and Filiztekin 2007): likelihood, P(alive),
//! expectation. Both are one formula in n, the number of purchases after which a customer could have left:
//! n = x + `first`, where `first` is 0 for BG/NBD and 1 for MBG/NBD.

use super::{Group, History};
use crate::models::{
    optimize::Slope,
    special::{digamma, hyp2f1, ln_gamma},
};

/// Half the distance that [`expected_purchases`] keeps from a parameter value where its formula is 0 / 0.
const AROUND_POLE: f64 = 1e-5;

/// The log-likelihood of the groups, ordered by frequency, and its gradient.
pub(super) fn log_likelihood(first: u32, [r, alpha, a, b]: [f64; 4], groups: &[Group]) -> Slope<4> {
    let (ln_alpha, ln_a) = (alpha.ln(), a.ln());
    let common = [ln_gamma(r), ln_gamma(a + b) - ln_gamma(b), digamma(r), digamma(a + b), digamma(b)];
    let [ln_gamma_r, ln_beta, digamma_r, digamma_ab, digamma_b] = common;
    let (mut value, mut by_r, mut by_alpha, mut by_a, mut by_b) = (0.0, 0.0, 0.0, 0.0, 0.0);
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
        let could_leave = n > 0.0;
        let ln_odds = ln_a - (b + n - 1.0).ln();
        let shape = r + x;
        let (mut left, mut in_logs, mut in_rates, mut logs) = (0.0, 0.0, 0.0, 0.0);
        let (mut until_end, mut ln_until_end) = (0.0, 0.0);
        for Group { history, customers } in run {
            let customers = *customers as f64;
            // Ordered by age, few groups have another one than the group before.
            let end = alpha + history.age;
            if end.to_bits() != f64::to_bits(until_end) {
                (until_end, ln_until_end) = (end, end.ln());
            }
            if !could_leave {
                in_logs += customers * ln_until_end;
                in_rates += customers / until_end;
                continue;
            }
            let until_last = alpha + history.recency;
            let ln_until_last = until_last.ln();
            // The odds that the customer left right after the last purchase.
            let log_odds = ln_odds + shape * (ln_until_end - ln_until_last);
            let odds = log_odds.exp();
            let gone = if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 };
            // Not `ln_1p`, which takes twice as long: what it saves of small odds is lost in the sum.
            logs += customers * if odds.is_finite() { (1.0 + odds).ln() } else { log_odds };
            in_logs += customers * ln_until_end;
            by_r += customers * gone * (ln_until_end - ln_until_last);
            in_rates += customers * ((1.0 - gone) / until_end + gone / until_last);
            left += customers * gone;
        }
        value += logs - shape * in_logs;
        by_r -= in_logs;
        by_alpha -= shape * in_rates;
        if could_leave {
            by_a += left / a;
            by_b -= left / (b + n - 1.0);
        }
    }
    Slope { value, gradient: [by_r, by_alpha, by_a, by_b] }
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
