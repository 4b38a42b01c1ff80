//! Special functions and distributions: what `libm` lacks. Knows no model.

use std::f64::consts::{PI, SQRT_2};

const TINY: f64 = 1e-300;
const MOST_TERMS: u32 = 200_000;

/// ln Γ(x), x > 0.
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// ψ(x) = d ln Γ(x) / dx, x > 0: recurrence up to 10, then the asymptotic series.
pub fn digamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < 10.0 {
        shift -= 1.0 / x;
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    let series = y
        * (1.0 / 12.0
            - y * (1.0 / 120.0
                - y * (1.0 / 252.0 - y * (1.0 / 240.0 - y * (1.0 / 132.0 - y * 0.021_092_796_1)))));
    shift + x.ln() - 0.5 / x - series
}

/// Gauss's hypergeometric function ₂F₁(a, b; c; z) for 0 ≤ z < 1; c not zero or a negative integer.
///
/// The series below 0.9; beyond, where the series is slow, it is turned to 1 − z (Abramowitz and Stegun 15.3.6) unless
/// c − a − b is so near to an integer that its two terms would cancel.
pub fn hyp2f1(a: f64, b: f64, c: f64, z: f64) -> f64 {
    let excess = c - a - b;
    if z <= 0.9 || (excess - excess.round()).abs() < 1e-3 || excess.abs() > 30.0 {
        return series(a, b, c, z);
    }
    let rest = 1.0 - z;
    let near = gamma_ratio([c, excess], [c - a, c - b]) * series(a, b, 1.0 - excess, rest);
    let far =
        gamma_ratio([c, -excess], [a, b]) * rest.powf(excess) * series(c - a, c - b, 1.0 + excess, rest);
    near + far
}

fn series(a: f64, b: f64, c: f64, z: f64) -> f64 {
    let (mut term, mut sum) = (1.0_f64, 1.0_f64);
    for n in 0..MOST_TERMS {
        let n = f64::from(n);
        let ratio = (a + n) * (b + n) / ((c + n) * (n + 1.0)) * z;
        term *= ratio;
        sum += term;
        // Terms shrink for good once the ratio is below one; what is left is about term / (1 − z).
        if ratio.abs() < 1.0 && term.abs() <= 1e-17 * (1.0 - z) * sum.abs() {
            break;
        }
    }
    sum
}

/// Γ(u) Γ(v) / (Γ(x) Γ(y)) for arguments of any sign; a pole below makes it 0.
fn gamma_ratio([u, v]: [f64; 2], [x, y]: [f64; 2]) -> f64 {
    let pole = |value: f64| value <= 0.0 && value.fract() == 0.0;
    if pole(x) || pole(y) {
        return 0.0;
    }
    let parts = [libm::lgamma_r(u), libm::lgamma_r(v), libm::lgamma_r(x), libm::lgamma_r(y)];
    let sign: i32 = parts.iter().map(|part| part.1).product();
    f64::from(sign) * (parts[0].0 + parts[1].0 - parts[2].0 - parts[3].0).exp()
}

/// ln(eᵃ + eᵇ) without overflow.
pub fn ln_add_exp(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if high == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}

/// Density of the standard normal distribution.
pub fn normal_density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * PI).sqrt()
}

/// P(Z ≤ z) of the standard normal distribution, precise in both tails.
pub fn normal_probability(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

/// The z with P(Z ≤ z) = `probability`, 0 < `probability` < 1: bisection on the probability, then Newton's steps.
pub fn normal_quantile(probability: f64) -> f64 {
    // The upper tail is the mirror of the lower, where the probability keeps its digits.
    if probability > 0.5 {
        return -normal_quantile(1.0 - probability);
    }
    let (mut low, mut high) = (-38.5, 0.0);
    for _ in 0..30 {
        let middle = f64::midpoint(low, high);
        if normal_probability(middle) < probability { low = middle } else { high = middle }
    }
    let mut z = f64::midpoint(low, high);
    for _ in 0..3 {
        let density = normal_density(z);
        if density > 0.0 {
            z -= (normal_probability(z) - probability) / density;
        }
    }
    z
}

/// E[(Z − z)⁺] of the standard normal distribution: the loss function of inventory theory.
pub fn normal_loss(z: f64) -> f64 {
    (normal_density(z) - z * normal_probability(-z)).max(0.0)
}

/// P(T ≤ t) of Student's t with `degrees` of freedom (> 0).
pub fn student_probability(t: f64, degrees: f64) -> f64 {
    let tail = 0.5 * incomplete_beta(degrees / 2.0, 0.5, degrees / (degrees + t * t));
    if t > 0.0 { 1.0 - tail } else { tail }
}

/// The t with P(T ≤ t) = `probability`, 0 < `probability` < 1, by bisection.
pub fn student_quantile(probability: f64, degrees: f64) -> f64 {
    if probability < 0.5 {
        return -student_quantile(1.0 - probability, degrees);
    }
    let (mut low, mut high) = (0.0, 1.0);
    while student_probability(high, degrees) < probability && high < 1e15 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if student_probability(middle, degrees) < probability { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// The regularised incomplete beta function Iₓ(a, b), by Lentz's continued fraction.
pub fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, 1.0 - x);
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp() / a;
    let nonzero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / nonzero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for m in 1..500 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut step = 1.0;
        for coefficient in [even, odd] {
            d = 1.0 / nonzero(1.0 + coefficient * d);
            c = nonzero(1.0 + coefficient / c);
            step = c * d;
            fraction *= step;
        }
        if (step - 1.0).abs() < 1e-16 {
            break;
        }
    }
    front * fraction
}

#[cfg(test)]
mod tests;
