//! What the models need of each customer, from single purchases: repeats, recency, age and mean amount, and what came
//! after the end of calibration. Purchases of one customer on one day count once, with their sum.

use super::{History, spend::Spend};

/// A purchase. Refunds are netted by the caller or left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Purchase {
    /// Number of the customer.
    pub customer: u64,
    /// Number of the day in the store's zone, from any origin.
    pub day: i32,
    /// The amount, in one currency.
    pub amount: f64,
}

/// The days that a summary sees, inclusive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Last day of the histories.
    pub calibration_end: i32,
    /// Last day of the holdout; the same as `calibration_end` for none.
    pub observation_end: i32,
    /// Length of the unit of time in days: 1, or 7 for weeks.
    pub days_per_unit: f64,
}

/// A customer who bought at least once until the end of calibration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Number of the customer.
    pub customer: u64,
    /// The history at the end of calibration.
    pub history: History,
    /// The repeat purchases and their mean; the first purchase is left out.
    pub spend: Spend,
    /// Days with a purchase after the end of calibration.
    pub holdout_purchases: u32,
}

/// Summaries of all customers, ordered by number.
pub fn summarise(mut purchases: Vec<Purchase>, window: Window) -> Vec<Summary> {
    purchases.retain(|purchase| purchase.day <= window.observation_end);
    purchases.sort_unstable_by_key(|purchase| (purchase.customer, purchase.day));
    let customers = purchases.chunk_by(|one, next| one.customer == next.customer);
    customers.filter_map(|own| summary(own, window)).collect()
}

/// Of one customer's purchases, ordered by day. `None` if all came after the end of calibration.
fn summary(purchases: &[Purchase], window: Window) -> Option<Summary> {
    let Purchase { customer, day: first, .. } = *purchases.first()?;
    if first > window.calibration_end {
        return None;
    }
    let (mut frequency, mut last, mut repeat_amount, mut holdout_purchases) = (0, first, 0.0, 0);
    for same_day in purchases.chunk_by(|one, next| one.day == next.day) {
        let day = same_day[0].day;
        if day > window.calibration_end {
            holdout_purchases += 1;
        } else if day > first {
            frequency += 1;
            last = day;
            repeat_amount += same_day.iter().map(|purchase| purchase.amount).sum::<f64>();
        }
    }
    let units = |days: i32| f64::from(days) / window.days_per_unit;
    let history =
        History { frequency, recency: units(last - first), age: units(window.calibration_end - first) };
    let mean = if frequency > 0 { repeat_amount / f64::from(frequency) } else { 0.0 };
    Some(Summary { customer, history, spend: Spend { purchases: frequency, mean }, holdout_purchases })
}
