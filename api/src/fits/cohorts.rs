//! Cohorts of customers by the period of their first purchase, and where the customers of each period come from.

use serde::Serialize;
use utoipa::ToSchema;

use super::{observe::Purchase, periods, rounded, work::Work};
use crate::{
    calendar::Granularity,
    models::{
        Answer, Refusal,
        cohorts::{self, Activity},
    },
};

pub(super) const METHOD: &str =
    "customers counted by the period of their first sale and of each sale after it";

/// Periods of the table: ten years of months, two and a half of weeks.
const MOST_PERIODS: i32 = 130;

/// Who comes back. Guests are not counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Cohorts {
    /// Width of the periods.
    #[schema(example = "month")]
    pub granularity: &'static str,
    /// Oldest first; periods without a new customer are left out.
    pub cohorts: Vec<CohortRow>,
    /// Customers of each period by where they come from, oldest first.
    pub flows: Vec<FlowRow>,
}

/// Customers whose first sale was in one period.
#[derive(Debug, Serialize, ToSchema)]
pub struct CohortRow {
    /// The period.
    #[schema(example = "2017-01")]
    pub label: String,
    /// How many.
    pub customers: u64,
    /// How many of them bought in that period, the next one, and so on to the last period seen.
    pub active: Vec<u64>,
    /// The same as shares, to 4 decimals.
    pub retention: Vec<f64>,
}

/// Customers of a period. `active` = `new` + `kept` + `reactivated`.
#[derive(Debug, Serialize, ToSchema)]
pub struct FlowRow {
    /// The period.
    pub label: String,
    /// Who bought.
    pub active: u64,
    /// For the first time.
    pub new: u64,
    /// In the period before too.
    pub kept: u64,
    /// Before, but not in the period before.
    pub reactivated: u64,
    /// Who bought in the period before, and not in this one.
    pub paused: u64,
}

pub(super) fn fit(work: &Work, granularity: Granularity) -> Answer<Cohorts> {
    let table = activities(work, granularity)?;
    let cohorts = cohorts::cohorts(&table.activities, table.last)?;
    let row = |cohort: &cohorts::Cohort| CohortRow {
        label: table.label(cohort.period, granularity),
        customers: cohort.active[0],
        active: cohort.active.clone(),
        retention: (0..cohort.active.len())
            .filter_map(|later| Some(rounded(cohort.retention(later)?, 4)))
            .collect(),
    };
    Ok(Cohorts {
        granularity: granularity.name(),
        cohorts: cohorts.iter().filter(|cohort| table.shows(cohort.period)).map(row).collect(),
        flows: flows(work, granularity)?,
    })
}

pub(super) fn flows(work: &Work, granularity: Granularity) -> Answer<Vec<FlowRow>> {
    let table = activities(work, granularity)?;
    let flows = cohorts::flows(&table.activities, table.last)?;
    let row = |flow: &cohorts::Flow| FlowRow {
        label: table.label(flow.period, granularity),
        active: flow.active,
        new: flow.new,
        kept: flow.kept,
        reactivated: flow.reactivated,
        paused: flow.paused,
    };
    Ok(flows.iter().filter(|flow| table.shows(flow.period)).map(row).collect())
}

struct Table {
    /// Periods count from `floor`; all before it are in period 0, which is not shown then.
    activities: Vec<Activity>,
    floor: i32,
    last: u32,
    cut: bool,
}

impl Table {
    fn label(&self, period: u32, granularity: Granularity) -> String {
        periods::label(self.floor + i32::try_from(period).unwrap_or(0), granularity)
    }

    fn shows(&self, period: u32) -> bool {
        !self.cut || period > 0
    }
}

fn activities(work: &Work, granularity: Granularity) -> Answer<Table> {
    let Some((first, last)) = work.seen.range.filter(|_| !work.seen.purchases.is_empty()) else {
        return Err(Refusal::TooFew { what: "customers", needed: 1, found: 0 });
    };
    let (first, last) = (periods::period_of(first, granularity), periods::period_of(last, granularity));
    let floor = first.max(last - MOST_PERIODS);
    let period = |day| u32::try_from(periods::period_of(day, granularity) - floor).unwrap_or(0);
    let activity = |one: &Purchase| Activity { customer: u64::from(one.customer), period: period(one.day) };
    Ok(Table {
        activities: work.seen.purchases.iter().map(activity).collect(),
        floor,
        last: u32::try_from(last - floor).unwrap_or(0),
        cut: floor > first,
    })
}
