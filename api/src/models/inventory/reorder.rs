//! (r, Q): order Q units whenever the stock, less what is owed and with what is on its way, falls to r. Demand of the
//! lead time is normal; what is missing is owed.

use super::{lot_size::economic_order_quantity, positive};
use crate::models::{
    Answer, Refusal, finite,
    special::{normal_density, normal_loss, normal_probability, normal_quantile},
};

/// What a policy is for; all above 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Item {
    /// Cost of an order.
    pub fixed_cost: f64,
    /// Cost of a unit in stock per unit of time.
    pub holding_cost: f64,
    /// Cost of a missing unit: per unit of time for [`exact`], once for [`expected_inventory_level`].
    pub stockout_cost: f64,
    /// Mean demand per unit of time.
    pub demand_mean: f64,
    /// Standard deviation of the demand of a unit of time.
    pub demand_deviation: f64,
    /// Time from an order to its arrival.
    pub lead_time: f64,
}

/// When and how much to order, and the expected cost per unit of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// r: the stock at which to order.
    pub reorder_point: f64,
    /// Q: units to order.
    pub quantity: f64,
    /// Cost per unit of time.
    pub cost: f64,
}

impl Item {
    fn check(&self) -> Answer<()> {
        positive(&[
            self.fixed_cost,
            self.holding_cost,
            self.stockout_cost,
            self.demand_mean,
            self.demand_deviation,
            self.lead_time,
        ])
    }

    fn lead_mean(&self) -> f64 {
        self.demand_mean * self.lead_time
    }

    fn lead_deviation(&self) -> f64 {
        self.demand_deviation * self.lead_time.sqrt()
    }

    /// g(y): cost per unit of time while the inventory position is y.
    fn position_cost(&self, position: f64) -> f64 {
        let z = (position - self.lead_mean()) / self.lead_deviation();
        let missing = self.lead_deviation() * normal_loss(z);
        self.holding_cost * (position - self.lead_mean()) + (self.holding_cost + self.stockout_cost) * missing
    }
}

/// Expected cost per unit of time of any (r, Q): (Kλ + ∫ g(y) dy from r to r + Q) / Q (Zheng 1992).
pub fn cost(item: &Item, reorder_point: f64, quantity: f64) -> Answer<f64> {
    item.check()?;
    positive(&[quantity])?;
    let (mean, deviation) = (item.lead_mean(), item.lead_deviation());
    let (from, to) = (reorder_point - mean, reorder_point + quantity - mean);
    let missing = deviation * deviation * (second_loss(from / deviation) - second_loss(to / deviation));
    let area = item.holding_cost * (to * to - from * from) / 2.0
        + (item.holding_cost + item.stockout_cost) * missing;
    finite((item.fixed_cost * item.demand_mean + area) / quantity)
}

/// The policy of the least cost. At the best r for a Q, g(r) = g(r + Q); at the best Q both equal the cost.
pub fn exact(item: &Item) -> Answer<Policy> {
    item.check()?;
    let middle = item.lead_mean()
        + item.lead_deviation()
            * normal_quantile(item.stockout_cost / (item.stockout_cost + item.holding_cost));
    let best_point = |quantity: f64| {
        bisect(middle - quantity, middle, |point| {
            item.position_cost(point) > item.position_cost(point + quantity)
        })
    };
    let too_small = |quantity: f64| {
        let point = best_point(quantity);
        cost(item, point, quantity).is_ok_and(|cost| item.position_cost(point) < cost)
    };
    let mut most = economic_order_quantity(item.fixed_cost, item.holding_cost, item.demand_mean)?.quantity;
    let least = most * 1e-6;
    // Above the economic order quantity by not much more than what uncertainty adds.
    let mut doublings = 0;
    while too_small(most) {
        most *= 2.0;
        doublings += 1;
        if doublings > 60 {
            return Err(Refusal::NotConverged);
        }
    }
    let quantity = bisect(least, most, too_small);
    let reorder_point = best_point(quantity);
    Ok(Policy { reorder_point, quantity, cost: cost(item, reorder_point, quantity)? })
}

/// The expected-inventory-level approximation (Whitin 1953, Hadley and Whitin 1963), where a missing unit costs once.
/// Refuses where stock-outs are so cheap that no reorder point is best.
pub fn expected_inventory_level(item: &Item) -> Answer<Policy> {
    item.check()?;
    let Item { fixed_cost, holding_cost, stockout_cost, demand_mean, .. } = *item;
    let (mean, deviation) = (item.lead_mean(), item.lead_deviation());
    let mut quantity = economic_order_quantity(fixed_cost, holding_cost, demand_mean)?.quantity;
    for _ in 0..10_000 {
        let runs_out = quantity * holding_cost / (stockout_cost * demand_mean);
        if runs_out >= 1.0 {
            return Err(Refusal::OutOfDomain("stock-outs cost less than holding stock"));
        }
        let z = -normal_quantile(runs_out);
        let missing = deviation * normal_loss(z);
        let next = (2.0 * demand_mean * (fixed_cost + stockout_cost * missing) / holding_cost).sqrt();
        let done = (next - quantity).abs() <= 1e-10 * quantity;
        quantity = next;
        if done {
            let reorder_point = mean + z * deviation;
            let cost = holding_cost * (reorder_point - mean + quantity / 2.0)
                + (fixed_cost + stockout_cost * missing) * demand_mean / quantity;
            return Ok(Policy { reorder_point, quantity, cost: finite(cost)? });
        }
    }
    Err(Refusal::NotConverged)
}

/// ∫ of the loss function from z on: ½ ((z² + 1)(1 − Φ(z)) − z φ(z)).
fn second_loss(z: f64) -> f64 {
    0.5 * ((z * z + 1.0) * normal_probability(-z) - z * normal_density(z))
}

/// The largest value, between the two, that is still `below`.
fn bisect(mut low: f64, mut high: f64, below: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if below(middle) { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}
