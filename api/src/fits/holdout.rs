//! How well the model of purchases would have done on the store's own customers: fitted to the first part of their past,
//! compared with the rest of it.

use foldhash::HashMap;

use super::{
    major,
    observe::{self, Observations},
};
use crate::{
    models::{
        Answer, Refusal,
        clv::{
            self, History, fit,
            holdout::{HoldoutError, Prediction, holdout_error},
            summary::{Purchase, Summary, Window, summarise},
        },
    },
    money::Currency,
};

/// Most days that are held out: the horizon of predictions.
const MOST_DAYS: i32 = 365;

/// Predictions of the last part of the past.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Holdout {
    /// Days that were held out.
    pub(super) days: i32,
    /// Customers who had bought before them.
    pub(super) customers: usize,
    /// Errors, in days with a purchase.
    pub(super) error: HoldoutError,
}

/// Histories until `last_day`, without a holdout.
pub(super) fn summaries(seen: &Observations, currency: Currency, last_day: i32) -> Vec<Summary> {
    let window = Window { calibration_end: last_day, observation_end: last_day, days_per_unit: 1.0 };
    summarise(purchases(seen, currency), window)
}

/// The second half of the past, at most a year, as the first part lets expect.
pub(super) fn holdout(seen: &Observations, currency: Currency) -> Answer<Holdout> {
    let (first, last) = seen.range.unwrap_or_default();
    let days = ((last - first + 1) / 2).min(MOST_DAYS);
    if days < 1 {
        return Err(Refusal::TooFew { what: "days", needed: 2, found: 1 });
    }
    let window = Window { calibration_end: last - days, observation_end: last, days_per_unit: 1.0 };
    let summaries = summarise(purchases(seen, currency), window);
    let histories: Vec<History> = summaries.iter().map(|summary| summary.history).collect();
    let model = fit::fit_leaving_or_not(&clv::group(&histories)?).0?.model;
    // Equal histories are predicted once.
    let mut known: HashMap<(u32, u64, u64), f64> = HashMap::default();
    let mut predictions = Vec::with_capacity(summaries.len());
    for Summary { history, holdout_purchases, .. } in summaries {
        let key = (history.frequency, history.recency.to_bits(), history.age.to_bits());
        let expected = match known.get(&key) {
            Some(expected) => *expected,
            None => model.expected_purchases(history, f64::from(days))?,
        };
        known.insert(key, expected);
        predictions.push(Prediction { expected, actual: f64::from(holdout_purchases) });
    }
    Ok(Holdout { days, customers: predictions.len(), error: holdout_error(&predictions)? })
}

fn purchases(seen: &Observations, currency: Currency) -> Vec<Purchase> {
    let purchase = |one: &observe::Purchase| Purchase {
        customer: u64::from(one.customer),
        day: one.day,
        amount: major(one.amount, currency),
    };
    seen.purchases.iter().map(purchase).collect()
}
