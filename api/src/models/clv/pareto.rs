//! Pareto/NBD (Schmittlein, Morrison and Colombo 1987): likelihood, P(alive), expectation.
//! The probability of having left is integrated over the time of leaving, by Gauss and Legendre's rule: unlike its
//! closed form in ₂F₁ it has derivatives in all four parameters, and no case α = β.

use super::{Group, History};
use crate::models::{
    optimize::Slope,
    special::{digamma, ln_gamma},
};

/// Nodes on (0, 1) and weights of Gauss and Legendre's rule with 10 points: half of it, the rest is its mirror.
const RULE: [(f64, f64); 5] = [
    (0.148_874_338_981_631_22, 0.295_524_224_714_752_87),
    (0.433_395_394_129_247_2, 0.269_266_719_309_996_35),
    (0.679_409_568_299_024_4, 0.219_086_362_515_982_04),
    (0.865_063_366_688_984_5, 0.149_451_349_150_580_6),
    (0.973_906_528_517_171_7, 0.066_671_344_308_688_14),
];

/// Most that a logarithm of the integrand changes over one piece of the interval: 14 digits are left of 16.
const CHANGE_PER_PIECE: f64 = 6.0;
/// A piece's longest extent. The integrand has a singularity at ±πi from it.
const LONGEST_PIECE: f64 = 2.5;

/// The log-likelihood of the groups, ordered by frequency, and its gradient.
pub(super) fn log_likelihood(parameters: [f64; 4], groups: &[Group]) -> Slope<4> {
    let [r, alpha, s, beta] = parameters;
    let (ln_alpha, ln_beta) = (alpha.ln(), beta.ln());
    let (ln_gamma_r, digamma_r) = (ln_gamma(r), digamma(r));
    let mut slope = Slope { value: 0.0, gradient: [0.0; 4] };
    for run in groups.chunk_by(|one, next| one.history.frequency == next.history.frequency) {
        let x = f64::from(run[0].history.frequency);
        let customers = run.iter().map(|group| group.customers).sum::<u64>() as f64;
        slope.value += customers * (ln_gamma(r + x) - ln_gamma_r + r * ln_alpha + s * ln_beta);
        slope.gradient[0] += customers * (digamma(r + x) - digamma_r + ln_alpha);
        slope.gradient[1] += customers * r / alpha;
        slope.gradient[2] += customers * ln_beta;
        slope.gradient[3] += customers * s / beta;
        for Group { history, customers } in run {
            let customers = *customers as f64;
            let Fates { ln_scale, alive, gone, gradient } = fates(parameters, *history);
            let both = alive + gone;
            slope.value += customers * (ln_scale + both.ln());
            for (total, part) in slope.gradient.iter_mut().zip(gradient) {
                *total += customers * part / both;
            }
        }
    }
    slope
}

/// P(alive | x, tₓ, T).
pub(super) fn probability_alive(parameters: [f64; 4], history: History) -> f64 {
    let Fates { alive, gone, .. } = fates(parameters, history);
    alive / (alive + gone)
}

/// E[Y(t) | x, tₓ, T].
pub(super) fn expected_purchases(parameters: [f64; 4], history: History, horizon: f64) -> f64 {
    let [r, alpha, s, beta] = parameters;
    let rate = (r + f64::from(history.frequency)) / (alpha + history.age);
    let end = beta + history.age;
    let ln_growth = (horizon / end).ln_1p();
    // (1 − (end / (end + horizon))^(s − 1)) / (s − 1), which is ln_growth at s = 1.
    let power = (s - 1.0) * ln_growth;
    let lasting = if power.abs() < 1e-12 { ln_growth } else { -(-power).exp_m1() / power * ln_growth };
    probability_alive(parameters, history) * rate * end * lasting
}

/// The two ways to a history, each divided by `exp(ln_scale)`, and the derivatives of their sum.
struct Fates {
    ln_scale: f64,
    alive: f64,
    gone: f64,
    gradient: [f64; 4],
}

fn fates([r, alpha, s, beta]: [f64; 4], history: History) -> Fates {
    let shape = r + f64::from(history.frequency);
    let History { recency, age, .. } = history;
    let (ln_a, ln_b) = ((alpha + age).ln(), (beta + age).ln());
    let ln_alive = -shape * ln_a - s * ln_b;
    let ln_s = s.ln();
    let ln_leave = |ln_a: f64, ln_b: f64| ln_s - shape * ln_a - (s + 1.0) * ln_b;
    // The density of leaving is highest right after the last purchase.
    let ln_scale = ln_alive.max(ln_leave((alpha + recency).ln(), (beta + recency).ln()));
    let alive = (ln_alive - ln_scale).exp();
    let mut fates = Fates {
        ln_scale,
        alive,
        gone: 0.0,
        gradient: [-alive * ln_a, -alive * shape / (alpha + age), -alive * ln_b, -alive * s / (beta + age)],
    };
    // In v = ln(least + u) the logarithm of the integrand changes at most by this per unit: of ln(least + u) by 1, and of the
    // other logarithm most at the end.
    let least = alpha.min(beta);
    let of = |other: f64| (least + age) / (other + age);
    let steepest = 1.0 + shape * of(alpha) + (s + 1.0) * of(beta);
    let (from, to) = ((least + recency).ln(), (least + age).ln());
    let per_piece = (CHANGE_PER_PIECE / steepest).min(LONGEST_PIECE);
    let pieces = ((to - from) / per_piece).ceil().max(1.0);
    let half = 0.5 * (to - from) / pieces;
    let mut piece = 0.0;
    while piece < pieces {
        let centre = from + (2.0 * piece + 1.0) * half;
        let before = fates.gone;
        for (node, weight) in RULE.iter().flat_map(|&(node, weight)| [(-node, weight), (node, weight)]) {
            let left = centre + node * half;
            let step = left.exp();
            // One of the two is `least`, and its logarithm known.
            let moved = |by: f64| if by > 0.0 { (step + by, (step + by).ln()) } else { (step, left) };
            let ((in_a, ln_a), (in_b, ln_b)) = (moved(alpha - least), moved(beta - least));
            let density = weight * half * (ln_leave(ln_a, ln_b) - ln_scale + left).exp();
            fates.gone += density;
            fates.gradient[0] -= density * ln_a;
            fates.gradient[1] -= density * shape / in_a;
            fates.gradient[2] += density * (1.0 / s - ln_b);
            fates.gradient[3] -= density * (s + 1.0) / in_b;
        }
        // After a repeat the integrand only falls: the rest is less than the last piece, piece by piece.
        if history.frequency > 0 && (fates.gone - before) <= 1e-16 * (fates.gone + alive) {
            break;
        }
        piece += 1.0;
    }
    fates
}
