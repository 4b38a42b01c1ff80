//! Demand of known elasticity, and the guard rails.

use proptest::prelude::*;

use super::*;
use crate::models::special::normal_quantile;

fn simulated(elasticity: f64, noise: f64, seed: u64) -> Vec<PricePoint> {
    let mut state = seed;
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    };
    let point = |_| {
        let price = 8.0 + 4.0 * uniform();
        let error = noise * normal_quantile(uniform());
        PricePoint { price, quantity: (6.0 + elasticity * price.ln() + error).exp() }
    };
    (0..200).map(point).collect()
}

fn known(elasticity: f64, width: f64) -> Elasticity {
    Elasticity {
        low: elasticity - width,
        high: elasticity + width,
        ..Elasticity::fit(&simulated(elasticity, 0.0, 1), 0.95).unwrap()
    }
}

const RAILS: GuardRails = GuardRails { largest_change: 0.5, least_margin: 0.1 };

proptest! {
    #[test]
    fn elasticity_of_simulated_demand_is_recovered(elasticity in -4.0_f64..-0.2, seed in 1_u64..1_000_000) {
        let exact = Elasticity::fit(&simulated(elasticity, 0.0, seed), 0.95).unwrap();
        prop_assert!((exact.elasticity - elasticity).abs() < 1e-9 && exact.r_squared > 1.0 - 1e-9);
        let noisy = Elasticity::fit(&simulated(elasticity, 0.3, seed), 0.999_999).unwrap();
        prop_assert!((noisy.low..=noisy.high).contains(&elasticity), "{noisy:?}");
    }

    #[test]
    fn no_price_in_the_guard_rails_is_better(elasticity in -6.0_f64..-1.3, cost in 3.0_f64..9.0) {
        let line = known(elasticity, 0.001);
        let found = line.suggest(Position { price: 10.0, unit_cost: cost }, RAILS).unwrap();
        if found.reason == Reason::DirectionUncertain {
            return Ok(());
        }
        let profit = |price: f64| (price - cost) * (elasticity * price.ln()).exp();
        for step in 0..=400 {
            let seen = line.lowest_price + (line.highest_price - line.lowest_price) * f64::from(step) / 400.0;
            let other = seen.max(cost / 0.9);
            prop_assert!(profit(other) <= profit(found.price) * (1.0 + 1e-9), "{other} beats {found:?}");
        }
    }
}

#[test]
fn the_best_price_of_constant_elasticity() {
    // c ε / (1 + ε) = 6 · 2.5 / 1.5.
    let found = known(-2.5, 0.01).suggest(Position { price: 9.0, unit_cost: 6.0 }, RAILS).unwrap();
    assert_eq!(found.reason, Reason::Optimum);
    assert!((found.price - 10.0).abs() < 1e-6, "{found:?}");
    assert!((found.profit_ratio.unwrap() - (9.0_f64 / 10.0).powf(2.5) * 4.0 / 3.0).abs() < 1e-6);
}

#[test]
fn guard_rails_say_which_of_them_held() {
    let suggest = |elasticity, price, unit_cost, largest_change, least_margin| {
        let rails = GuardRails { largest_change, least_margin };
        known(elasticity, 0.01).suggest(Position { price, unit_cost }, rails).unwrap()
    };
    let change = suggest(-2.5, 9.0, 6.0, 0.05, 0.1);
    assert_eq!((change.reason, change.price), (Reason::LargestChange, 9.0 * 1.05));
    assert_eq!(suggest(-2.5, 11.0, 9.0, 0.9, 0.1).reason, Reason::OutsideSeenPrices);
    let inelastic = suggest(-0.5, 10.0, 5.0, 0.1, 0.1);
    assert_eq!(inelastic.reason, Reason::Inelastic);
    assert!((inelastic.price - 11.0).abs() < 1e-9);
    let margin = suggest(-6.0, 10.0, 8.0, 0.5, 0.3);
    assert_eq!(margin.reason, Reason::LeastMargin);
    assert!((margin.price - 8.0 / 0.7).abs() < 1e-9);
}

#[test]
fn what_is_not_known_is_held() {
    let position = Position { price: 10.0, unit_cost: 6.0 };
    assert_eq!(known(-0.5, 0.6).suggest(position, RAILS).unwrap().reason, Reason::NotSignificant);
    let uncertain = known(-2.5, 0.4).suggest(position, RAILS).unwrap();
    assert_eq!((uncertain.reason, uncertain.price), (Reason::DirectionUncertain, 10.0));
}

#[test]
fn little_data_is_a_state() {
    let point = |price, quantity| PricePoint { price, quantity };
    let few = vec![point(1.0, 2.0); 7];
    let unsold = vec![point(1.0, 0.0); 90];
    let fixed: Vec<_> = (1..50).map(|units| point(5.0, f64::from(units))).collect();
    let constant: Vec<_> = (1..50).map(|price| point(f64::from(price), 3.0)).collect();
    let name = |points: &[PricePoint]| Elasticity::fit(points, 0.95).unwrap_err().name();
    assert_eq!(name(&few), "too_little_data");
    assert_eq!(name(&unsold), "too_little_data");
    assert_eq!(name(&fixed), "too_little_data");
    assert_eq!(name(&constant), "no_variation");
}
