//! Properties that hold whatever the data: derivatives, order, limits, closed forms.

use proptest::prelude::*;

use super::*;
use crate::models::{optimize::numeric_slope, special::hyp2f1};

fn history() -> impl Strategy<Value = History> {
    (0_u32..40, 0.01_f64..1.0, 0.5_f64..150.0).prop_map(|(frequency, part, age)| History {
        frequency,
        recency: if frequency > 0 { part * age } else { 0.0 },
        age,
    })
}

fn parameters() -> impl Strategy<Value = [f64; 4]> {
    [-2.0_f64..1.5, -1.0..3.5, -1.5..1.5, -1.0..3.0].prop_map(|logarithms| logarithms.map(f64::exp))
}

fn family() -> impl Strategy<Value = Family> {
    prop::sample::select(Family::ALL.to_vec())
}

proptest! {
    #[test]
    fn gradient_equals_finite_differences(
        family in family(),
        parameters in parameters(),
        histories in prop::collection::vec(history(), 1..30),
    ) {
        let groups = group(&histories).unwrap();
        let exact = family.log_likelihood(parameters, &groups).gradient;
        let rough = numeric_slope(
            |point: [f64; 4]| family.log_likelihood(point.map(f64::exp), &groups).value,
            parameters.map(f64::ln),
        );
        for index in 0..4 {
            let (exact, rough) = (exact[index] * parameters[index], rough.gradient[index]);
            prop_assert!((exact - rough).abs() <= 2e-6 * (1.0 + exact.abs() + rough.abs()), "{exact} {rough}");
        }
    }

    #[test]
    fn silence_makes_it_likelier_that_a_customer_left(
        family in family(),
        parameters in parameters(),
        history in history(),
        silence in 0.1_f64..50.0,
    ) {
        let model = Model { family, parameters };
        let now = model.probability_alive(history).unwrap();
        let later = model.probability_alive(History { age: history.age + silence, ..history }).unwrap();
        prop_assert!((0.0..=1.0).contains(&now));
        prop_assert!(later <= now + 1e-12);
        if history.frequency > 0 {
            let earlier = History { recency: history.recency / 2.0, ..history };
            prop_assert!(model.probability_alive(earlier).unwrap() <= now + 1e-12);
        }
    }

    #[test]
    fn expected_purchases_grow_with_the_horizon_and_never_beyond_the_rate(
        family in family(),
        parameters in parameters(),
        history in history(),
        horizon in 0.1_f64..200.0,
    ) {
        let model = Model { family, parameters };
        let near = model.expected_purchases(history, horizon / 2.0).unwrap();
        let far = model.expected_purchases(history, horizon).unwrap();
        prop_assert!(near <= far + 1e-9, "{near} {far}");
        // Nobody buys faster than a customer who never leaves.
        let rate = (parameters[0] + f64::from(history.frequency)) / (parameters[1] + history.age);
        prop_assert!(far <= rate * horizon * (1.0 + 1e-9), "{far} {rate}");
    }

    #[test]
    fn pareto_likelihood_equals_its_closed_form(parameters in parameters(), history in history()) {
        let [r, alpha, s, beta] = parameters;
        let groups = group(&[history]).unwrap();
        let found = pareto::log_likelihood(parameters, &groups).value;
        prop_assert!((found - closed_pareto(r, alpha, s, beta, history)).abs() < 1e-7, "{found}");
    }
}

proptest! {
    /// Alone, a customer's likelihood comes from its formula; among many whose days are whole, out of tables.
    #[test]
    fn many_customers_are_as_likely_as_each_of_them(
        family in family(),
        parameters in parameters(),
        histories in prop::collection::vec((0_u32..4, 0_u32..40, 0_u32..40), 200..400),
    ) {
        let whole = |(frequency, recency, silence): (u32, u32, u32)| {
            let recency = if frequency > 0 { f64::from(recency) } else { 0.0 };
            History { frequency, recency, age: recency + f64::from(silence) }
        };
        let histories: Vec<History> = histories.into_iter().map(whole).collect();
        let together = family.log_likelihood(parameters, &group(&histories).unwrap());
        let mut apart = [0.0; 5];
        for history in histories {
            let Slope { value, gradient: [r, alpha, a, b] } =
                family.log_likelihood(parameters, &[Group { history, customers: 1 }]);
            for (sum, one) in apart.iter_mut().zip([value, r, alpha, a, b]) {
                *sum += one;
            }
        }
        let [r, alpha, a, b] = together.gradient;
        for (together, apart) in [together.value, r, alpha, a, b].into_iter().zip(apart) {
            prop_assert!((together - apart).abs() <= 1e-10 * (1.0 + apart.abs()), "{together} {apart}");
        }
    }
}

/// Equations (18) to (20) of Fader and Hardie's note on the derivation of the Pareto/NBD.
fn closed_pareto(r: f64, alpha: f64, s: f64, beta: f64, history: History) -> f64 {
    use crate::models::special::ln_gamma;
    let x = f64::from(history.frequency);
    let sum = r + s + x;
    let (most, second) = if alpha >= beta { (alpha, s + 1.0) } else { (beta, r + x) };
    let part = |time: f64| {
        hyp2f1(sum, second, sum + 1.0, (alpha - beta).abs() / (most + time))
            * (-sum * (most + time).ln()).exp()
    };
    let gone = s / sum * (part(history.recency) - part(history.age));
    let alive = (-(r + x) * (alpha + history.age).ln() - s * (beta + history.age).ln()).exp();
    ln_gamma(r + x) - ln_gamma(r) + r * alpha.ln() + s * beta.ln() + (alive + gone).ln()
}

#[test]
fn the_formula_is_smooth_where_it_is_nothing_over_nothing() {
    let history = History { frequency: 3, recency: 10.0, age: 20.0 };
    let at = |a: f64| {
        let model = Model { family: Family::BetaGeometric, parameters: [0.5, 5.0, a, 2.0] };
        model.expected_purchases(history, 30.0).unwrap()
    };
    assert!((at(1.0) - f64::midpoint(at(0.999), at(1.001))).abs() < 1e-6);
}

#[test]
fn groups_count_equal_histories() {
    let once = History { frequency: 0, recency: 0.0, age: 5.0 };
    let twice = History { frequency: 1, recency: 2.0, age: 5.0 };
    let groups = group(&[twice, once, twice]).unwrap();
    assert_eq!(groups, [Group { history: once, customers: 1 }, Group { history: twice, customers: 2 }]);
}

#[test]
fn impossible_histories_are_refused() {
    for (frequency, recency, age) in
        [(1, 6.0, 5.0), (0, 1.0, 5.0), (1, -1.0, 5.0), (1, f64::NAN, 5.0), (0, 0.0, f64::NAN)]
    {
        let refused = group(&[History { frequency, recency, age }]);
        assert!(matches!(refused, Err(Refusal::OutOfDomain(_))), "{frequency} {recency} {age}");
    }
}

#[test]
fn little_data_is_a_state() {
    let few = vec![History { frequency: 2, recency: 3.0, age: 9.0 }; 19];
    let refused = fit::fit(Family::BetaGeometric, &group(&few).unwrap());
    assert_eq!(refused, Err(Refusal::TooFew { what: "customers who bought again", needed: 20, found: 19 }));
    let today = vec![History { frequency: 1, recency: 0.0, age: 0.0 }; 30];
    assert!(fit::fit(Family::Pareto, &group(&today).unwrap()).is_err());
    for family in Family::ALL {
        let all_alike = vec![History { frequency: 2, recency: 3.0, age: 9.0 }; 500];
        if let Ok(fit) = fit::fit(family, &group(&all_alike).unwrap()) {
            assert!(
                fit.log_likelihood.is_finite() && fit.model.parameters.iter().all(|value| value.is_finite())
            );
        }
    }
}
