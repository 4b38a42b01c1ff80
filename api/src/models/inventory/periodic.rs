//! (s, S): look once per period; when the stock is at s or below, order up to S. Exact for demand by Poisson, without
//! lead time, by the algorithm of Zheng and Federgruen (Operations Research 39, 1991).

use super::{lot_size::Poisson, positive};
use crate::models::{Answer, Refusal};

/// The best policy and its cost per period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OrderUpTo {
    /// s: the stock at which to order.
    pub reorder_level: i64,
    /// S: the stock to order up to.
    pub target: i64,
    /// Expected cost per period.
    pub cost: f64,
}

/// Largest mean demand per period; the work grows with its square.
const LARGEST_DEMAND: f64 = 2_000.0;
/// Levels looked at before the search gives up.
const MOST_LEVELS: usize = 100_000;

/// The best (s, S). Costs are per unit and period, `fixed_cost` per order; demand is the mean of a period.
pub fn order_up_to(holding_cost: f64, stockout_cost: f64, fixed_cost: f64, demand: f64) -> Answer<OrderUpTo> {
    positive(&[holding_cost, stockout_cost, fixed_cost, demand])?;
    if demand > LARGEST_DEMAND {
        return Err(Refusal::OutOfDomain("a demand above 2,000 per period is for (r, Q)"));
    }
    let poisson = Poisson::new(demand)?;
    let season = |stock: i64| poisson.cost(stock, holding_cost, stockout_cost);
    let mut renewals = Renewals::new(&poisson);
    let mut cost = |s: i64, target: i64| {
        let span = usize::try_from(target - s).unwrap_or(1);
        renewals.reach(span);
        let spent: f64 = (s + 1..=target)
            .rev()
            .zip(&renewals.densities)
            .map(|(stock, density)| density * season(stock))
            .sum();
        (fixed_cost + spent) / renewals.totals[span]
    };

    let mut target = poisson.newsvendor(holding_cost, stockout_cost);
    let mut s = target - 1;
    let mut levels = 0;
    while cost(s, target) > season(s) {
        s -= 1;
        levels += 1;
        if levels > MOST_LEVELS {
            return Err(Refusal::NotConverged);
        }
    }
    let mut best = OrderUpTo { reorder_level: s, target, cost: cost(s, target) };
    target += 1;
    while season(target) <= best.cost {
        if cost(best.reorder_level, target) < best.cost {
            while cost(s, target) <= season(s + 1) {
                s += 1;
            }
            best = OrderUpTo { reorder_level: s, target, cost: cost(s, target) };
        }
        target += 1;
        levels += 1;
        if levels > MOST_LEVELS {
            return Err(Refusal::NotConverged);
        }
    }
    Ok(best)
}

/// m(j), the expected number of periods that end j units below the target, and their sums M(j).
struct Renewals<'a> {
    demand: &'a Poisson,
    densities: Vec<f64>,
    totals: Vec<f64>,
}

impl<'a> Renewals<'a> {
    fn new(demand: &'a Poisson) -> Self {
        Self { demand, densities: Vec::new(), totals: vec![0.0] }
    }

    /// Makes M(`span`) known.
    fn reach(&mut self, span: usize) {
        let stays = 1.0 - self.demand.probability(0);
        while self.densities.len() < span {
            let below = self.densities.len();
            let before: f64 =
                (1..=below).map(|sold| self.demand.probability(sold) * self.densities[below - sold]).sum();
            let density = if below == 0 { 1.0 / stays } else { before / stays };
            self.totals.push(self.totals[below] + density);
            self.densities.push(density);
        }
    }
}
