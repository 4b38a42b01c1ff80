//! One order at a time: the economic order quantity, and the quantity for a single season (newsvendor).

use super::positive;
use crate::models::{
    Answer, Refusal, finite,
    special::{ln_gamma, normal_density, normal_quantile},
};

/// A quantity and what it costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lot {
    /// Units to order.
    pub quantity: f64,
    /// Expected cost: per unit of time for [`economic_order_quantity`], of the season for newsvendors.
    pub cost: f64,
}

/// √(2Kλ/h): the quantity of the least ordering and holding cost under steady demand (Harris 1913).
///
/// `fixed_cost` K is paid per order, `holding_cost` h per unit and unit of time, `demand` λ is units per unit of time.
pub fn economic_order_quantity(fixed_cost: f64, holding_cost: f64, demand: f64) -> Answer<Lot> {
    positive(&[fixed_cost, holding_cost, demand])?;
    let quantity = finite((2.0 * fixed_cost * demand / holding_cost).sqrt())?;
    Ok(Lot { quantity, cost: order_cost(fixed_cost, holding_cost, demand, quantity) })
}

/// Cost per unit of time of ordering `quantity` again and again.
pub fn order_cost(fixed_cost: f64, holding_cost: f64, demand: f64, quantity: f64) -> f64 {
    fixed_cost * demand / quantity + holding_cost * quantity / 2.0
}

/// The stock for one season of normal demand. A unit too many costs `holding_cost`, one too few `stockout_cost`.
pub fn newsvendor_normal(holding_cost: f64, stockout_cost: f64, mean: f64, deviation: f64) -> Answer<Lot> {
    positive(&[holding_cost, stockout_cost, mean, deviation])?;
    let z = normal_quantile(stockout_cost / (holding_cost + stockout_cost));
    let cost = (holding_cost + stockout_cost) * deviation * normal_density(z);
    Ok(Lot { quantity: finite(mean + z * deviation)?, cost: finite(cost)? })
}

/// The stock for one season of demand by Poisson, such as a slow seller's.
pub fn newsvendor_poisson(holding_cost: f64, stockout_cost: f64, mean: f64) -> Answer<Lot> {
    positive(&[holding_cost, stockout_cost, mean])?;
    let demand = Poisson::new(mean)?;
    let stock = demand.newsvendor(holding_cost, stockout_cost);
    Ok(Lot { quantity: stock as f64, cost: demand.cost(stock, holding_cost, stockout_cost) })
}

/// Probabilities of a Poisson distribution, up to where nothing is left.
#[derive(Debug, Clone)]
pub(super) struct Poisson {
    mean: f64,
    probabilities: Vec<f64>,
}

/// Means beyond are better served by the normal distribution, and their tables are long.
const LARGEST_MEAN: f64 = 100_000.0;

impl Poisson {
    pub(super) fn new(mean: f64) -> Answer<Self> {
        if mean > LARGEST_MEAN {
            return Err(Refusal::OutOfDomain("a mean above 100,000 is for the normal distribution"));
        }
        let end = mean + 12.0 * mean.sqrt() + 40.0;
        let (mut probabilities, mut k) = (Vec::new(), 0.0);
        while k <= end {
            probabilities.push((k * mean.ln() - mean - ln_gamma(k + 1.0)).exp());
            k += 1.0;
        }
        Ok(Self { mean, probabilities })
    }

    pub(super) fn probability(&self, k: usize) -> f64 {
        self.probabilities.get(k).copied().unwrap_or(0.0)
    }

    /// The least stock whose probability to suffice is at least p / (h + p).
    pub(super) fn newsvendor(&self, holding_cost: f64, stockout_cost: f64) -> i64 {
        let enough = stockout_cost / (holding_cost + stockout_cost);
        let (mut stock, mut suffices) = (0, 0.0);
        for probability in &self.probabilities {
            suffices += probability;
            if suffices >= enough {
                break;
            }
            stock += 1;
        }
        stock
    }

    /// Expected cost of a season that begins with `stock`, which may be owed (negative).
    pub(super) fn cost(&self, stock: i64, holding_cost: f64, stockout_cost: f64) -> f64 {
        let over: f64 = (0..stock)
            .zip(&self.probabilities)
            .map(|(k, probability)| (stock - k) as f64 * probability)
            .sum();
        let under = self.mean - stock as f64 + over;
        holding_cost * over + stockout_cost * under
    }
}
