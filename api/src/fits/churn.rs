//! Churn: by definition (so many days without a sale), by probability, over a customer's life; who is about to be lost,
//! and where new customers come from.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    cohorts::{self, FlowRow},
    count, date,
    observe::Dimension,
    periods, rounded,
    work::Work,
};
use crate::{
    calendar::Granularity,
    models::{Answer, Refusal, survival},
    money::ExactNumber,
};

pub(super) const METHOD: &str = "gone after 180 days without a sale; Kaplan-Meier over all spells, 95 % intervals; \
    P(alive) of BG/NBD, at risk below 0.5 after a repeat purchase (by definition where nobody is seen to leave)";

/// Days without a sale after which a customer counts as gone.
pub(super) const GAP_DAYS: i32 = 180;
/// Points of the curve.
const MOST_STEPS: usize = 200;

/// Who leaves, and when. Guests are not counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Churn {
    /// Days without a sale after which a customer counts as gone.
    pub gap_days: i32,
    /// Customers with a sale.
    pub customers: usize,
    /// Of these, gone by definition on the last day.
    pub churned: usize,
    /// The same as a share, to 4 decimals.
    pub churn_rate: f64,
    /// Customers still there by probability; null where no model tells.
    pub expected_alive: Option<f64>,
    /// Days by which half of the spells had ended; null if fewer have.
    pub median_days: Option<f64>,
    /// Share of spells that last longer, by day; at most 200 points of the curve.
    pub survival: Vec<SurvivalRow>,
    /// Repeat customers who are rather gone than not, by net revenue.
    pub at_risk: Vec<AtRiskRow>,
    /// New customers by month and channel of their first order.
    pub acquisition: Vec<AcquisitionRow>,
    /// Customers of each month by where they come from.
    pub flows: Vec<FlowRow>,
}

/// A point of the curve.
#[derive(Debug, Serialize, ToSchema)]
pub struct SurvivalRow {
    /// Days from the first sale of a spell.
    pub day: f64,
    /// Share that lasts longer.
    pub share: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Spells seen for as long.
    pub at_risk: usize,
}

/// A customer about to be lost.
#[derive(Debug, Serialize, ToSchema)]
pub struct AtRiskRow {
    /// The shop's id.
    pub customer_id: String,
    /// RFM segment.
    pub segment: &'static str,
    /// Day of the last sale.
    pub last_order: String,
    /// Orders with a sale.
    pub orders: i64,
    /// Net revenue so far, exact.
    #[schema(value_type = f64)]
    pub total_spent: ExactNumber,
    /// Probability to buy again at all; null where no model tells, and the definition decided.
    pub alive: Option<f64>,
}

/// New customers.
#[derive(Debug, Serialize, ToSchema)]
pub struct AcquisitionRow {
    /// Month of the first order.
    pub month: String,
    /// Its channel.
    pub channel: String,
    /// How many.
    pub customers: u64,
}

pub(super) fn fit(work: &Work) -> Answer<Churn> {
    let customers = &work.scored.customers;
    let Some((_, last)) = work.seen.range.filter(|_| !customers.is_empty()) else {
        return Err(Refusal::TooFew { what: "customers", needed: 1, found: 0 });
    };
    let mut lifetimes = Vec::new();
    for own in work.seen.purchases.chunk_by(|one, next| one.customer == next.customer) {
        let days: Vec<i32> = own.iter().map(|purchase| purchase.day).collect();
        lifetimes.extend(survival::spells(&days, last, GAP_DAYS)?);
    }
    let curve = survival::survival_curve(&lifetimes, 0.95)?;
    let churned = customers.iter().filter(|one| last - one.last_day > GAP_DAYS).count();
    let share =
        count(i64::try_from(churned).unwrap_or(0)) / count(i64::try_from(customers.len()).unwrap_or(1));
    let alive: Option<f64> = customers.iter().map(|one| one.alive(work.scored.lasting)).sum();
    Ok(Churn {
        gap_days: GAP_DAYS,
        customers: customers.len(),
        churned,
        churn_rate: rounded(share, 4),
        expected_alive: alive.map(|alive| rounded(alive, 1)),
        median_days: survival::median(&curve),
        survival: thinned(&curve),
        at_risk: at_risk(work, last),
        acquisition: acquisition(work),
        flows: cohorts::flows(&work.seen, Granularity::Month)?,
    })
}

/// The curve at evenly spread steps, the last one included.
fn thinned(curve: &[survival::Step]) -> Vec<SurvivalRow> {
    let every = curve.len().div_ceil(MOST_STEPS).max(1);
    let kept = curve.iter().enumerate().filter(|(index, _)| (curve.len() - 1 - index).is_multiple_of(every));
    kept.map(|(_, step)| SurvivalRow {
        day: step.time,
        share: rounded(step.survival, 4),
        low: rounded(step.low, 4),
        high: rounded(step.high, 4),
        at_risk: step.at_risk,
    })
    .collect()
}

fn at_risk(work: &Work, last: i32) -> Vec<AtRiskRow> {
    let rows = work.scored.at_risk(last - GAP_DAYS).into_iter();
    rows.map(|one| AtRiskRow {
        customer_id: work.names.get(&one.number).cloned().unwrap_or_default(),
        segment: one.segment.name(),
        last_order: date(one.last_day).to_string(),
        orders: one.summary.orders,
        total_spent: work.terms.currency.number(one.summary.net),
        alive: one.alive(work.scored.lasting).map(|alive| rounded(alive, 4)),
    })
    .collect()
}

fn acquisition(work: &Work) -> Vec<AcquisitionRow> {
    let mut counts: BTreeMap<(i32, u32), u64> = BTreeMap::new();
    for own in work.seen.purchases.chunk_by(|one, next| one.customer == next.customer) {
        let month = periods::period_of(own[0].day, Granularity::Month);
        *counts.entry((month, own[0].channel)).or_default() += 1;
    }
    let channel = |id| work.seen.names.get(&(Dimension::Channel, id)).cloned().unwrap_or_default();
    let rows = counts.into_iter();
    rows.map(|((month, id), customers)| AcquisitionRow {
        month: periods::label(month, Granularity::Month),
        channel: channel(id),
        customers,
    })
    .collect()
}
