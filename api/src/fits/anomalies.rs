//! Days of the store that are not as expected, and what made the difference.

use std::cmp::Reverse;

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    MOST_ROWS, date, estimate, major,
    observe::{Dimension, Observations},
    rounded,
    work::Work,
};
use crate::models::{
    Answer, Refusal,
    anomalies::{self, Anomaly, Part},
};

pub(super) const METHOD: &str =
    "outside the 99 % interval around the median of the same weekdays before, by median absolute errors";

pub(super) const LEVEL: f64 = 0.99;
const WEEK: usize = 7;
/// Contributions that are told, of those that went the same way.
const MOST_CONTRIBUTIONS: usize = 5;
/// Values of the same season that parts are compared with.
const BEFORE: i32 = 8;
/// Scores are cut here: the spread may be 0.
const MOST_SCORE: f64 = 1_000.0;

/// Days that were not as expected.
#[derive(Debug, Serialize, ToSchema)]
pub struct Anomalies {
    /// Probability that a value lies within its interval when nothing is wrong.
    pub level: f64,
    /// First day that was judged; what came before was only learnt from.
    #[schema(example = "2014-01-24")]
    pub first_judged: String,
    /// Last day that was judged: the last one that is over.
    pub last_judged: String,
    /// Days that were not as expected; the newest 1,000 of them are told.
    pub found: usize,
    /// Newest first.
    pub anomalies: Vec<AnomalyRow>,
}

/// A day.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnomalyRow {
    /// The day.
    #[schema(example = "2017-11-24")]
    pub label: String,
    /// Its net revenue.
    #[serde(flatten)]
    pub value: UnexpectedValue,
    /// What made the difference, most first, by region, channel and category.
    pub contributions: Vec<ContributionRow>,
}

/// A value and what was expected.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnexpectedValue {
    /// What it was.
    pub actual: f64,
    /// What was expected.
    pub expected: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Distance in robust standard deviations, negative below; at most 1,000 either way.
    pub score: f64,
}

/// A part of the difference.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContributionRow {
    /// `region`, `channel` or `category`.
    pub dimension: &'static str,
    /// Its name.
    pub name: String,
    /// Actual less expected: the mean of the last eight same weekdays (of products: weeks).
    pub difference: f64,
    /// Share of the difference of all parts of the dimension.
    pub share: f64,
}

pub(super) fn fit(work: &Work) -> Answer<Anomalies> {
    let currency = work.terms.currency;
    let Some((first, last)) = work.seen.over else {
        return Err(Refusal::TooFew { what: "days that are over", needed: 1, found: 0 });
    };
    let series: Vec<f64> =
        (first..=last).zip(&work.seen.days).map(|(_, day)| major(day.revenue, currency)).collect();
    let mut found = anomalies::anomalies(&series, WEEK, LEVEL)?;
    found.sort_by_key(|anomaly| Reverse(anomaly.index));
    let day = |index: usize| first + i32::try_from(index).unwrap_or(0);
    let row = |anomaly: &Anomaly| AnomalyRow {
        label: date(day(anomaly.index)).to_string(),
        value: UnexpectedValue::of(anomaly, |value| estimate(value, currency)),
        contributions: contributions(work, day(anomaly.index)),
    };
    Ok(Anomalies {
        level: LEVEL,
        first_judged: date(day(anomalies::first_judged(WEEK))).to_string(),
        last_judged: date(last).to_string(),
        found: found.len(),
        anomalies: found.iter().take(MOST_ROWS).map(row).collect(),
    })
}

impl UnexpectedValue {
    pub(super) fn of(anomaly: &Anomaly, at_the_edge: impl Fn(f64) -> f64) -> Self {
        Self {
            actual: at_the_edge(anomaly.actual),
            expected: at_the_edge(anomaly.expected.mean),
            low: at_the_edge(anomaly.expected.low),
            high: at_the_edge(anomaly.expected.high),
            score: rounded(anomaly.score.clamp(-MOST_SCORE, MOST_SCORE), 2),
        }
    }
}

fn contributions(work: &Work, day: i32) -> Vec<ContributionRow> {
    let currency = work.terms.currency;
    let on = |dimension: Dimension, id: u32, day: i32| {
        major(work.seen.parts.get(&(dimension, id, day)).copied().unwrap_or(0), currency)
    };
    most(&work.seen, &Dimension::ALL, day, on, |value| estimate(value, currency))
}

/// The parts of `dimensions` that made most of the difference between `day` and the same weekdays before, by what was `on`
/// a day.
pub(super) fn most(
    seen: &Observations,
    dimensions: &[Dimension],
    day: i32,
    on: impl Fn(Dimension, u32, i32) -> f64,
    at_the_edge: impl Fn(f64) -> f64,
) -> Vec<ContributionRow> {
    let mut rows = Vec::new();
    for &dimension in dimensions {
        let mut named: Vec<(u32, &String)> = seen
            .names
            .iter()
            .filter(|(key, _)| key.0 == dimension)
            .map(|(key, name)| (key.1, name))
            .collect();
        named.sort_unstable();
        let part = |(id, name): &(u32, &'_ String)| {
            let before: f64 = (1..=BEFORE).map(|back| on(dimension, *id, day - 7 * back)).sum();
            ((*name).clone(), before / f64::from(BEFORE), on(dimension, *id, day))
        };
        let parts: Vec<(String, f64, f64)> = named.iter().map(part).collect();
        // One region alone explains nothing.
        if parts.len() < 2 {
            continue;
        }
        let parts: Vec<Part<'_>> = parts
            .iter()
            .map(|(name, expected, actual)| Part { name, expected: *expected, actual: *actual })
            .collect();
        let most = anomalies::contributions(&parts).into_iter().take(MOST_CONTRIBUTIONS);
        rows.extend(most.filter(|one| one.share > 0.0).map(|one| ContributionRow {
            dimension: dimension.name(),
            name: one.name.to_owned(),
            difference: at_the_edge(one.difference),
            share: rounded(one.share, 4),
        }));
    }
    rows.sort_by(|a, b| b.share.total_cmp(&a.share));
    rows.truncate(MOST_CONTRIBUTIONS);
    rows
}
