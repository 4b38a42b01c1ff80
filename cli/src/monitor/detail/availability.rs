//! How many requests of the hour were answered, and how fast failures use the error budget up. Pure.

use serde::Serialize;

use super::{Measured, Unit};
use crate::aws::metrics::Series;

/// Requests of the hour, those that a task answered with 5xx, and those that the load balancer did, for want of an answer.
const REQUESTS: [&str; 3] = ["requests", "server_errors", "unanswered"];

/// Requests that failed, against the objective.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Availability {
    /// Requests of the hour.
    pub requests: f64,
    /// Those that were answered with 5xx, by a task or for want of one.
    pub failed: f64,
    /// Share that did not fail, in percent.
    pub percent: f64,
    /// What is aimed at, in percent.
    pub objective_percent: f64,
    /// How many times faster than the objective allows the error budget is used up.
    pub burn_rate: f64,
}

impl Availability {
    /// None without requests.
    pub(super) fn of(metrics: &[Measured], objective_percent: f64) -> Option<Self> {
        let (requests, failed) =
            counted(metrics).into_iter().fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
        (requests > 0.0).then(|| Self {
            requests,
            failed,
            percent: 100.0 * (requests - failed) / requests,
            objective_percent,
            burn_rate: burns(requests, failed, objective_percent),
        })
    }

    /// How fast the budget burned in each period that had requests; of the hour, how fast all of them burned it.
    pub(super) fn burn_rate(&self, metrics: &[Measured]) -> Option<Measured> {
        let rate = |(requests, failed): (f64, f64)| {
            (requests > 0.0).then(|| burns(requests, failed, self.objective_percent))
        };
        let points: Series = counted(metrics).into_iter().map(rate).collect();
        let latest = points.iter().flatten().last().copied()?;
        let peak = points.iter().flatten().copied().fold(f64::MIN, f64::max);
        Some(Measured { name: "burn_rate", unit: Unit::Times, latest, hour: self.burn_rate, peak, points })
    }
}

/// Requests of each period, and those of them that failed. CloudWatch keeps no zeros: errors that are missing beside requests
/// did not happen. A request for which there was no task to choose is refused by the load balancer, which does not count
/// it among its requests: it was one, all the same.
fn counted(metrics: &[Measured]) -> Vec<(f64, f64)> {
    let series = REQUESTS.map(|name| metrics.iter().find(|it| it.name == name).map(|it| &it.points));
    let count = series.iter().flatten().map(|points| points.len()).max().unwrap_or(0);
    let of = |place: usize| {
        let value = |points: Option<&Series>| points.and_then(|points| *points.get(place)?).unwrap_or(0.0);
        let [requests, answered, unanswered] = series.map(value);
        let failed = answered + unanswered;
        (requests.max(failed), failed)
    };
    (0..count).map(of).collect()
}

fn burns(requests: f64, failed: f64, objective_percent: f64) -> f64 {
    100.0 * failed / requests / (100.0 - objective_percent)
}

#[cfg(test)]
mod tests {
    use super::super::{Detail, PERIOD, PERIODS};
    use crate::aws::metrics::{Answers, Window};

    fn answers(of: &[(&'static str, &[f64])]) -> Answers {
        of.iter()
            .map(|(name, values)| ((*name).to_owned(), values.iter().copied().map(Some).collect()))
            .collect()
    }

    fn detail(of: &[(&'static str, &[f64])]) -> Detail {
        Detail::draw(Window::before(1_800_000_000, PERIOD, PERIODS), &answers(of), &[], 99.9)
    }

    #[test]
    fn the_budget_burns_by_the_share_of_failed_requests() {
        let seen = detail(&[
            ("requests", &[6_000.0, 4_000.0]),
            ("server_errors", &[20.0]),
            ("unanswered", &[0.0, 10.0]),
        ]);
        let availability = seen.availability.unwrap();
        assert!((availability.percent - 99.7).abs() < 1e-9, "{availability:?}");
        assert!((availability.burn_rate - 3.0).abs() < 1e-9, "{availability:?}");
        let burns = &seen.metrics[0];
        let points: Vec<f64> = burns.points.iter().flatten().map(|rate| rate.round()).collect();
        // 20 of 6,000, then 10 of 4,000.
        assert_eq!((burns.name, points.as_slice()), ("burn_rate", &[3.0, 3.0][..]));
        assert!((burns.hour - 3.0).abs() < 1e-9 && (burns.peak - 20.0 / 6.0).abs() < 1e-9, "{burns:?}");
        assert!((burns.latest - 2.5).abs() < 1e-9, "{burns:?}");
        let quiet = detail(&[("requests", &[0.0])]);
        assert_eq!((quiet.availability, quiet.metrics.len()), (None, 1));
        assert!(detail(&[("requests", &[5.0])]).availability.unwrap().failed.abs() < 1e-9);
    }

    #[test]
    fn the_objective_is_the_environments_own() {
        let answers = answers(&[("requests", &[1_000.0]), ("server_errors", &[5.0])]);
        let seen = Detail::draw(Window::before(0, PERIOD, 3), &answers, &[], 99.5).availability.unwrap();
        assert!((seen.burn_rate - 1.0).abs() < 1e-9 && (seen.percent - 99.5).abs() < 1e-9, "{seen:?}");
    }

    #[test]
    fn requests_that_no_task_could_be_chosen_for_failed() {
        let none = detail(&[("unanswered", &[500.0])]).availability.unwrap();
        assert_eq!((none.requests, none.failed, none.percent), (500.0, 500.0, 0.0));
        assert!((none.burn_rate - 1_000.0).abs() < 1e-6, "{none:?}");
        // Periods in which some were served, then none.
        let outage = detail(&[("requests", &[900.0]), ("unanswered", &[0.0, 100.0])]).availability.unwrap();
        assert_eq!((outage.requests, outage.percent), (1_000.0, 90.0));
    }
}
