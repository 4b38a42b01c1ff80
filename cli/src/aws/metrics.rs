//! Metrics of CloudWatch, many with one call.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat};

use super::failure_of;
use crate::failure::Failure;

/// As many fit one call.
const QUERIES_AT_ONCE: usize = 500;

/// A metric that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// How the answer is called: begins with a small letter.
    pub id: String,
    /// Such as `AWS/ECS`.
    pub namespace: &'static str,
    /// Such as `CPUUtilization`.
    pub metric: &'static str,
    /// Names and values of its dimensions.
    pub dimensions: Vec<(&'static str, String)>,
    /// Such as `Average`, `Sum` or `p95`.
    pub statistic: &'static str,
    /// Of which time.
    pub window: Window,
}

/// What CloudWatch answers, by the ids of the queries.
pub type Answers = BTreeMap<String, Series>;

/// Periods that are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Where the first one begins, in seconds since 1970.
    pub from: i64,
    /// Length of each, in seconds.
    pub period: i32,
    /// How many.
    pub count: usize,
}

/// A value for each period, and none where nothing was measured.
pub type Series = Vec<Option<f64>>;

/// Asks for all of `queries`, whatever time each is of; each has an answer, by its id.
pub async fn series(config: &SdkConfig, queries: &[Query]) -> Result<Answers, Failure> {
    let client = Client::new(config);
    let mut answers: Answers =
        queries.iter().map(|query| (query.id.clone(), vec![None; query.window.count])).collect();
    for queries in queries.chunks(QUERIES_AT_ONCE) {
        let from = queries.iter().map(|query| query.window.from).min().unwrap_or_default();
        let end = queries.iter().map(|query| query.window.end()).max().unwrap_or_default();
        let asked: Vec<MetricDataQuery> = queries.iter().map(Query::asked).collect();
        let mut pages = client
            .get_metric_data()
            .set_metric_data_queries(Some(asked))
            .start_time(DateTime::from_secs(from))
            .end_time(DateTime::from_secs(end))
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failure_of("cloudwatch:GetMetricData", &error))?;
            for result in page.metric_data_results() {
                let Some(id) = result.id() else { continue };
                let Some(window) = queries.iter().find(|it| it.id == id).map(|it| it.window) else {
                    continue;
                };
                let Some(series) = answers.get_mut(id) else { continue };
                for (at, value) in result.timestamps().iter().zip(result.values()) {
                    if let Some(place) = window.place(at.secs()).and_then(|place| series.get_mut(place)) {
                        *place = Some(*value);
                    }
                }
            }
        }
    }
    Ok(answers)
}

impl Query {
    fn asked(&self) -> MetricDataQuery {
        let dimension =
            |(name, value): &(&str, String)| Dimension::builder().name(*name).value(value.clone()).build();
        let metric = Metric::builder()
            .namespace(self.namespace)
            .metric_name(self.metric)
            .set_dimensions(Some(self.dimensions.iter().map(dimension).collect()))
            .build();
        let stat =
            MetricStat::builder().metric(metric).period(self.window.period).stat(self.statistic).build();
        MetricDataQuery::builder().id(&self.id).metric_stat(stat).build()
    }
}

impl Window {
    /// The last `count` periods that are over at `now`, in seconds since 1970. They begin at whole periods, as
    /// CloudWatch keeps them.
    pub fn before(now: i64, period: i32, count: usize) -> Self {
        let length = i64::from(period);
        let end = now - now.rem_euclid(length);
        let all = length.saturating_mul(i64::try_from(count).unwrap_or(i64::MAX));
        Self { from: end.saturating_sub(all), period, count }
    }

    /// Where the last period ends.
    pub fn end(&self) -> i64 {
        let all = i64::from(self.period).saturating_mul(i64::try_from(self.count).unwrap_or(i64::MAX));
        self.from.saturating_add(all)
    }

    /// In which period an instant is.
    pub fn place(&self, at: i64) -> Option<usize> {
        let place = usize::try_from((at - self.from).div_euclid(i64::from(self.period))).ok()?;
        (place < self.count).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_whole_over_and_in_order() {
        let window = Window::before(1_800_000_059, 60, 3);
        assert_eq!((window.from, window.end()), (1_799_999_820, 1_800_000_000));
        let places = [1_799_999_819, 1_799_999_820, 1_799_999_879, 1_799_999_880, 1_800_000_000];
        assert_eq!(places.map(|at| window.place(at)), [None, Some(0), Some(0), Some(1), None]);
    }
}
