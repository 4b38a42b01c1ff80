//! How many requests of the hour were answered, and how fast failures use the error budget up. Pure.

use serde::Serialize;

use super::{Measured, Unit};
use crate::aws::metrics::{Answers, Series};

/// Answers that nothing but the share is made of: what to ask for, and what CloudWatch calls it.
pub(super) const WELL_ANSWERED: [(&str, &str); 2] =
    [("answered_2xx", "HTTPCode_Target_2XX_Count"), ("answered_3xx", "HTTPCode_Target_3XX_Count")];
/// Requests that a task answered well, or refused.
const SERVED: [&str; 3] = [WELL_ANSWERED[0].0, WELL_ANSWERED[1].0, "client_errors"];
/// Requests that a task answered with 5xx, and those that the load balancer did, for want of an answer.
const FAILED: [&str; 2] = ["server_errors", "unanswered"];

/// Requests that failed, against the objective.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Availability {
    /// Requests of the hour that were answered.
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
    pub(super) fn of(answers: &Answers, objective_percent: f64) -> Option<Self> {
        let (requests, failed) =
            counted(answers).into_iter().fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
        (requests > 0.0).then(|| Self {
            requests,
            failed,
            percent: 100.0 * (requests - failed) / requests,
            objective_percent,
            burn_rate: burns(requests, failed, objective_percent),
        })
    }

    /// How fast the budget burned in each period that had requests; of the hour, how fast all of them burned it.
    pub(super) fn burn_rate(&self, answers: &Answers) -> Option<Measured> {
        let rate = |(requests, failed): (f64, f64)| {
            (requests > 0.0).then(|| burns(requests, failed, self.objective_percent))
        };
        let points: Series = counted(answers).into_iter().map(rate).collect();
        let latest = points.iter().flatten().last().copied()?;
        let peak = points.iter().flatten().copied().fold(f64::MIN, f64::max);
        Some(Measured { name: "burn_rate", unit: Unit::Times, latest, hour: self.burn_rate, peak, points })
    }
}

/// Requests of each period, and those of them that failed, as the alarms of the error budget count them. Not by
/// `RequestCount`: a request for which there was no task to choose is not among them. CloudWatch keeps no zeros: what is
/// missing did not happen.
fn counted(answers: &Answers) -> Vec<(f64, f64)> {
    let of = |ids: &[&str], place: usize| -> f64 {
        let series = ids.iter().filter_map(|id| answers.get(*id));
        series.filter_map(|points| *points.get(place)?).sum()
    };
    let longest = SERVED.iter().chain(&FAILED).filter_map(|id| answers.get(*id)).map(Vec::len).max();
    let counted = |place: usize| {
        let failed = of(&FAILED, place);
        (of(&SERVED, place) + failed, failed)
    };
    (0..longest.unwrap_or(0)).map(counted).collect()
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
            ("answered_2xx", &[5_000.0, 3_990.0]),
            ("answered_3xx", &[900.0]),
            ("client_errors", &[80.0]),
            ("server_errors", &[20.0]),
            ("unanswered", &[0.0, 10.0]),
        ]);
        let availability = seen.availability.unwrap();
        assert!((availability.percent - 99.7).abs() < 1e-9, "{availability:?}");
        assert!((availability.burn_rate - 3.0).abs() < 1e-9, "{availability:?}");
        // Asked for, and shown as a part of the share alone.
        let names: Vec<&str> = seen.metrics.iter().map(|it| it.name).collect();
        assert_eq!(names, ["burn_rate", "client_errors", "server_errors", "unanswered"]);
        let burns = &seen.metrics[0];
        let points: Vec<f64> = burns.points.iter().flatten().map(|rate| rate.round()).collect();
        // 20 of 6,000, then 10 of 4,000.
        assert_eq!((burns.name, points.as_slice()), ("burn_rate", &[3.0, 3.0][..]));
        assert!((burns.hour - 3.0).abs() < 1e-9 && (burns.peak - 20.0 / 6.0).abs() < 1e-9, "{burns:?}");
        assert!((burns.latest - 2.5).abs() < 1e-9, "{burns:?}");
        let quiet = detail(&[("requests", &[0.0])]);
        assert_eq!((quiet.availability, quiet.metrics.len()), (None, 1));
        assert!(detail(&[("answered_3xx", &[5.0])]).availability.unwrap().failed.abs() < 1e-9);
    }

    #[test]
    fn the_objective_is_the_environments_own() {
        let answers = answers(&[("answered_2xx", &[995.0]), ("server_errors", &[5.0])]);
        let seen = Detail::draw(Window::before(0, PERIOD, 3), &answers, &[], 99.5).availability.unwrap();
        assert!((seen.burn_rate - 1.0).abs() < 1e-9 && (seen.percent - 99.5).abs() < 1e-9, "{seen:?}");
    }

    #[test]
    fn requests_that_no_task_could_be_chosen_for_failed() {
        let none = detail(&[("unanswered", &[500.0])]).availability.unwrap();
        assert_eq!((none.requests, none.failed, none.percent), (500.0, 500.0, 0.0));
        assert!((none.burn_rate - 1_000.0).abs() < 1e-6, "{none:?}");
        // Some were served and others refused in the same period, of which only the first are in `RequestCount`.
        let outage = detail(&[
            ("requests", &[900.0, 100.0]),
            ("answered_2xx", &[900.0, 100.0]),
            ("unanswered", &[0.0, 100.0]),
        ]);
        let outage = outage.availability.unwrap();
        assert_eq!((outage.requests, outage.failed), (1_100.0, 100.0));
    }
}
