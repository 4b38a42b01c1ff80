//! Minimisation of smooth functions of a few variables: BFGS with a line search, and what the curvature at the minimum
//! says about uncertainty. Knows no model.

/// A function's value and gradient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slope<const N: usize> {
    /// The value; not finite where the function is not defined.
    pub value: f64,
    /// Its derivatives.
    pub gradient: [f64; N],
}

/// Where a search ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Minimum<const N: usize> {
    /// The point.
    pub point: [f64; N],
    /// The value there.
    pub value: f64,
    /// The largest absolute derivative there.
    pub gradient_norm: f64,
    /// Steps taken.
    pub iterations: u32,
    /// Whether `gradient_norm` is within the tolerance, or no step of the line search could lower the value and
    /// `gradient_norm` is within a thousand tolerances: the end of what the arithmetic resolves.
    pub converged: bool,
}

/// A square matrix, by rows.
pub type Matrix<const N: usize> = [[f64; N]; N];

/// Longest change of one coordinate in one step: parameters are logarithms, and e² is a bold step.
const LONGEST_STEP: f64 = 2.0;

/// What sums of many terms lose to rounding, relative to the value. Near a minimum values differ by less than this; the
/// slope along the step, which keeps its digits, then decides alone.
const ROUNDING: f64 = 1e-13;

/// Steps in a row that end at the edge of where the function is defined, until it is taken to have its minimum beyond.
const MOST_CUT_STEPS: u32 = 10;

/// BFGS from `start`, until the largest absolute derivative is at most `tolerance` or `most` steps are done.
pub fn minimise<const N: usize>(
    function: impl Fn([f64; N]) -> Slope<N>,
    start: [f64; N],
    tolerance: f64,
    most: u32,
) -> Minimum<N> {
    minimise_curved(function, start, None, tolerance, most)
}

/// The same, where the inverse of the Hessian near `start` is about known: it saves most of the steps.
pub fn minimise_curved<const N: usize>(
    function: impl Fn([f64; N]) -> Slope<N>,
    start: [f64; N],
    curvature: Option<Matrix<N>>,
    tolerance: f64,
    most: u32,
) -> Minimum<N> {
    let (mut point, mut here) = (start, function(start));
    let mut fresh = curvature.is_none();
    let mut inverse = curvature.unwrap_or_else(identity);
    let mut iterations = 0;
    let (mut stuck, mut cut_steps) = (false, 0);
    while iterations < most && largest(here.gradient) > tolerance && !stuck && cut_steps < MOST_CUT_STEPS {
        iterations += 1;
        let mut direction = product(&inverse, here.gradient).map(|value| -value);
        if dot(direction, here.gradient) >= 0.0 || !direction.iter().all(|value| value.is_finite()) {
            inverse = identity();
            direction = here.gradient.map(|value| -value);
        }
        let longest = largest(direction);
        if longest > LONGEST_STEP {
            direction = direction.map(|value| value * LONGEST_STEP / longest);
        }
        let (end, cut) = step(&function, point, here, direction);
        cut_steps = if cut == Cut::AtEdge { cut_steps + 1 } else { 0 };
        match end {
            Some((next_point, next)) => {
                let moved = difference(next_point, point);
                let turned = difference(next.gradient, here.gradient);
                update(&mut inverse, moved, turned, fresh);
                (point, here, fresh) = (next_point, next, false);
            }
            // Once more downhill, should the curvature have misled; then it is the end.
            None if !fresh => (inverse, fresh) = (identity(), true),
            None => stuck = true,
        }
    }
    let gradient_norm = largest(here.gradient);
    let converged = here.value.is_finite()
        && (gradient_norm <= tolerance || (stuck && gradient_norm <= 1_000.0 * tolerance));
    Minimum { point, value: here.value, gradient_norm, iterations, converged }
}

/// The derivatives of `function` at `point`, by central differences.
pub fn numeric_slope<const N: usize>(function: impl Fn([f64; N]) -> f64, point: [f64; N]) -> Slope<N> {
    let mut gradient = [0.0; N];
    for (index, derivative) in gradient.iter_mut().enumerate() {
        let width = 6e-6 * point[index].abs().max(1.0);
        let at = |sign: f64| {
            let mut shifted = point;
            shifted[index] += sign * width;
            function(shifted)
        };
        *derivative = (at(1.0) - at(-1.0)) / (2.0 * width);
    }
    Slope { value: function(point), gradient }
}

/// The covariance of estimates that are logarithms of parameters: the inverse of the Hessian of the negative
/// log-likelihood, whose gradient is `gradient`. `None` where the likelihood is not curved in every direction.
pub fn covariance<const N: usize>(
    gradient: impl Fn([f64; N]) -> [f64; N],
    point: [f64; N],
) -> Option<Matrix<N>> {
    const WIDTH: f64 = 1e-6;
    let here = gradient(point);
    let mut hessian = [[0.0; N]; N];
    for (index, row) in hessian.iter_mut().enumerate() {
        let mut shifted = point;
        shifted[index] += WIDTH;
        *row = difference(gradient(shifted), here).map(|value| value / WIDTH);
    }
    let mut symmetric = hessian;
    for row in 0..N {
        for column in 0..N {
            symmetric[row][column] = f64::midpoint(hessian[row][column], hessian[column][row]);
        }
    }
    inverse_of_positive(&symmetric)
}

/// The inverse of a positive definite matrix, by Cholesky's factors.
fn inverse_of_positive<const N: usize>(matrix: &Matrix<N>) -> Option<Matrix<N>> {
    let mut lower = [[0.0; N]; N];
    for row in 0..N {
        for column in 0..=row {
            let known: f64 = (0..column).map(|k| lower[row][k] * lower[column][k]).sum();
            let rest = matrix[row][column] - known;
            if row == column {
                if rest.is_nan() || rest <= 1e-12 * matrix[row][row].abs() {
                    return None;
                }
                lower[row][row] = rest.sqrt();
            } else {
                lower[row][column] = rest / lower[column][column];
            }
        }
    }
    let mut inverse = [[0.0; N]; N];
    for (unit, solution) in inverse.iter_mut().enumerate() {
        for row in 0..N {
            let known: f64 = (0..row).map(|k| lower[row][k] * solution[k]).sum();
            solution[row] = (f64::from(u8::from(row == unit)) - known) / lower[row][row];
        }
        for row in (0..N).rev() {
            let known: f64 = (row + 1..N).map(|k| lower[k][row] * solution[k]).sum();
            solution[row] = (solution[row] - known) / lower[row][row];
        }
    }
    Some(inverse)
}

/// What a step ran into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// Nothing.
    Nowhere,
    /// The function is not defined farther on.
    AtEdge,
}

/// A point along `direction` that lowers the value enough (Armijo) and, where a longer step helps, far enough (weak
/// Wolfe); and what a longer step ran into.
fn step<const N: usize>(
    function: &impl Fn([f64; N]) -> Slope<N>,
    point: [f64; N],
    here: Slope<N>,
    direction: [f64; N],
) -> (Option<([f64; N], Slope<N>)>, Cut) {
    let slope = dot(direction, here.gradient);
    let (mut low, mut high, mut length) = (0.0, f64::INFINITY, 1.0);
    let (mut best, mut cut) = (None, Cut::Nowhere);
    for _ in 0..50 {
        let mut next_point = point;
        for (coordinate, change) in next_point.iter_mut().zip(direction) {
            *coordinate += length * change;
        }
        let next = function(next_point);
        if !next.value.is_finite() {
            cut = Cut::AtEdge;
        }
        let enough = next.value.is_finite()
            && next.value <= here.value + 1e-4 * length * slope + ROUNDING * here.value.abs();
        if !enough {
            high = length;
        } else if dot(direction, next.gradient) < 0.9 * slope {
            low = length;
            best = Some((next_point, next));
        } else {
            return (Some((next_point, next)), cut);
        }
        length = if high.is_finite() { f64::midpoint(low, high) } else { 2.0 * low };
        if length > 8.0 || high - low < 1e-14 {
            break;
        }
    }
    (best, cut)
}

fn update<const N: usize>(inverse: &mut Matrix<N>, moved: [f64; N], turned: [f64; N], fresh: bool) {
    let curvature = dot(moved, turned);
    if curvature <= 1e-14 * dot(moved, moved).sqrt() * dot(turned, turned).sqrt() {
        return;
    }
    if fresh {
        // The first step tells the scale of the curvature.
        let scale = curvature / dot(turned, turned);
        *inverse = inverse.map(|row| row.map(|value| value * scale));
    }
    let bent = product(inverse, turned);
    let weight = (1.0 + dot(turned, bent) / curvature) / curvature;
    for row in 0..N {
        for column in 0..N {
            inverse[row][column] += weight * moved[row] * moved[column]
                - (bent[row] * moved[column] + moved[row] * bent[column]) / curvature;
        }
    }
}

fn identity<const N: usize>() -> Matrix<N> {
    let mut matrix = [[0.0; N]; N];
    for (index, row) in matrix.iter_mut().enumerate() {
        row[index] = 1.0;
    }
    matrix
}

fn product<const N: usize>(matrix: &Matrix<N>, vector: [f64; N]) -> [f64; N] {
    matrix.map(|row| dot(row, vector))
}

fn difference<const N: usize>(mut left: [f64; N], right: [f64; N]) -> [f64; N] {
    for (value, other) in left.iter_mut().zip(right) {
        *value -= other;
    }
    left
}

fn dot<const N: usize>(left: [f64; N], right: [f64; N]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

fn largest<const N: usize>(vector: [f64; N]) -> f64 {
    vector.iter().fold(0.0, |most, value| if value.is_nan() { f64::INFINITY } else { value.abs().max(most) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rosenbrock([x, y]: [f64; 2]) -> Slope<2> {
        Slope {
            value: (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2),
            gradient: [-2.0 * (1.0 - x) - 400.0 * x * (y - x * x), 200.0 * (y - x * x)],
        }
    }

    #[test]
    fn finds_the_bottom_of_a_curved_valley() {
        let minimum = minimise(rosenbrock, [-1.2, 1.0], 1e-9, 200);
        assert!(minimum.converged, "{minimum:?}");
        assert!((minimum.point[0] - 1.0).abs() < 1e-8 && (minimum.point[1] - 1.0).abs() < 1e-8);
    }

    #[test]
    fn says_when_it_ran_out_of_steps() {
        assert!(!minimise(rosenbrock, [-1.2, 1.0], 1e-9, 3).converged);
    }

    #[test]
    fn gives_up_where_the_minimum_lies_beyond_the_edge() {
        let calls = std::cell::Cell::new(0);
        // Falls for ever as x grows, and is curved in y; defined up to x = 14.
        let falling = |[x, y]: [f64; 2]| {
            calls.set(calls.get() + 1);
            let value =
                if x > 14.0 { f64::INFINITY } else { 2.0 + (-0.1 * x).exp() + (y - 0.01 * x).powi(2) };
            let across = 2.0 * (y - 0.01 * x);
            Slope { value, gradient: [-0.1 * (-0.1 * x).exp() - 0.01 * across, across] }
        };
        let end = minimise(falling, [0.0, 3.0], 1e-9, 300);
        assert!(!end.converged && end.point[0] > 13.9 && end.iterations < 60, "{end:?}");
        assert!(calls.get() < 1_500, "{} values", calls.get());
    }

    #[test]
    fn covariance_is_the_inverse_of_the_curvature() {
        // Of x² + xy + 2y²: Hessian [[2, 1], [1, 4]], inverse [[4, −1], [−1, 2]] / 7.
        let found = covariance(|[x, y]: [f64; 2]| [2.0 * x + y, x + 4.0 * y], [0.3, -0.2]).unwrap();
        for (value, wanted) in found.as_flattened().iter().zip([4.0, -1.0, -1.0, 2.0]) {
            assert!((value - wanted / 7.0).abs() < 1e-8);
        }
        assert_eq!(covariance(|[x, _]: [f64; 2]| [2.0 * x, 0.0], [0.3, -0.2]), None);
    }
}
