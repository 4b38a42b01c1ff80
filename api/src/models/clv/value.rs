//! Lifetime value: expected purchases times expected value, period by period, discounted to today.

use super::{History, Model};
use crate::models::{Answer, Refusal, finite};

/// The future that counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Horizon {
    /// Number of periods, for example 12 months.
    pub periods: u32,
    /// Length of a period in the unit of the histories, for example 365.25 / 12 days.
    pub period_length: f64,
    /// Purchases after it do not count, which may cut the last period short.
    pub end: f64,
    /// Discount per period: 0.01 makes an amount after one period worth 1 / 1.01 today.
    pub discount_rate: f64,
}

/// The present value of a customer's purchases within the horizon, each worth `value_per_purchase`; a period's
/// purchases count at its end, also those of a period that is cut: so a longer horizon is never worth less.
pub fn lifetime_value(
    model: &Model,
    history: History,
    value_per_purchase: f64,
    horizon: Horizon,
) -> Answer<f64> {
    if horizon.discount_rate <= -1.0 || !horizon.discount_rate.is_finite() || horizon.period_length <= 0.0 {
        return Err(Refusal::OutOfDomain("a discount rate is above −1, a period longer than 0"));
    }
    let (mut value, mut before, mut worth) = (0.0, 0.0, 1.0);
    for period in 1..=horizon.periods {
        let until = horizon.end.min(f64::from(period) * horizon.period_length);
        let until = model.expected_purchases(history, until)?;
        worth /= 1.0 + horizon.discount_rate;
        value += (until - before) * worth;
        before = until;
    }
    finite(value * value_per_purchase)
}
