//! Frequently bought together: support, confidence and lift of pairs of products, from exact counts in bounded memory.
//! Knows products by number only.

use std::collections::HashMap;

use crate::models::{Answer, Refusal};

/// What pairs to look for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Orders that a pair is in, at least; 1 or more.
    pub least_orders: u32,
    /// Pairs counted at a time: 4 bytes each. Where more are possible, only the most frequent products are paired.
    pub most_counters: usize,
    /// Pairs returned, best first.
    pub most_pairs: usize,
}

/// Two products and the orders they are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The product with the smaller number.
    pub first: u32,
    /// The other.
    pub second: u32,
    /// Orders with both.
    pub orders: u32,
    /// Orders with the first.
    pub first_orders: u32,
    /// Orders with the second.
    pub second_orders: u32,
}

impl Pair {
    /// Share of all `orders` that have both.
    pub fn support(&self, orders: u32) -> f64 {
        f64::from(self.orders) / f64::from(orders.max(1))
    }

    /// Of the orders with the first, the share that also have the second.
    pub fn confidence(&self) -> f64 {
        f64::from(self.orders) / f64::from(self.first_orders)
    }

    /// Of the orders with the second, the share that also have the first.
    pub fn reverse_confidence(&self) -> f64 {
        f64::from(self.orders) / f64::from(self.second_orders)
    }

    /// How many times more often they are together than by chance; 1 is chance.
    pub fn lift(&self, orders: u32) -> f64 {
        self.confidence() * f64::from(orders) / f64::from(self.second_orders)
    }
}

/// The pairs found and what was counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Together {
    /// Pairs by orders with both, most first; then by smaller numbers.
    pub pairs: Vec<Pair>,
    /// Orders counted, those with a single product included.
    pub orders: u32,
    /// Orders that a product had to be in to be paired. Above [`Limits::least_orders`] where memory set the bound: pairs
    /// of rarer products were not looked for.
    pub least_product_orders: u32,
}

/// Counts pairs of products. `orders` gives the products of each order, in any sequence and possibly repeated; it is
/// gone through twice. Counts are exact for every pair returned.
pub fn bought_together<'a>(
    orders: impl Iterator<Item = &'a [u32]> + Clone,
    limits: Limits,
) -> Answer<Together> {
    if limits.least_orders == 0 || limits.most_counters == 0 {
        return Err(Refusal::OutOfDomain("at least one order and one counter"));
    }
    let mut total = 0_u32;
    let mut singles: HashMap<u32, u32> = HashMap::new();
    let mut products = Vec::new();
    for order in orders.clone() {
        distinct(order, &mut products);
        total = total.saturating_add(u32::from(!products.is_empty()));
        for product in &products {
            *singles.entry(*product).or_default() += 1;
        }
    }
    if total == 0 {
        return Err(Refusal::TooFew { what: "orders", needed: 1, found: 0 });
    }

    let (frequent, least_product_orders) = frequent(&singles, limits);
    let places: HashMap<u32, usize> =
        frequent.iter().enumerate().map(|(place, product)| (*product, place)).collect();
    let mut counters = vec![0_u32; triangle(frequent.len())];
    let mut present = Vec::new();
    for order in orders {
        distinct(order, &mut products);
        present.clear();
        present.extend(products.iter().filter_map(|product| places.get(product).copied()));
        // By place, so that the first of two is always the lower row.
        present.sort_unstable();
        for (index, high) in present.iter().enumerate() {
            for low in &present[..index] {
                counters[triangle(*high) + low] += 1;
            }
        }
    }

    let mut pairs = Vec::new();
    for high in 1..frequent.len() {
        for low in 0..high {
            let orders = counters[triangle(high) + low];
            if orders >= limits.least_orders {
                let (first, second) = (frequent[low].min(frequent[high]), frequent[low].max(frequent[high]));
                let (first_orders, second_orders) = (singles[&first], singles[&second]);
                pairs.push(Pair { first, second, orders, first_orders, second_orders });
            }
        }
        // What cannot be among the best any more need not be kept.
        if pairs.len() >= limits.most_pairs.max(1_000).saturating_mul(2) {
            keep_best(&mut pairs, limits.most_pairs);
        }
    }
    keep_best(&mut pairs, limits.most_pairs);
    Ok(Together { pairs, orders: total, least_product_orders })
}

/// Products to pair, by number, and the orders that each of them has at least.
fn frequent(singles: &HashMap<u32, u32>, limits: Limits) -> (Vec<u32>, u32) {
    let mut counts: Vec<u32> =
        singles.values().copied().filter(|count| *count >= limits.least_orders).collect();
    counts.sort_unstable_by(|one, other| other.cmp(one));
    let most = most_products(limits.most_counters);
    // All products with as many orders as the first one too many are left out with it: the bound is a plain number.
    let least = counts.get(most).map_or(limits.least_orders, |count| count.saturating_add(1));
    let mut products: Vec<u32> =
        singles.iter().filter(|(_, count)| **count >= least).map(|(product, _)| *product).collect();
    products.sort_unstable();
    (products, least)
}

/// The most products whose pairs have a counter each.
fn most_products(counters: usize) -> usize {
    let mut products = counters.saturating_mul(2).isqrt() + 1;
    while triangle(products) > counters {
        products -= 1;
    }
    products
}

/// Pairs of so many products; also where the row of a product begins.
fn triangle(products: usize) -> usize {
    products.saturating_mul(products.saturating_sub(1)) / 2
}

fn distinct(order: &[u32], products: &mut Vec<u32>) {
    products.clear();
    products.extend_from_slice(order);
    products.sort_unstable();
    products.dedup();
}

fn keep_best(pairs: &mut Vec<Pair>, most: usize) {
    pairs.sort_unstable_by_key(|pair| (std::cmp::Reverse(pair.orders), pair.first, pair.second));
    pairs.truncate(most);
}

#[cfg(test)]
mod tests;
