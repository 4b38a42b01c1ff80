//! Cohorts of customers by the period of their first purchase, and where the customers of each period come from.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    observe::{Observations, Purchase},
    periods, rounded,
    work::Work,
};
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
    let table = Table::of(&work.seen, granularity)?;
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
        flows: flows(&work.seen, granularity)?,
    })
}

pub(super) fn flows(seen: &Observations, granularity: Granularity) -> Answer<Vec<FlowRow>> {
    let table = Table::of(seen, granularity)?;
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
    /// Periods count from `floor`; all before it are in period 0.
    activities: Vec<Activity>,
    floor: i32,
    last: u32,
    /// The first period that is told.
    told_from: u32,
}

impl Table {
    fn of(seen: &Observations, granularity: Granularity) -> Answer<Self> {
        let Some((first, last)) = seen.range.filter(|_| !seen.purchases.is_empty()) else {
            return Err(Refusal::TooFew { what: "customers", needed: 1, found: 0 });
        };
        let (first, last) = (periods::period_of(first, granularity), periods::period_of(last, granularity));
        let from = last - MOST_PERIODS + 1;
        // Of a long past two more: who was there before all that is told, and who just before it, so that its first
        // period tells the ones from the others.
        let (floor, told_from) = if first < from { (from - 2, 2) } else { (first, 0) };
        let period = |day| u32::try_from(periods::period_of(day, granularity) - floor).unwrap_or(0);
        let activity =
            |one: &Purchase| Activity { customer: u64::from(one.customer), period: period(one.day) };
        Ok(Self {
            activities: seen.purchases.iter().map(activity).collect(),
            floor,
            last: u32::try_from(last - floor).unwrap_or(0),
            told_from,
        })
    }

    fn label(&self, period: u32, granularity: Granularity) -> String {
        periods::label(self.floor + i32::try_from(period).unwrap_or(0), granularity)
    }

    fn shows(&self, period: u32) -> bool {
        period >= self.told_from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Customers and the weeks in which they bought, of a shop whose last day is in week 200.
    fn shop(first_week: i32, sales: &[(u32, i32)]) -> Observations {
        let monday = |week| periods::first_day(week, Granularity::Week);
        let sale = |&(customer, week): &(u32, i32)| Purchase {
            customer,
            day: monday(week),
            channel: 1,
            amount: 100,
        };
        Observations {
            range: Some((monday(first_week), monday(200))),
            purchases: sales.iter().map(sale).collect(),
            ..Observations::default()
        }
    }

    #[test]
    fn the_first_period_that_is_told_of_a_long_past_knows_the_one_before_it() {
        // Came back after long, stayed, was there just before, was there long ago, is new.
        let sales = [(1, 20), (1, 71), (2, 70), (2, 71), (3, 70), (4, 30), (5, 71)];
        let told = flows(&shop(20, &sales), Granularity::Week).unwrap();
        let first = &told[0];
        assert_eq!((told.len(), first.label.as_str()), (130, "1971-05-10"));
        assert_eq!(
            [first.active, first.new, first.kept, first.reactivated, first.paused],
            [3, 1, 1, 1, 1],
            "{first:?}"
        );
        // 130 weeks are told as they are, and nothing is before them.
        let told = flows(&shop(71, &[(2, 71), (5, 72)]), Granularity::Week).unwrap();
        assert_eq!((told.len(), told[0].new, told[1].paused), (130, 1, 1));
    }
}
