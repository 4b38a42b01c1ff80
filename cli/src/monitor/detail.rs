//! The last hour in figures: what is asked of CloudWatch, and what follows from the answers. Judges nothing: the verdict
//! is of the checks.

mod availability;

use jiff::Timestamp;
use serde::Serialize;

pub use self::availability::Availability;
use super::sizes::Hint;
use crate::aws::metrics::{Answers, Query, Series, Window};
use crate::deploy::cost::Costs;
use crate::deploy::record::Record;
use crate::terraform::outputs::StackOutputs;

/// Length of a period, in seconds, and how many there are: an hour.
pub const PERIOD: i32 = 120;
/// See `PERIOD`.
pub const PERIODS: usize = 30;

/// The last hour.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Detail {
    /// Where the first period begins.
    pub from: Timestamp,
    /// Where the last one ends.
    pub until: Timestamp,
    /// Length of a period, in seconds.
    pub period_seconds: i32,
    /// Metrics; those that nothing was measured of are missing.
    pub metrics: Vec<Measured>,
    /// How many requests were answered; none without requests.
    pub availability: Option<Availability>,
    /// Deployments that ended in this hour.
    pub deployments: Vec<Marker>,
    /// What the figures suggest; filled in by who knows sizes.
    pub hints: Vec<Hint>,
    /// What the environment costs in a month, where its state tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Costs>,
}

/// A metric over the hour.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    /// Its name.
    pub name: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// The latest value.
    pub latest: f64,
    /// Of the hour: the sum of what is counted, else the average of the periods.
    pub hour: f64,
    /// The highest value of a period.
    pub peak: f64,
    /// A value for each period; null where nothing was measured.
    pub points: Series,
}

/// What a metric counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Percent.
    Percent,
    /// Things that happened in a period.
    Count,
    /// Things that are there.
    Number,
    /// Milliseconds.
    Milliseconds,
    /// Bytes.
    Bytes,
    /// Operations in a second.
    PerSecond,
    /// So many times another quantity.
    Times,
}

/// A deployment on the time axis.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Marker {
    /// Its number.
    pub number: u32,
    /// Period in which it ended, from 0.
    pub period: usize,
    /// How it ended.
    pub result: String,
}

/// Of what a metric is.
enum Of {
    Service,
    LoadBalancer,
    Targets,
    Database,
}

/// Name for people, unit, and what CloudWatch calls it. Values are multiplied by the last number.
struct Wanted(&'static str, Unit, Of, &'static str, &'static str, f64);

const WANTED: [Wanted; 16] = [
    Wanted("cpu", Unit::Percent, Of::Service, "CPUUtilization", "Average", 1.0),
    Wanted("memory", Unit::Percent, Of::Service, "MemoryUtilization", "Average", 1.0),
    Wanted("requests", Unit::Count, Of::LoadBalancer, "RequestCount", "Sum", 1.0),
    Wanted("client_errors", Unit::Count, Of::LoadBalancer, "HTTPCode_Target_4XX_Count", "Sum", 1.0),
    Wanted("server_errors", Unit::Count, Of::LoadBalancer, "HTTPCode_Target_5XX_Count", "Sum", 1.0),
    Wanted("unanswered", Unit::Count, Of::LoadBalancer, "HTTPCode_ELB_5XX_Count", "Sum", 1.0),
    Wanted("latency_p50", Unit::Milliseconds, Of::Targets, "TargetResponseTime", "p50", 1000.0),
    Wanted("latency_p95", Unit::Milliseconds, Of::Targets, "TargetResponseTime", "p95", 1000.0),
    Wanted("latency_p99", Unit::Milliseconds, Of::Targets, "TargetResponseTime", "p99", 1000.0),
    Wanted("database_cpu", Unit::Percent, Of::Database, "CPUUtilization", "Average", 1.0),
    Wanted("database_connections", Unit::Number, Of::Database, "DatabaseConnections", "Maximum", 1.0),
    Wanted("database_reads", Unit::PerSecond, Of::Database, "ReadIOPS", "Average", 1.0),
    Wanted("database_writes", Unit::PerSecond, Of::Database, "WriteIOPS", "Average", 1.0),
    Wanted("database_storage_free", Unit::Bytes, Of::Database, "FreeStorageSpace", "Minimum", 1.0),
    Wanted("database_memory_free", Unit::Bytes, Of::Database, "FreeableMemory", "Minimum", 1.0),
    Wanted("replica_lag", Unit::Milliseconds, Of::Database, "AuroraReplicaLagMaximum", "Maximum", 1.0),
];

/// What an id begins with where it is asked about as that of an Aurora cluster.
const OF_A_CLUSTER: &str = "cluster_";

/// What to ask CloudWatch for. A database is asked for as an instance and as a cluster, since only one has answers.
pub fn queries(outputs: &StackOutputs, window: Window) -> Vec<Query> {
    let balancer = outputs.load_balancer_arn_suffix.as_ref();
    let targets = outputs.target_group_arn_suffix.as_ref();
    let mut queries = Vec::new();
    for (id, metric) in availability::WELL_ANSWERED {
        if let Some(balancer) = balancer {
            let dimensions = vec![("LoadBalancer", balancer.clone())];
            let (id, namespace) = (id.to_owned(), "AWS/ApplicationELB");
            queries.push(Query { id, namespace, metric, dimensions, statistic: "Sum", window });
        }
    }
    for Wanted(id, _, of, metric, statistic, _) in &WANTED {
        let ask = |namespace, dimensions| {
            let id = (*id).to_owned();
            Query { id, namespace, metric, dimensions, statistic, window }
        };
        match of {
            Of::Service => queries.push(ask(
                "AWS/ECS",
                vec![
                    ("ClusterName", outputs.ecs_cluster_name.clone()),
                    ("ServiceName", outputs.ecs_service_name.clone()),
                ],
            )),
            Of::LoadBalancer => {
                if let Some(balancer) = balancer {
                    queries.push(ask("AWS/ApplicationELB", vec![("LoadBalancer", balancer.clone())]));
                }
            }
            Of::Targets => {
                if let (Some(balancer), Some(targets)) = (balancer, targets) {
                    let dimensions =
                        vec![("LoadBalancer", balancer.clone()), ("TargetGroup", targets.clone())];
                    queries.push(ask("AWS/ApplicationELB", dimensions));
                }
            }
            Of::Database => queries.extend(of_database(id, metric, statistic, outputs, window)),
        }
    }
    queries
}

/// A metric of the database under both of its names.
pub fn of_database(
    id: &str,
    metric: &'static str,
    statistic: &'static str,
    outputs: &StackOutputs,
    window: Window,
) -> [Query; 2] {
    let ask = |id: String, dimension| {
        let dimensions = vec![(dimension, outputs.database_identifier.clone())];
        Query { id, namespace: "AWS/RDS", metric, dimensions, statistic, window }
    };
    [ask(id.to_owned(), "DBInstanceIdentifier"), ask(format!("{OF_A_CLUSTER}{id}"), "DBClusterIdentifier")]
}

/// The answer about `id`, or about the cluster of that name where that is what there is.
pub fn answer<'a>(answers: &'a Answers, id: &str) -> Option<&'a Series> {
    let measured = |series: &&Series| series.iter().any(Option::is_some);
    let of_a_cluster = || answers.get(&format!("{OF_A_CLUSTER}{id}")).filter(measured);
    answers.get(id).filter(measured).or_else(of_a_cluster)
}

impl Detail {
    /// Draws conclusions from what CloudWatch answered, where so many percent of requests are to succeed.
    pub fn draw(window: Window, answers: &Answers, records: &[Record], objective_percent: f64) -> Self {
        let mut metrics: Vec<Measured> = WANTED
            .iter()
            .filter_map(|wanted| answer(answers, wanted.0).and_then(|series| measured(wanted, series)))
            .collect();
        let availability = Availability::of(answers, objective_percent);
        // What customers notice comes first.
        if let Some(burns) = availability.as_ref().and_then(|hour| hour.burn_rate(answers)) {
            metrics.insert(0, burns);
        }
        let marker = |record: &Record| {
            let ended = record.began_at.as_second() + i64::try_from(record.seconds).unwrap_or(0);
            let period = window.place(ended)?;
            Some(Marker { number: record.number, period, result: record.result.clone() })
        };
        let instant = |at: i64| Timestamp::from_second(at).unwrap_or_default();
        Self {
            from: instant(window.from),
            until: instant(window.end()),
            period_seconds: window.period,
            metrics,
            availability,
            deployments: records.iter().filter_map(marker).collect(),
            hints: Vec::new(),
            cost: None,
        }
    }
}

fn measured(wanted: &Wanted, series: &Series) -> Option<Measured> {
    let Wanted(name, unit, .., scale) = *wanted;
    let points: Series = series.iter().map(|point| point.map(|value| value * scale)).collect();
    let values: Vec<f64> = points.iter().flatten().copied().collect();
    let latest = *values.last()?;
    let sum: f64 = values.iter().sum();
    #[expect(clippy::cast_precision_loss, reason = "thirty periods")]
    let hour = if unit == Unit::Count { sum } else { sum / values.len() as f64 };
    let peak = values.iter().copied().fold(f64::MIN, f64::max);
    Some(Measured { name, unit, latest, hour, peak, points })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_milliseconds_and_gaps_stay() {
        let answers = Answers::from([("latency_p95".to_owned(), vec![Some(0.5), None, Some(0.25)])]);
        let seen = Detail::draw(Window::before(0, PERIOD, 3), &answers, &[], 99.9);
        let latency = &seen.metrics[0];
        assert_eq!((latency.latest, latency.hour, latency.peak), (250.0, 375.0, 500.0));
        assert_eq!(latency.points, [Some(500.0), None, Some(250.0)]);
    }
}
