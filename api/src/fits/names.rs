//! Names of stored results: the path of a report, and its grain where it has several.

use super::Report;
use crate::calendar::Granularity;

/// Grains of the forecast, the default first.
pub const FORECAST_GRAINS: [Granularity; 3] = [Granularity::Day, Granularity::Week, Granularity::Month];
/// Grains of the cohorts, the default first.
pub const COHORT_GRAINS: [Granularity; 4] =
    [Granularity::Month, Granularity::Week, Granularity::Quarter, Granularity::Year];

/// The grains of a report.
pub fn grains(report: Report) -> Option<&'static [Granularity]> {
    match report {
        Report::Forecast => Some(&FORECAST_GRAINS),
        Report::Cohorts => Some(&COHORT_GRAINS),
        _ => None,
    }
}

/// The name in the store.
pub fn stored(report: Report, granularity: Option<Granularity>) -> String {
    match granularity {
        Some(granularity) => format!("{}:{}", report.name(), granularity.name()),
        None => report.name().to_owned(),
    }
}
