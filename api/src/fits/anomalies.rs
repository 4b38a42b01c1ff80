//! Days of the store and weeks of products that are not as expected, and what made the difference.

use std::cmp::Reverse;

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    MOST_ROWS, count, date, estimate, major,
    observe::{Dimension, monday},
    rounded,
    run::Work,
};
use crate::models::{
    Answer,
    anomalies::{self, Anomaly, Part},
};

pub(super) const METHOD: &str = "outside the 99 % interval around the median of the same weekdays before (weeks of products: of \
    the weeks before), by median absolute errors";

const LEVEL: f64 = 0.99;
const WEEK: usize = 7;
/// Days of the past that are judged.
const MOST_DAYS: usize = 730;
/// The same in weeks, of a product.
const MOST_WEEKS: i32 = 104;
/// Products that are judged, by revenue.
const MOST_PRODUCTS: usize = 200;
/// Contributions that are told, of those that went the same way.
const MOST_CONTRIBUTIONS: usize = 5;
/// Same weekdays that the parts of a day are compared with.
const WEEKDAYS: i32 = 8;
/// Scores are cut here: the spread may be 0.
const MOST_SCORE: f64 = 1_000.0;

/// What was not as expected.
#[derive(Debug, Serialize, ToSchema)]
pub struct Anomalies {
    /// Probability that a value lies within its interval when nothing is wrong.
    pub level: f64,
    /// Newest first.
    pub anomalies: Vec<AnomalyRow>,
}

/// A day, or a week of a product.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnomalyRow {
    /// `day`: net revenue of the store; `product`: units of a product in a week.
    pub kind: &'static str,
    /// The day, or the week's Monday.
    #[schema(example = "2017-11-24")]
    pub label: String,
    /// Of a product.
    pub product_id: Option<String>,
    /// Its name.
    pub product_name: Option<String>,
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
    /// What made the difference, most first; of days.
    pub contributions: Vec<ContributionRow>,
}

/// A part of the difference.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContributionRow {
    /// `region`, `channel` or `category`.
    pub dimension: &'static str,
    /// Its name.
    pub name: String,
    /// Actual less expected: the mean of the last eight same weekdays.
    pub difference: f64,
    /// Share of the difference of all parts of the dimension.
    pub share: f64,
}

pub(super) fn fit(work: &Work) -> Answer<Anomalies> {
    let currency = work.terms.currency;
    let days = &work.seen.days;
    let from = days.len().saturating_sub(MOST_DAYS);
    let series: Vec<f64> = days[from..].iter().map(|day| major(day.revenue, currency)).collect();
    let found = anomalies::anomalies(&series, WEEK, LEVEL)?;
    let first = work.seen.range.map_or(0, |(first, _)| first) + i32::try_from(from).unwrap_or(0);
    let day = |anomaly: &Anomaly| first + i32::try_from(anomaly.index).unwrap_or(0);
    let mut rows: Vec<(i32, AnomalyRow)> = found
        .iter()
        .map(|anomaly| {
            let row = AnomalyRow {
                kind: "day",
                contributions: contributions(work, day(anomaly)),
                ..row(anomaly, day(anomaly), |value| estimate(value, currency))
            };
            (day(anomaly), row)
        })
        .collect();
    rows.extend(products(work));
    rows.sort_by(|a, b| (Reverse(a.0), &a.1.product_id).cmp(&(Reverse(b.0), &b.1.product_id)));
    rows.truncate(MOST_ROWS);
    Ok(Anomalies { level: LEVEL, anomalies: rows.into_iter().map(|(_, row)| row).collect() })
}

fn row(anomaly: &Anomaly, day: i32, at_the_edge: impl Fn(f64) -> f64) -> AnomalyRow {
    AnomalyRow {
        kind: "product",
        label: date(day).to_string(),
        product_id: None,
        product_name: None,
        actual: at_the_edge(anomaly.actual),
        expected: at_the_edge(anomaly.expected.mean),
        low: at_the_edge(anomaly.expected.low),
        high: at_the_edge(anomaly.expected.high),
        score: rounded(anomaly.score.clamp(-MOST_SCORE, MOST_SCORE), 2),
        contributions: vec![],
    }
}

/// Complete weeks of the products with the most revenue.
fn products(work: &Work) -> Vec<(i32, AnomalyRow)> {
    let Some((first, last)) = work.seen.range else { return vec![] };
    let end = monday(last + 1);
    let start = monday(first + 6).max(end - 7 * MOST_WEEKS);
    let mut rows = Vec::new();
    for (id, _) in work.best_products().into_iter().take(MOST_PRODUCTS) {
        let weeks: Vec<i32> = (start..end).step_by(WEEK).collect();
        let units = |week: &i32| work.seen.product_weeks.get(&(id, *week)).map_or(0, |total| total.sold);
        let series: Vec<f64> = weeks.iter().map(|week| count(units(week))).collect();
        // Products that are new are not judged yet.
        let Ok(found) = anomalies::anomalies(&series, 1, LEVEL) else { continue };
        let product = work.seen.products.get(&id).cloned().unwrap_or_default();
        // Who sells once in months has no usual week.
        for anomaly in found.iter().filter(|anomaly| anomaly.expected.mean >= 1.0) {
            let row = AnomalyRow {
                product_id: Some(product.id.clone()),
                product_name: Some(product.name.clone()),
                ..row(anomaly, weeks[anomaly.index], |value| rounded(value, 1))
            };
            rows.push((weeks[anomaly.index], row));
        }
    }
    rows
}

fn contributions(work: &Work, day: i32) -> Vec<ContributionRow> {
    let mut rows = Vec::new();
    for dimension in Dimension::ALL {
        let mut named: Vec<(u32, &String)> = work
            .seen
            .names
            .iter()
            .filter(|(key, _)| key.0 == dimension)
            .map(|(key, name)| (key.1, name))
            .collect();
        named.sort_unstable();
        let on = |id: u32, day: i32| {
            let revenue = work.seen.parts.get(&(dimension, id, day)).copied().unwrap_or(0);
            major(revenue, work.terms.currency)
        };
        let part = |(id, name): &(u32, &'_ String)| {
            let before: f64 = (1..=WEEKDAYS).map(|back| on(*id, day - 7 * back)).sum();
            ((*name).clone(), before / f64::from(WEEKDAYS), on(*id, day))
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
            difference: estimate(one.difference, work.terms.currency),
            share: rounded(one.share, 4),
        }));
    }
    rows.sort_by(|a, b| b.share.total_cmp(&a.share));
    rows.truncate(MOST_CONTRIBUTIONS);
    rows
}
