//! Cohorts: customers by the period of their first purchase, and how many of them buy in the periods after. Periods are
//! numbers of any grain, counted by the caller's calendar.

use crate::models::{Answer, Refusal};

/// A customer who bought in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Activity {
    /// Number of the customer.
    pub customer: u64,
    /// Number of the period.
    pub period: u32,
}

/// Customers whose first purchase was in one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cohort {
    /// The period of the first purchase.
    pub period: u32,
    /// Customers that bought 0, 1, 2, … periods later, until the last period; the first number is their count.
    pub active: Vec<u64>,
}

impl Cohort {
    /// The share that bought `later` periods after the first; `None` where that has not been seen yet.
    pub fn retention(&self, later: usize) -> Option<f64> {
        Some(*self.active.get(later)? as f64 / self.active[0] as f64)
    }
}

/// Customers of a period by where they come from. `active` = `new` + `kept` + `reactivated`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// The period.
    pub period: u32,
    /// Customers who bought.
    pub active: u64,
    /// Of these, for the first time.
    pub new: u64,
    /// Of these, who also bought in the period before.
    pub kept: u64,
    /// Of these, who had bought before, but not in the period before.
    pub reactivated: u64,
    /// Customers of the period before who did not buy.
    pub paused: u64,
}

/// Widest range of periods: a table of ten years of days.
const MOST_PERIODS: u32 = 3_660;

/// Cohorts by period, those without a customer left out. `last` is the last period seen, which need not be over.
/// Activities after it are refused; their order and repetitions do not matter.
pub fn cohorts(activities: &[Activity], last: u32) -> Answer<Vec<Cohort>> {
    let sorted = distinct(activities, last)?;
    let Some(first) = sorted.iter().map(|one| one.period).min() else { return Ok(vec![]) };
    let mut table: Vec<Vec<u64>> = (first..=last).map(|start| vec![0; (last - start) as usize + 1]).collect();
    for own in sorted.chunk_by(|one, next| one.customer == next.customer) {
        let start = own[0].period;
        for activity in own {
            table[(start - first) as usize][(activity.period - start) as usize] += 1;
        }
    }
    let cohorts = (first..=last).zip(table).filter(|(_, active)| active[0] > 0);
    Ok(cohorts.map(|(period, active)| Cohort { period, active }).collect())
}

/// New, kept, reactivated and paused customers of every period from the first to `last`.
pub fn flows(activities: &[Activity], last: u32) -> Answer<Vec<Flow>> {
    let sorted = distinct(activities, last)?;
    let Some(first) = sorted.iter().map(|one| one.period).min() else { return Ok(vec![]) };
    let nothing = |period| Flow { period, active: 0, new: 0, kept: 0, reactivated: 0, paused: 0 };
    let mut flows: Vec<Flow> = (first..=last).map(nothing).collect();
    for own in sorted.chunk_by(|one, next| one.customer == next.customer) {
        let mut before = None;
        for activity in own {
            let flow = &mut flows[(activity.period - first) as usize];
            flow.active += 1;
            match before {
                None => flow.new += 1,
                Some(before) if before + 1 == activity.period => flow.kept += 1,
                Some(_) => flow.reactivated += 1,
            }
            before = Some(activity.period);
        }
    }
    for index in 1..flows.len() {
        flows[index].paused = flows[index - 1].active - flows[index].kept;
    }
    Ok(flows)
}

/// By customer and period, each once.
fn distinct(activities: &[Activity], last: u32) -> Answer<Vec<Activity>> {
    let mut sorted = activities.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let outside = |one: &Activity| one.period > last || last - one.period >= MOST_PERIODS;
    if sorted.iter().any(outside) {
        return Err(Refusal::OutOfDomain("periods end at the last one and span 3,660 at most"));
    }
    Ok(sorted)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Customer 1 buys in 3, 4 and 6; customer 2 in 3; customer 3 in 5 and, twice, 6.
    fn shop() -> Vec<Activity> {
        let pairs = [(3, 6), (1, 3), (2, 3), (1, 6), (3, 5), (1, 4), (3, 6)];
        pairs.map(|(customer, period)| Activity { customer, period }).to_vec()
    }

    #[test]
    fn cohorts_are_counted_until_the_last_period() {
        let found = cohorts(&shop(), 7).unwrap();
        let wanted =
            [Cohort { period: 3, active: vec![2, 1, 0, 1, 0] }, Cohort { period: 5, active: vec![1, 1, 0] }];
        assert_eq!(found, wanted);
        assert_eq!((found[0].retention(1), found[1].retention(3)), (Some(0.5), None));
    }

    #[test]
    fn flows_add_up() {
        let flow = |period, [active, new, kept, reactivated, paused]: [u64; 5]| Flow {
            period,
            active,
            new,
            kept,
            reactivated,
            paused,
        };
        let wanted = [
            flow(3, [2, 2, 0, 0, 0]),
            flow(4, [1, 0, 1, 0, 1]),
            flow(5, [1, 1, 0, 0, 1]),
            flow(6, [2, 0, 1, 1, 0]),
            flow(7, [0, 0, 0, 0, 2]),
        ];
        assert_eq!(flows(&shop(), 7).unwrap(), wanted);
    }

    #[test]
    fn nobody_and_the_future() {
        assert_eq!(cohorts(&[], 7), Ok(vec![]));
        assert_eq!(flows(&[], 7), Ok(vec![]));
        assert!(cohorts(&shop(), 5).is_err());
        assert!(flows(&[Activity { customer: 1, period: 0 }], 3_660).is_err());
    }
}
