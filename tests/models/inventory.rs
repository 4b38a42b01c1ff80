//! Instances of Snyder and Shen, "Fundamentals of Supply Chain Theory", as `stockpyl` 1.0.2 solves them.

use eap_api::models::inventory::{
    lot_size::{economic_order_quantity, newsvendor_normal, newsvendor_poisson},
    periodic::order_up_to,
    reorder::{Item, cost, exact, expected_inventory_level},
};

use crate::same_digits;

const ITEM: Item = Item {
    fixed_cost: 8.0,
    holding_cost: 0.225,
    stockout_cost: 7.5,
    demand_mean: 1300.0,
    demand_deviation: 150.0,
    lead_time: 1.0 / 12.0,
};

#[test]
fn economic_order_quantity_of_example_3_1() {
    let lot = economic_order_quantity(8.0, 0.225, 1300.0).unwrap();
    same_digits(lot.quantity, "304.0467800");
    same_digits(lot.cost, "68.4105255");
}

#[test]
fn newsvendors_of_example_4_3_and_by_poisson() {
    let lot = newsvendor_normal(0.18, 0.70, 50.0, 8.0).unwrap();
    same_digits(lot.quantity, "56.6039559");
    same_digits(lot.cost, "1.9976052");
    let lot = newsvendor_poisson(1.0, 4.0, 20.0).unwrap();
    same_digits(lot.quantity, "24");
    same_digits(lot.cost, "6.4380037");
}

#[test]
fn reorder_point_and_quantity_of_examples_5_1_and_5_2() {
    let policy = expected_inventory_level(&ITEM).unwrap();
    same_digits(policy.reorder_point, "213.97044");
    same_digits(policy.quantity, "318.59018");
    same_digits(policy.cost, "95.45114");
    same_digits(cost(&ITEM, 126.8, 328.5).unwrap(), "78.0711625");
    // The minimum that SciPy finds of the cost of `stockpyl`.
    let best = exact(&ITEM).unwrap();
    same_digits(best.reorder_point, "126.86706");
    same_digits(best.quantity, "328.44914");
    same_digits(best.cost, "78.0711463");
}

#[test]
fn order_up_to_levels_of_example_4_7_and_others() {
    for ([holding, stockout, fixed, demand], levels, cost) in [
        ([1.0, 4.0, 5.0, 6.0], (4, 10), "8.0341116"),
        ([0.5, 9.0, 40.0, 13.5], (11, 54), "23.6489891"),
        ([2.0, 3.0, 1.0, 0.7], (0, 1), "2.0863412"),
    ] {
        let policy = order_up_to(holding, stockout, fixed, demand).unwrap();
        assert_eq!((policy.reorder_level, policy.target), levels);
        same_digits(policy.cost, cost);
    }
}
