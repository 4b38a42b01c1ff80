//! Maximum likelihood for the families of purchase models: several starts, the best of them refined on all customers,
//! and a report of how that went.

use super::{Family, Group, Model};
use crate::models::{
    Answer, Refusal,
    optimize::{Minimum, Slope, covariance, minimise, minimise_curved},
};

/// Least customers that were seen to buy again: four parameters from fewer are noise.
pub const LEAST_REPEAT_CUSTOMERS: usize = 20;

/// Largest derivative of the mean log-likelihood by the logarithm of a parameter at an optimum.
const TOLERANCE: f64 = 1e-8;
const MOST_ITERATIONS: u32 = 300;
/// Groups that starts are tried on; more would not change which start is best.
const GROUPS_FOR_STARTS: usize = 4_000;
/// Fewer are done before threads have started.
const GROUPS_FOR_THREADS: usize = 20_000;
const PARTS: usize = 8;
/// Logarithms of parameters beyond this are not searched: the likelihood is flat there.
const LARGEST_LOGARITHM: f64 = 14.0;
/// Logarithm of an a at which nobody leaves, however long a customer has not bought.
const NEXT_TO_NOTHING: f64 = -30.0;
/// Where fewer than this leave after a purchase, hardly anybody does.
const LEAST_LEAVING: f64 = 1e-4;
/// Logarithm of an a at which hardly anybody leaves.
const LITTLE: f64 = -12.0;
/// Starts: r, α over the longest age, a or s, b (or β over the longest age).
const STARTS: [[f64; 4]; 4] =
    [[0.5, 0.2, 0.8, 2.0], [1.0, 1.0, 1.0, 1.0], [0.2, 0.05, 0.3, 0.5], [3.0, 0.5, 2.0, 8.0]];

/// A fitted model and what is known about its parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// The model.
    pub model: Model,
    /// Standard errors of the parameters, from the curvature of the likelihood in their logarithms; `None` where the
    /// likelihood does not determine all four.
    pub standard_errors: Option<[f64; 4]>,
    /// The log-likelihood at the parameters.
    pub log_likelihood: f64,
    /// Customers in the fit.
    pub customers: u64,
    /// How the search went.
    pub convergence: Convergence,
}

/// How a search went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Convergence {
    /// Starting points tried.
    pub starts: usize,
    /// How many of them led to the same optimum as the best.
    pub agreeing: usize,
    /// Steps of the final search.
    pub iterations: u32,
    /// Largest derivative of the mean log-likelihood by the logarithm of a parameter.
    pub gradient_norm: f64,
}

/// The most likely parameters. Groups are ordered as by [`super::group`].
pub fn fit(family: Family, groups: &[Group]) -> Answer<Fit> {
    let repeats: u64 =
        groups.iter().filter(|group| group.history.frequency > 0).map(|group| group.customers).sum();
    let found = usize::try_from(repeats).unwrap_or(usize::MAX);
    if found < LEAST_REPEAT_CUSTOMERS {
        return Err(Refusal::TooFew {
            what: "customers who bought again",
            needed: LEAST_REPEAT_CUSTOMERS,
            found,
        });
    }
    let longest = groups.iter().fold(0.0_f64, |most, group| most.max(group.history.age));
    if longest <= 0.0 {
        return Err(Refusal::NoVariation("the time since first purchases"));
    }

    let sample: Vec<Group> =
        groups.iter().step_by(groups.len().div_ceil(GROUPS_FOR_STARTS)).copied().collect();
    let trial = |start| search(family, &sample, logarithms(family, start, longest));
    let trials = std::thread::scope(|scope| {
        let searches = STARTS.map(|start| (start, scope.spawn(move || trial(start))));
        // Should a thread have died, its search is made here.
        searches.map(|(start, search)| search.join().unwrap_or_else(|_| trial(start)))
    });
    let best = trials
        .iter()
        .filter(|trial| trial.value.is_finite())
        .min_by(|one, other| one.value.total_cmp(&other.value))
        .ok_or(Refusal::NotConverged)?;
    let agreeing = trials.iter().filter(|trial| trial.value <= best.value + 1e-6).count();

    let near = covariance(|point| loss(family, &sample, point).gradient, best.point);
    let end =
        minimise_curved(|point| loss(family, groups, point), best.point, near, TOLERANCE, MOST_ITERATIONS);
    if !end.converged {
        return Err(Refusal::NotConverged);
    }
    let parameters = end.point.map(f64::exp);
    let customers = groups.iter().map(|group| group.customers).sum::<u64>();
    let mean_gradient = |point| loss(family, groups, point).gradient;
    let standard_errors = covariance(mean_gradient, end.point).map(|matrix| {
        let mut errors = parameters;
        for (index, error) in errors.iter_mut().enumerate() {
            *error *= (matrix[index][index] / customers as f64).sqrt();
        }
        errors
    });
    let convergence = Convergence {
        starts: STARTS.len(),
        agreeing,
        iterations: end.iterations,
        gradient_norm: end.gradient_norm,
    };
    Ok(Fit {
        model: Model { family, parameters },
        standard_errors,
        log_likelihood: -end.value * customers as f64,
        customers,
        convergence,
    })
}

/// The most likely parameters where they lie on the border at which nobody leaves (a = 0): the NBD (Ehrenberg 1959) as a
/// BG/NBD whose a is next to nothing. Refuses where customers leave. Standard errors of a and b are 0: they are given.
pub fn fit_lasting(groups: &[Group]) -> Answer<Fit> {
    let family = Family::BetaGeometric;
    let longest = groups.iter().fold(0.0_f64, |most, group| most.max(group.history.age));
    if longest <= 0.0 {
        return Err(Refusal::NoVariation("the time since first purchases"));
    }
    let point = |[r, alpha]: [f64; 2]| [r, alpha, NEXT_TO_NOTHING, 0.0];
    let lasting = |free| {
        let Slope { value, gradient: [r, alpha, ..] } = unbounded_loss(family, groups, point(free));
        Slope { value, gradient: [r, alpha] }
    };
    let end = minimise(lasting, [0.0, longest.ln()], TOLERANCE, MOST_ITERATIONS);
    let found = point(end.point);
    // More of a must not be more likely.
    let by_leaving = loss(family, groups, [found[0], found[1], LITTLE, 0.0]);
    if !end.converged || by_leaving.value < end.value {
        return Err(Refusal::NotConverged);
    }
    let customers = groups.iter().map(|group| group.customers).sum::<u64>();
    let parameters = found.map(f64::exp);
    let errors = |matrix: [[f64; 2]; 2]| {
        let error = |index: usize| parameters[index] * (matrix[index][index] / customers as f64).sqrt();
        [error(0), error(1), 0.0, 0.0]
    };
    Ok(Fit {
        model: Model { family, parameters },
        standard_errors: covariance(|free| lasting(free).gradient, end.point).map(errors),
        log_likelihood: -end.value * customers as f64,
        customers,
        convergence: Convergence {
            starts: 1,
            agreeing: 1,
            iterations: end.iterations,
            gradient_norm: end.gradient_norm,
        },
    })
}

/// BG/NBD, and whether it is the one where nobody leaves, as the other has no optimum then.
pub fn fit_leaving_or_not(groups: &[Group]) -> (Answer<Fit>, bool) {
    let model = fit(Family::BetaGeometric, groups);
    // On its way to the border a search may end where nothing is gained any more.
    let at_border = match &model {
        Ok(Fit { model: Model { parameters: [.., a, b], .. }, .. }) => a / (a + b) < LEAST_LEAVING,
        Err(refusal) => *refusal == Refusal::NotConverged,
    };
    if !at_border {
        return (model, false);
    }
    match fit_lasting(groups) {
        Ok(lasting) => (Ok(lasting), true),
        Err(refusal) => (model.or(Err(refusal)), false),
    }
}

fn search(family: Family, groups: &[Group], start: [f64; 4]) -> Minimum<4> {
    minimise(|point| loss(family, groups, point), start, TOLERANCE, MOST_ITERATIONS)
}

/// Minus the mean log-likelihood of a customer, by the logarithms of the parameters.
fn loss(family: Family, groups: &[Group], point: [f64; 4]) -> Slope<4> {
    if point.iter().any(|value| value.abs() > LARGEST_LOGARITHM) {
        return Slope { value: f64::INFINITY, gradient: [0.0; 4] };
    }
    unbounded_loss(family, groups, point)
}

fn unbounded_loss(family: Family, groups: &[Group], point: [f64; 4]) -> Slope<4> {
    let parameters = point.map(f64::exp);
    let Slope { value, mut gradient } = log_likelihood(family, parameters, groups);
    let customers = groups.iter().map(|group| group.customers).sum::<u64>() as f64;
    for (derivative, parameter) in gradient.iter_mut().zip(parameters) {
        *derivative *= -parameter / customers;
    }
    Slope { value: -value / customers, gradient }
}

/// In parts on threads where that pays. The parts do not depend on the machine, so that sums are the same on each.
fn log_likelihood(family: Family, parameters: [f64; 4], groups: &[Group]) -> Slope<4> {
    if groups.len() < GROUPS_FOR_THREADS {
        return family.log_likelihood(parameters, groups);
    }
    let mut total = Slope { value: 0.0, gradient: [0.0; 4] };
    let mut add = |part: Slope<4>| {
        total.value += part.value;
        for (sum, derivative) in total.gradient.iter_mut().zip(part.gradient) {
            *sum += derivative;
        }
    };
    std::thread::scope(|scope| {
        let parts = groups.chunks(groups.len().div_ceil(PARTS));
        let workers: Vec<_> =
            parts.map(|part| (part, scope.spawn(move || family.log_likelihood(parameters, part)))).collect();
        for (part, worker) in workers {
            // Should a thread have died, its part is made here.
            add(worker.join().unwrap_or_else(|_| family.log_likelihood(parameters, part)));
        }
    });
    total
}

fn logarithms(family: Family, mut start: [f64; 4], longest: f64) -> [f64; 4] {
    start[1] *= longest;
    if family == Family::Pareto {
        start[3] *= longest;
    }
    start.map(f64::ln)
}
