//! The size that would do, by what the last day used of the size that is there. Pure; judges nothing, and knows no names of
//! resources. `tasks` and `classes` hold the rules, which `docs/monitor.md` tells people.

mod classes;
mod tasks;

use std::fmt;

use serde::{Serialize, Serializer};

use super::detail::{self, Detail};
use crate::aws::metrics::{Answers, Query, Series, Window};
use crate::aws::sizes::{Instance, TaskSize};
use crate::deploy::cost::Prices;
use crate::failure::Failure;
use crate::terraform::outputs::StackOutputs;

/// Length of a period in seconds, and how many there are: a day.
const PERIOD: i32 = 300;
const PERIODS: usize = 288;
/// Less than an hour says nothing about a day.
const FEWEST_PERIODS: usize = 12;
/// Above this share on average in the last hour there is no room for a peak, in percent.
const BUSY_PERCENT: f64 = 80.0;
/// Scaling starts more tasks above these shares, in percent: what a size is chosen for stays below them.
const CPU_PERCENT: f64 = 70.0;
const MEMORY_PERCENT: f64 = 80.0;

/// Metrics of the day: id, CloudWatch's name, statistic. Memory has no room beyond its end, so that its very peak counts.
const OF_TASKS: [(&str, &str, &str); 2] =
    [("day_cpu", "CPUUtilization", "Average"), ("day_memory", "MemoryUtilization", "Maximum")];
const OF_THE_DATABASE: [(&str, &str, &str); 2] = [
    ("day_database_cpu", "CPUUtilization", "Average"),
    ("day_database_memory_free", "FreeableMemory", "Minimum"),
];

/// What is there, as far as it could be seen.
#[derive(Debug, Default)]
pub struct Sizes {
    /// Size of a task.
    pub task: Option<TaskSize>,
    /// The database.
    pub database: Option<Instance>,
}

/// A size that would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// Of what: `tasks` or `database`.
    pub of: &'static str,
    /// What was seen of it.
    pub seen: String,
    /// What would do, with its settings and prices.
    pub advice: String,
}

/// What a metric was in the day.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Day {
    periods: usize,
    lowest: f64,
    mean: f64,
    highest: f64,
}

/// What to ask CloudWatch about the day before `now`, in seconds since 1970.
pub fn queries(outputs: &StackOutputs, now: i64) -> Vec<Query> {
    let window = Window::before(now, PERIOD, PERIODS);
    let service = || {
        vec![
            ("ClusterName", outputs.ecs_cluster_name.clone()),
            ("ServiceName", outputs.ecs_service_name.clone()),
        ]
    };
    let mut queries: Vec<Query> = OF_TASKS
        .into_iter()
        .map(|(id, metric, statistic)| Query {
            id: id.to_owned(),
            namespace: "AWS/ECS",
            metric,
            dimensions: service(),
            statistic,
            window,
        })
        .collect();
    for (id, metric, statistic) in OF_THE_DATABASE {
        queries.extend(detail::of_database(id, metric, statistic, outputs, window));
    }
    queries
}

/// What would do, where that is another size.
pub fn hints(answers: &Answers, detail: &Detail, sizes: &Sizes, prices: &Prices) -> Vec<Hint> {
    let day = |id: &str| detail::answer(answers, id).and_then(Day::of);
    let hour = |name: &str| detail.metrics.iter().find(|it| it.name == name).map(|it| it.hour);
    let mut hints = tasks::hints(
        sizes.task,
        &tasks::Load {
            day: day("day_cpu").zip(day("day_memory")),
            hour_cpu: hour("cpu"),
            hour_memory: hour("memory"),
        },
        prices,
    );
    hints.extend(classes::hint(
        sizes.database.as_ref(),
        &classes::Load {
            day: day("day_database_cpu").zip(day("day_database_memory_free")),
            hour_cpu: hour("database_cpu"),
        },
        prices,
    ));
    hints
}

impl Hint {
    fn new(of: &'static str, seen: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { of, seen: seen.into(), advice: advice.into() }
    }

    /// A size that nobody can judge.
    pub fn unseen(of: &'static str, why: &Failure) -> Self {
        Self::new(of, "a size cannot be seen", why.to_string())
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.seen, self.advice)
    }
}

impl Serialize for Hint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Day {
    /// None where less than an hour was measured.
    fn of(series: &Series) -> Option<Self> {
        let values: Vec<f64> = series.iter().flatten().copied().collect();
        if values.len() < FEWEST_PERIODS {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "a day of periods")]
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let lowest = values.iter().copied().fold(f64::MAX, f64::min);
        let highest = values.iter().copied().fold(f64::MIN, f64::max);
        Some(Self { periods: values.len(), lowest, mean, highest })
    }

    /// How much of the day was measured, in whole hours.
    fn hours(self) -> usize {
        self.periods / FEWEST_PERIODS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_needs_an_hour_of_values() {
        let values = |count: usize| {
            let mut series: Series = vec![None; PERIODS];
            for (place, value) in series.iter_mut().enumerate().take(count) {
                *value = Some(if place == 3 { 34.0 } else { 10.0 });
            }
            series
        };
        assert_eq!(Day::of(&values(11)), None);
        let day = Day::of(&values(12)).unwrap();
        assert_eq!((day.hours(), day.lowest, day.mean, day.highest), (1, 10.0, 12.0, 34.0));
        assert_eq!(Day::of(&values(288)).unwrap().hours(), 24);
    }
}
