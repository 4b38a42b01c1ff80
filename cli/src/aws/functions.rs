//! How the Lambda functions of an environment fared: what to ask of CloudWatch, and what its answers say.

use std::collections::BTreeMap;

use super::metrics::{Answers, Query, Window};

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

/// Questions about the runs of each function in `names`, by what it does, in the day before `now`.
pub fn queries(names: &BTreeMap<String, String>, now: i64) -> Vec<Query> {
    let mut queries = Vec::new();
    for (function, runs, failed) in KNOWN {
        let Some(name) = names.get(function) else { continue };
        for (id, metric) in [(runs, "Invocations"), (failed, "Errors")] {
            let (id, dimensions) = (id.to_owned(), vec![("FunctionName", name.clone())]);
            let (namespace, window) = ("AWS/Lambda", window(now));
            queries.push(Query { id, namespace, metric, dimensions, statistic: "Sum", window });
        }
    }
    queries
}

/// The latest runs of each function that ran at all in that day.
pub fn latest(answers: &Answers, now: i64) -> Vec<Runs> {
    let latest =
        |(function, runs, failed): (&'static str, &str, &str)| {
            let (place, count) =
                answers.get(runs)?.iter().enumerate().rev().find_map(|(place, count)| {
                    count.filter(|count| *count > 0.0).map(|count| (place, count))
                })?;
            let failed = answers.get(failed).and_then(|series| *series.get(place)?).unwrap_or(0.0);
            let hour = window(now).from + i64::from(PERIOD) * i64::try_from(place).ok()?;
            Some(Runs { function, count: whole(count), failed: whole(failed), hour })
        };
    KNOWN.into_iter().filter_map(latest).collect()
}

/// The hour that is not over counts too.
fn window(now: i64) -> Window {
    Window::before(now + i64::from(PERIOD), PERIOD, PERIODS)
}

fn whole(count: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "CloudWatch counts runs in floats")]
    let whole = count.round() as i64;
    whole
}
