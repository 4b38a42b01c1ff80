//! RFM segments with what a merchant asks of each: how many, how much, how long ago, how likely to come back.

use serde::Serialize;
use utoipa::ToSchema;

use super::{count, rounded, work::Work};
use crate::{
    models::{Answer, Refusal},
    money::{ExactNumber, percentage},
    reports::rfm::Segment,
};

pub(super) const METHOD: &str =
    "quintiles of last sale, orders and net revenue over all customers, as in the report on customers";

/// Customers by segment. Guests are in none.
#[derive(Debug, Serialize, ToSchema)]
pub struct Segments {
    /// Best first; empty ones are left out.
    pub segments: Vec<SegmentRow>,
}

/// A segment.
#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentRow {
    /// Name.
    #[schema(example = "champions")]
    pub segment: &'static str,
    /// How many.
    pub customers: i64,
    /// In percent of all, to 2 decimals.
    #[schema(value_type = f64)]
    pub share: Option<ExactNumber>,
    /// Net revenue of all time, exact.
    #[schema(value_type = f64)]
    pub revenue: ExactNumber,
    /// Orders of a customer.
    pub mean_orders: f64,
    /// Days from the last order to the last day seen.
    pub mean_days_since_order: f64,
    /// Mean probability to buy again at all; null where that could not be fitted.
    pub alive: Option<f64>,
}

pub(super) fn fit(work: &Work) -> Answer<Segments> {
    let all = &work.scored.customers;
    let Some((_, last)) = work.seen.range.filter(|_| !all.is_empty()) else {
        return Err(Refusal::TooFew { what: "customers", needed: 1, found: 0 });
    };
    let row = |segment: Segment| {
        let own = || all.iter().filter(|one| one.segment == segment);
        let customers = i64::try_from(own().count()).unwrap_or(i64::MAX);
        let each = count(customers.max(1));
        let days: i64 = own().map(|one| i64::from(last - one.last_day)).sum();
        let orders: i64 = own().map(|one| one.summary.orders).sum();
        let alive: Option<f64> = own().map(|one| one.alive(work.scored.lasting)).sum();
        SegmentRow {
            segment: segment.name(),
            customers,
            share: percentage(customers, i64::try_from(all.len()).unwrap_or(i64::MAX)),
            revenue: work.terms.currency.number(own().map(|one| one.summary.net).sum()),
            mean_orders: rounded(count(orders) / each, 2),
            mean_days_since_order: rounded(count(days) / each, 1),
            alive: alive.map(|alive| rounded(alive / each, 4)),
        }
    };
    Ok(Segments { segments: Segment::ALL.into_iter().map(row).filter(|row| row.customers > 0).collect() })
}
