//! Where the stock of a product stands, and what to do about it: days of cover, safety stock, reorder point, an order.
//! Days are the unit of time.

use super::lot_size::economic_order_quantity;
use crate::models::{Answer, Refusal, finite, mean, special::normal_quantile, variance};

/// Days of demand that a recommendation needs, at least.
pub const LEAST_DAYS: usize = 14;

/// A product's stock and how it is replenished.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Supply {
    /// Units in stock; negative where units are owed.
    pub on_hand: f64,
    /// Units ordered and not yet arrived.
    pub on_order: f64,
    /// Days from an order to its arrival: mean.
    pub lead_days: f64,
    /// Standard deviation of the same.
    pub lead_deviation: f64,
    /// Cost of an order.
    pub fixed_cost: f64,
    /// Cost of a unit in stock per day.
    pub holding_cost: f64,
    /// Probability that stock lasts until an order arrives, for example 0.95.
    pub service_level: f64,
    /// Orders are multiples of this many units (a carton); 1 for single units.
    pub pack: f64,
}

/// What to do about a product.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recommendation {
    /// Mean units per day.
    pub daily_demand: f64,
    /// Days that the stock on hand lasts at the mean; `None` without demand.
    pub days_of_cover: Option<f64>,
    /// Units held against variation.
    pub safety_stock: f64,
    /// Order when stock and orders fall to this.
    pub reorder_point: f64,
    /// Units of a usual order.
    pub order_quantity: f64,
    /// What to do.
    pub action: Action,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Action {
    /// Order so many units within so many days: 0 is today.
    Order {
        /// Units, a multiple of the pack.
        units: f64,
        /// Days until the reorder point is reached at the mean demand.
        within_days: f64,
    },
    /// Nothing to order for now: no demand was seen.
    NoDemand,
}

/// `z √(L σ² + d² σ_L²)`: stock against variation of demand (mean d, deviation σ per day) and of the lead time.
pub fn safety_stock(demand: f64, deviation: f64, supply: &Supply) -> Answer<f64> {
    if supply.service_level <= 0.0 || supply.service_level >= 1.0 || supply.service_level.is_nan() {
        return Err(Refusal::OutOfDomain("a service level is between 0 and 1"));
    }
    let spread = supply.lead_days * deviation.powi(2) + demand.powi(2) * supply.lead_deviation.powi(2);
    finite((normal_quantile(supply.service_level) * spread.sqrt()).max(0.0))
}

/// Units sold over units that could have been: 1 when all is gone; `None` where there was nothing to sell.
pub fn sell_through(units_sold: f64, units_left: f64) -> Option<f64> {
    let offered = units_sold.max(0.0) + units_left.max(0.0);
    (offered > 0.0).then(|| units_sold.max(0.0) / offered)
}

/// What to do about a product with this demand per day, oldest first, days without a sale as 0.
pub fn recommend(demand: &[f64], supply: &Supply) -> Answer<Recommendation> {
    if demand.len() < LEAST_DAYS {
        return Err(Refusal::TooFew { what: "days of demand", needed: LEAST_DAYS, found: demand.len() });
    }
    let sound = |value: f64, least: f64| value.is_finite() && value >= least;
    let numbers = supply.on_hand.is_finite()
        && [supply.on_order, supply.lead_days, supply.lead_deviation].iter().all(|value| sound(*value, 0.0))
        && sound(supply.pack, f64::MIN_POSITIVE)
        && demand.iter().all(|units| units.is_finite());
    if !numbers {
        return Err(Refusal::OutOfDomain("stock, lead times and demand are numbers, a pack is above 0"));
    }
    let daily_demand = mean(demand).max(0.0);
    let safety_stock = safety_stock(daily_demand, variance(demand).sqrt(), supply)?;
    let reorder_point = finite(daily_demand * supply.lead_days + safety_stock)?;
    if daily_demand <= 0.0 {
        let (order_quantity, action) = (0.0, Action::NoDemand);
        let days_of_cover = None;
        return Ok(Recommendation {
            daily_demand,
            days_of_cover,
            safety_stock,
            reorder_point,
            order_quantity,
            action,
        });
    }
    let economic = economic_order_quantity(supply.fixed_cost, supply.holding_cost, daily_demand)?.quantity;
    let order_quantity = packs(economic, supply.pack);
    let position = supply.on_hand + supply.on_order;
    // An order also makes up for what lies below the reorder point.
    let units = packs(economic + (reorder_point - position).max(0.0), supply.pack);
    let within_days = ((position - reorder_point) / daily_demand).max(0.0);
    Ok(Recommendation {
        daily_demand,
        days_of_cover: Some((supply.on_hand / daily_demand).max(0.0)),
        safety_stock,
        reorder_point,
        order_quantity,
        action: Action::Order { units, within_days },
    })
}

fn packs(units: f64, pack: f64) -> f64 {
    // 304.0000001 is 304: a carton is not opened for a rounding.
    (units / pack - 1e-9).ceil().max(1.0) * pack
}
