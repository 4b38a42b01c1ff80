//! What to order, how much and by when: one row for each product that is sold, most urgent first.

use std::cmp::Ordering;

use serde::Serialize;
use utoipa::ToSchema;

use super::{MOST_ROWS, count, date, inventory::Level, observe::DEMAND_DAYS, rounded, work::Work};
use crate::models::{
    Answer, Refusal,
    inventory::stock::{self, Action, Supply},
};

pub(super) const METHOD: &str = "demand of the last 182 days that are over, from the first sale on; safety stock of a normal demand and lead time; economic order quantity at a \
    holding cost of 25 % of the unit cost a year, or the demand of 30 days where costs are not known; without a stated lead time 7 days";

/// Where nothing is known of a product's supply.
const LEAD_DAYS: f64 = 7.0;
const SERVICE_LEVEL: f64 = 0.95;
/// Holding cost of a unit for a year, as a share of its cost.
const HOLDING_RATE: f64 = 0.25;
/// Days of demand of an order where costs are not known.
const DAYS_OF_ORDER: f64 = 30.0;

/// What to order.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reorder {
    /// Most urgent first, then by revenue: products to order, those whose stock is not known, those that are too new to tell,
    /// those without a sale in the days of demand.
    pub rows: Vec<ReorderRow>,
}

/// A product.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReorderRow {
    /// The shop's id.
    pub product_id: String,
    /// Latest name.
    pub product_name: String,
    /// What to do, in words.
    #[schema(example = "reorder 304 of P-12 by 3 May 2026")]
    pub action: String,
    /// Units in stock; null where the shop has not told.
    pub on_hand: Option<i64>,
    /// Units sold per day, since its first sale.
    pub daily_demand: f64,
    /// Days that the stock lasts.
    pub days_of_cover: Option<f64>,
    /// Units held against variation; null for a product that has been sold for less than 14 days.
    pub safety_stock: Option<f64>,
    /// Order when stock and orders fall to this; null as well.
    pub reorder_point: Option<f64>,
    /// Units to order.
    pub quantity: Option<f64>,
    /// Day to order on.
    pub order_by: Option<String>,
    /// Units sold over units that could have been, of the days of demand.
    pub sell_through: Option<f64>,
}

pub(super) fn fit(work: &Work) -> Answer<Reorder> {
    let Some((first, today)) = work.seen.range.filter(|_| !work.seen.product_weeks.is_empty()) else {
        return Err(Refusal::TooFew { what: "products", needed: 1, found: 0 });
    };
    let last = work.seen.over.map_or(first - 1, |(_, last)| last);
    let from = first.max(today - DEMAND_DAYS + 1);
    let found = usize::try_from(last - from + 1).unwrap_or(0);
    if found < stock::LEAST_DAYS {
        return Err(Refusal::TooFew { what: "days of demand", needed: stock::LEAST_DAYS, found });
    }
    let mut rows: Vec<(Urgency, ReorderRow)> = Vec::new();
    for (id, _) in work.seen.best_products() {
        // Days before it was on offer tell nothing of its demand.
        let from = work.seen.launched.get(&id).map_or(from, |launched| from.max(*launched));
        let demand: Vec<f64> = (from..=last)
            .map(|day| count(work.seen.product_days.get(&(id, day)).copied().unwrap_or(0)))
            .collect();
        rows.push(if demand.len() < stock::LEAST_DAYS {
            (Urgency::TooNew, too_new(work, id, &demand))
        } else {
            row(work, id, &demand, today)?
        });
    }
    rows.sort_by(|a, b| a.0.order(&b.0));
    rows.truncate(MOST_ROWS);
    Ok(Reorder { rows: rows.into_iter().map(|(_, row)| row).collect() })
}

/// How soon something is to be done about a product.
#[derive(Debug, Clone, Copy)]
enum Urgency {
    /// To be ordered within so many days.
    Days(f64),
    StockUnknown,
    TooNew,
    NoDemand,
}

impl Urgency {
    fn order(&self, other: &Self) -> Ordering {
        let key = |urgency: &Self| match urgency {
            Self::Days(days) => (0, *days),
            Self::StockUnknown => (1, 0.0),
            Self::TooNew => (2, 0.0),
            Self::NoDemand => (3, 0.0),
        };
        let ((rank, days), (other_rank, other_days)) = (key(self), key(other));
        rank.cmp(&other_rank).then(days.total_cmp(&other_days))
    }
}

/// A product that has not been sold for long enough to plan its stock.
fn too_new(work: &Work, id: u32, demand: &[f64]) -> ReorderRow {
    let product = work.seen.products.get(&id).cloned().unwrap_or_default();
    let level = work.seen.stock.levels.get(&product.id);
    let days = demand.len();
    let sold: f64 = demand.iter().sum();
    ReorderRow {
        action: format!(
            "wait for the demand of {}: seen for {days} of {} days",
            product.id,
            stock::LEAST_DAYS
        ),
        product_id: product.id,
        product_name: product.name,
        on_hand: level.map(|level| level.on_hand),
        daily_demand: rounded(sold / count(i64::try_from(days.max(1)).unwrap_or(1)), 4),
        days_of_cover: None,
        safety_stock: None,
        reorder_point: None,
        quantity: None,
        order_by: None,
        sell_through: level
            .and_then(|level| stock::sell_through(sold, count(level.on_hand)))
            .map(|share| rounded(share, 4)),
    }
}

fn row(work: &Work, id: u32, demand: &[f64], today: i32) -> Answer<(Urgency, ReorderRow)> {
    let product = work.seen.products.get(&id).cloned().unwrap_or_default();
    let level = work.seen.stock.levels.get(&product.id);
    let sold: f64 = demand.iter().sum();
    let found =
        stock::recommend(demand, &supply(level, sold / count(i64::try_from(demand.len()).unwrap_or(1))))?;
    let mut row = ReorderRow {
        action: format!("tell the stock of {}", product.id),
        product_id: product.id,
        product_name: product.name,
        on_hand: level.map(|level| level.on_hand),
        daily_demand: rounded(found.daily_demand, 4),
        days_of_cover: level.and(found.days_of_cover).map(|days| rounded(days, 1)),
        safety_stock: Some(rounded(found.safety_stock, 1)),
        reorder_point: Some(rounded(found.reorder_point, 1)),
        quantity: None,
        order_by: None,
        sell_through: level
            .and_then(|level| stock::sell_through(sold, count(level.on_hand)))
            .map(|share| rounded(share, 4)),
    };
    let urgency = match (found.action, level) {
        (Action::Order { units, within_days }, Some(_)) => order(&mut row, units, within_days, today),
        (Action::Order { .. }, None) => Urgency::StockUnknown,
        // Whatever is in stock.
        (Action::NoDemand, _) => {
            row.action = format!("nothing to order of {}: no demand", row.product_id);
            Urgency::NoDemand
        }
    };
    Ok((urgency, row))
}

/// Writes what to order into the row.
fn order(row: &mut ReorderRow, units: f64, within_days: f64, today: i32) -> Urgency {
    // Days beyond a century are as good as never.
    #[expect(clippy::cast_possible_truncation, reason = "between 0 and 36,525")]
    let day = date(today.saturating_add(within_days.min(36_525.0) as i32));
    row.action = format!("reorder {units} of {} by {}", row.product_id, day.strftime("%-d %B %Y"));
    row.quantity = Some(units);
    row.order_by = Some(day.to_string());
    Urgency::Days(within_days)
}

fn supply(level: Option<&Level>, daily_demand: f64) -> Supply {
    let Some(level) = level else {
        return Supply {
            on_hand: 0.0,
            on_order: 0.0,
            lead_days: LEAD_DAYS,
            lead_deviation: 0.0,
            fixed_cost: 1.0,
            holding_cost: 1.0,
            service_level: SERVICE_LEVEL,
            pack: 1.0,
        };
    };
    let costs =
        level.order_cost().filter(|cost| *cost > 0.0).zip(level.unit_cost().filter(|cost| *cost > 0.0));
    let (fixed_cost, holding_cost) = match costs {
        Some((order, unit)) => (order, unit * HOLDING_RATE / 365.25),
        // The costs at which the economic quantity √(2Kλ/h) is the demand of so many days.
        None => (daily_demand.max(f64::MIN_POSITIVE) * DAYS_OF_ORDER.powi(2) / 2.0, 1.0),
    };
    Supply {
        on_hand: count(level.on_hand),
        on_order: count(level.on_order),
        lead_days: count(level.lead_days),
        lead_deviation: count(level.lead_deviation),
        fixed_cost,
        holding_cost,
        service_level: count(level.service_level) / 10_000.0,
        pack: count(level.pack),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_costs_an_order_is_the_demand_of_thirty_days() {
        let level = Level {
            on_hand: 1_000,
            on_order: 0,
            lead_days: 7,
            lead_deviation: 0,
            unit_cost: None,
            order_cost: None,
            service_level: 9_500,
            pack: 1,
        };
        let found = stock::recommend(&[4.0; 30], &supply(Some(&level), 4.0)).unwrap();
        assert_eq!((found.order_quantity, found.reorder_point), (120.0, 28.0));
    }
}
