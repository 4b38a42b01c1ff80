//! Optimal by brute force, and what nobody can answer.

use proptest::prelude::*;

use super::{
    classes::{DemandClass, ValueClass, by_demand, by_value},
    lot_size::{economic_order_quantity, newsvendor_poisson, order_cost},
    periodic::order_up_to,
    reorder::{Item, cost, exact, expected_inventory_level},
    stock::{Action, Supply, recommend, sell_through},
};
use crate::models::special::ln_gamma;

proptest! {
    #[test]
    fn no_other_quantity_costs_less_than_the_economic_one(
        fixed in 0.5_f64..500.0, holding in 0.01_f64..20.0, demand in 1.0_f64..50_000.0,
    ) {
        let lot = economic_order_quantity(fixed, holding, demand).unwrap();
        prop_assert!((lot.cost - order_cost(fixed, holding, demand, lot.quantity)).abs() < 1e-9 * lot.cost);
        for step in 1..400 {
            let other = lot.quantity * f64::from(step) / 100.0;
            prop_assert!(order_cost(fixed, holding, demand, other) >= lot.cost * (1.0 - 1e-12));
        }
    }

    #[test]
    fn no_neighbour_of_the_exact_policy_costs_less(
        fixed in 1.0_f64..100.0, holding in 0.05_f64..2.0, stockout in 0.5_f64..30.0, lead in 0.02_f64..1.0,
    ) {
        let item = Item {
            fixed_cost: fixed, holding_cost: holding, stockout_cost: stockout, demand_mean: 1300.0,
            demand_deviation: 150.0, lead_time: lead,
        };
        let best = exact(&item).unwrap();
        for (point, quantity) in [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0), (3.0, -2.0), (-3.0, 2.0), (40.0, 40.0)] {
            let other = cost(&item, best.reorder_point + point, best.quantity + quantity).unwrap();
            prop_assert!(other >= best.cost * (1.0 - 1e-10), "{other} is below {best:?}");
        }
    }

    #[test]
    fn poisson_newsvendor_is_the_best_of_all_stocks(holding in 0.2_f64..5.0, stockout in 0.2_f64..20.0, mean in 0.3_f64..40.0) {
        let lot = newsvendor_poisson(holding, stockout, mean).unwrap();
        let of = |stock: i32| -> f64 {
            (0..300).map(f64::from).map(|sold| {
                let probability = (sold * mean.ln() - mean - ln_gamma(sold + 1.0)).exp();
                let left = f64::from(stock) - sold;
                probability * if left > 0.0 { holding * left } else { -stockout * left }
            }).sum()
        };
        let best = (0..150).map(of).fold(f64::INFINITY, f64::min);
        prop_assert!((lot.cost - best).abs() < 1e-9, "{lot:?} {best}");
    }
}

#[test]
fn classes_begin_with_the_share_before_them() {
    use ValueClass::{A, B, C};
    assert_eq!(by_value(&[10, 80, 6, 4, 0, -5]), [B, A, B, C, C, C]);
    assert_eq!(by_value(&[7, 7, 7]), [A, A, A]);
    assert_eq!(by_value(&[]), []);
}

#[test]
fn demand_is_steady_varying_or_erratic() {
    let class = |demand: &[f64]| by_demand(demand).unwrap().0;
    assert_eq!(class(&[10.0, 11.0, 9.0, 10.0]), DemandClass::X);
    assert_eq!(class(&[10.0, 0.0, 12.0, 4.0]), DemandClass::Y);
    assert_eq!(class(&[0.0, 0.0, 0.0, 9.0]), DemandClass::Z);
    assert_eq!(by_demand(&[0.0, 0.0]), Ok((DemandClass::Z, None)));
    assert_eq!(by_demand(&[1.0]).unwrap_err().name(), "too_little_data");
}

const SUPPLY: Supply = Supply {
    on_hand: 40.0,
    on_order: 0.0,
    lead_days: 4.0,
    lead_deviation: 0.0,
    fixed_cost: 8.0,
    holding_cost: 0.225 / 365.0,
    service_level: 0.95,
    pack: 1.0,
};

#[test]
fn a_recommendation_says_how_many_and_until_when() {
    // Mean 4, variance 100/19 · … : 10 days of 2 and 10 of 6.
    let demand: Vec<f64> = (0..20).map(|day| if day % 2 == 0 { 2.0 } else { 6.0 }).collect();
    let found = recommend(&demand, &SUPPLY).unwrap();
    let deviation = (80.0_f64 / 19.0).sqrt();
    assert!((found.safety_stock - 1.644_853_626_951 * 2.0 * deviation).abs() < 1e-9);
    assert!((found.reorder_point - 16.0 - found.safety_stock).abs() < 1e-12);
    assert_eq!(found.days_of_cover, Some(10.0));
    let Action::Order { units, within_days } = found.action else { panic!("{found:?}") };
    assert_eq!((units, found.order_quantity), (323.0, 323.0));
    assert!((within_days - (40.0 - found.reorder_point) / 4.0).abs() < 1e-12);

    let owed = Supply { on_hand: -10.0, pack: 24.0, ..SUPPLY };
    let found = recommend(&demand, &owed).unwrap();
    // √(2 · 8 · 4 · 365 / 0.225) = 322.2, and 10 + 22.75 below the reorder point.
    assert_eq!(found.action, Action::Order { units: 360.0, within_days: 0.0 });
    assert_eq!(found.days_of_cover, Some(0.0));
}

#[test]
fn nothing_sold_is_nothing_to_order() {
    let found = recommend(&[0.0; 30], &SUPPLY).unwrap();
    assert_eq!((found.action, found.days_of_cover), (Action::NoDemand, None));
    assert_eq!(recommend(&[1.0; 13], &SUPPLY).unwrap_err().name(), "too_little_data");
    assert_eq!(sell_through(30.0, 10.0), Some(0.75));
    assert_eq!(sell_through(0.0, 0.0), None);
}

#[test]
fn impossible_costs_are_refused() {
    assert!(economic_order_quantity(0.0, 1.0, 1.0).is_err());
    assert!(newsvendor_poisson(1.0, f64::NAN, 3.0).is_err());
    assert!(order_up_to(1.0, 4.0, 5.0, -1.0).is_err());
    let item = Item {
        fixed_cost: 8.0,
        holding_cost: 9.0,
        stockout_cost: 0.01,
        demand_mean: 10.0,
        demand_deviation: 1.0,
        lead_time: 1.0,
    };
    assert_eq!(expected_inventory_level(&item).unwrap_err().name(), "out_of_domain");
}
