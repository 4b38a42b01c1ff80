//! Against counting every pair of every order.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

const ALL: Limits = Limits { least_orders: 1, most_counters: 1_000_000, most_pairs: usize::MAX };

fn count(orders: &[Vec<u32>], limits: Limits) -> Together {
    bought_together(orders.iter().map(Vec::as_slice), limits).unwrap()
}

fn by_hand(orders: &[Vec<u32>]) -> (BTreeMap<(u32, u32), u32>, BTreeMap<u32, u32>) {
    let (mut pairs, mut singles) = (BTreeMap::new(), BTreeMap::new());
    for order in orders {
        let products: BTreeSet<u32> = order.iter().copied().collect();
        for first in &products {
            *singles.entry(*first).or_default() += 1;
            for second in products.iter().filter(|second| *second > first) {
                *pairs.entry((*first, *second)).or_default() += 1;
            }
        }
    }
    (pairs, singles)
}

proptest! {
    #[test]
    fn counts_are_exact_within_any_bound(
        orders in prop::collection::vec(prop::collection::vec(0_u32..25, 1..8), 1..80),
        most_counters in 1_usize..400,
        least_orders in 1_u32..4,
    ) {
        let (pairs, singles) = by_hand(&orders);
        let found = count(&orders, Limits { least_orders, most_counters, most_pairs: usize::MAX });
        let wanted: BTreeMap<_, _> = pairs
            .into_iter()
            .filter(|((first, second), both)| {
                let least = found.least_product_orders;
                *both >= least_orders && singles[first] >= least && singles[second] >= least
            })
            .collect();
        let counted: BTreeMap<_, _> = found.pairs.iter().map(|pair| ((pair.first, pair.second), pair.orders)).collect();
        prop_assert_eq!(counted, wanted);
        let paired = singles.values().filter(|orders| **orders >= found.least_product_orders).count();
        prop_assert!(paired * paired.saturating_sub(1) / 2 <= most_counters);
        for pair in &found.pairs {
            prop_assert_eq!((pair.first_orders, pair.second_orders), (singles[&pair.first], singles[&pair.second]));
        }
    }
}

#[test]
fn support_confidence_and_lift_of_a_small_shop() {
    // Bread 1, butter 2, beer 3, in five orders.
    let orders = [vec![1, 2], vec![2, 1, 1], vec![1, 3], vec![3], vec![2]];
    let found = count(&orders, ALL);
    assert_eq!((found.orders, found.least_product_orders, found.pairs.len()), (5, 1, 2));
    let pair = found.pairs[0];
    assert_eq!((pair.first, pair.second, pair.orders), (1, 2, 2));
    assert!((pair.support(5) - 0.4).abs() < 1e-12);
    assert!(
        (pair.confidence() - 2.0 / 3.0).abs() < 1e-12
            && (pair.reverse_confidence() - 2.0 / 3.0).abs() < 1e-12
    );
    assert!((pair.lift(5) - 10.0 / 9.0).abs() < 1e-12);
    assert_eq!(count(&orders, Limits { most_pairs: 1, ..ALL }).pairs, [pair]);
}

#[test]
fn no_orders_is_a_state() {
    assert_eq!(bought_together(std::iter::empty(), ALL).unwrap_err().name(), "too_little_data");
    assert!(count(&[vec![7]], ALL).pairs.is_empty());
}
