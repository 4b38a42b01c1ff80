//! How the Lambda functions of an environment fared.

use std::collections::BTreeMap;

use aws_config::SdkConfig;

use super::metrics::{self, Query, Window};
use crate::failure::Failure;

/// Length of a period in seconds, and how many there are: a day, since one of them runs once in it.
const PERIOD: i32 = 3_600;
const PERIODS: usize = 24;

/// Functions as the outputs call them, and the answers about each: runs, and those that failed.
const KNOWN: [(&str, &str, &str); 2] =
    [("alert_relay", "relay_runs", "relay_errors"), ("fit", "fit_runs", "fit_errors")];

/// What became of a function's latest runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Runs {
    /// What it does.
    pub function: &'static str,
    /// How many there were in the latest hour of this day in which it ran.
    pub count: i64,
    /// How many of them failed.
    pub failed: i64,
    /// Where that hour begins, in seconds since 1970.
    pub hour: i64,
}

/// The latest runs of each function in `names`, by what it does, that ran at all in the day before `now`.
pub async fn latest(
    config: &SdkConfig,
    names: &BTreeMap<String, String>,
    now: i64,
) -> Result<Vec<Runs>, Failure> {
    // The hour that is not over counts too.
    let window = Window::before(now + i64::from(PERIOD), PERIOD, PERIODS);
    let mut queries = Vec::new();
    for (function, runs, failed) in KNOWN {
        let Some(name) = names.get(function) else { continue };
        for (id, metric) in [(runs, "Invocations"), (failed, "Errors")] {
            let dimensions = vec![("FunctionName", name.clone())];
            queries.push(Query { id, namespace: "AWS/Lambda", metric, dimensions, statistic: "Sum" });
        }
    }
    if queries.is_empty() {
        return Ok(Vec::new());
    }
    let answers = metrics::series(config, &queries, window).await?;
    let latest =
        |(function, runs, failed): (&'static str, &str, &str)| {
            let (place, count) =
                answers.get(runs)?.iter().enumerate().rev().find_map(|(place, count)| {
                    count.filter(|count| *count > 0.0).map(|count| (place, count))
                })?;
            let failed = answers.get(failed).and_then(|series| *series.get(place)?).unwrap_or(0.0);
            let hour = window.from + i64::from(PERIOD) * i64::try_from(place).ok()?;
            Some(Runs { function, count: whole(count), failed: whole(failed), hour })
        };
    Ok(KNOWN.into_iter().filter_map(latest).collect())
}

fn whole(count: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "CloudWatch counts runs in floats")]
    let whole = count.round() as i64;
    whole
}
