//! Days that are not as expected: values outside the interval of a forecast made from the days before, and which part of
//! the business made the difference. A strange day does not become the expectation of the next.

use crate::models::{
    Answer, Refusal,
    forecast::{Interval, check},
};

/// A value outside its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anomaly {
    /// Its index in the series.
    pub index: usize,
    /// The value.
    pub actual: f64,
    /// What was expected.
    pub expected: Interval,
    /// Its distance from the expected mean in robust standard deviations; negative below.
    pub score: f64,
}

/// Seasons of values before the first that can be judged.
const LEAST_SEASONS: usize = 3;
/// Values before the first that can be judged, at least.
const LEAST_VALUES: usize = 10;
/// Earlier values of the same season that an expectation is made of.
const SAME_SEASONS: usize = 8;
/// The standard deviation of a normal distribution over its median absolute deviation.
const NORMAL_SPREAD: f64 = 1.482_602_218_505_602;

/// Values outside the interval at `level` (0.99) of what the days before let expect.
///
/// Expected is the median of the last values of the same season, shifted by the median change of the last season; the spread
/// is the median absolute error of such expectations so far. Medians are not moved by the anomalies themselves.
pub fn anomalies(series: &[f64], period: usize, level: f64) -> Answer<Vec<Anomaly>> {
    check(series, period, level)?;
    let start = first_judged(period);
    let needed = start + period;
    if series.len() < needed {
        return Err(Refusal::TooFew { what: "periods", needed, found: series.len() });
    }
    let mut errors: Vec<f64> = Vec::new();
    let mut found = Vec::new();
    for index in (2 * period).max(2)..series.len() {
        let expected = expectation(&series[..index], period);
        let error = series[index] - expected;
        if index >= start {
            let spread = NORMAL_SPREAD * errors[errors.len() / 2];
            let interval = Interval::normal(expected, spread, level);
            let beyond_rounding = error.abs() > 1e-9 * expected.abs().max(series[index].abs());
            if beyond_rounding && !interval.holds(series[index]) {
                let score = if spread > 0.0 { error / spread } else { f64::MAX.copysign(error) };
                found.push(Anomaly { index, actual: series[index], expected: interval, score });
            }
        }
        let size = error.abs();
        errors.insert(errors.partition_point(|other| *other < size), size);
    }
    Ok(found)
}

/// Index of the first value that is judged.
pub fn first_judged(period: usize) -> usize {
    (LEAST_SEASONS * period).max(LEAST_VALUES)
}

/// The value after `series`.
fn expectation(series: &[f64], period: usize) -> f64 {
    let next = series.len();
    let same: Vec<f64> =
        (1..=SAME_SEASONS).filter_map(|back| next.checked_sub(back * period)).map(|at| series[at]).collect();
    let age = f64::midpoint(1.0, same.len() as f64);
    let window = (SAME_SEASONS * period).min(next - period);
    let changes = (next - window..next).map(|at| series[at] - series[at - period]).collect();
    // The median of several seasons is as old as their middle: the usual change per season makes up for it.
    median(same) + age * median(changes)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
}

/// A part of a total on a day: a region, a channel, a category.
#[derive(Debug, Clone, PartialEq)]
pub struct Part<'a> {
    /// Its name.
    pub name: &'a str,
    /// What was expected of it.
    pub expected: f64,
    /// What it was.
    pub actual: f64,
}

/// How much of the difference a part made.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution<'a> {
    /// The part's name.
    pub name: &'a str,
    /// Actual less expected.
    pub difference: f64,
    /// Share of the difference of the total; negative where the part went the other way.
    pub share: f64,
}

/// Parts by how much of the total's difference they made, most first. Empty where the total is as expected.
pub fn contributions<'a>(parts: &[Part<'a>]) -> Vec<Contribution<'a>> {
    let total: f64 = parts.iter().map(|part| part.actual - part.expected).sum();
    if !total.is_finite() || total == 0.0 {
        return vec![];
    }
    let contribution = |part: &Part<'a>| {
        let difference = part.actual - part.expected;
        Contribution { name: part.name, difference, share: difference / total }
    };
    let mut contributions: Vec<_> = parts.iter().map(contribution).collect();
    contributions.sort_by(|one, other| other.share.total_cmp(&one.share).then(one.name.cmp(other.name)));
    contributions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::special::normal_quantile;

    fn shop(days: usize, seed: u64) -> Vec<f64> {
        let mut state = seed;
        let mut normal = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            normal_quantile(((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64)
        };
        let week = [40.0, 0.0, 5.0, 10.0, 20.0, 60.0, 80.0];
        (0..days).map(|day| 500.0 + 0.5 * day as f64 + week[day % 7] + 10.0 * normal()).collect()
    }

    #[test]
    fn strange_days_are_found_and_do_not_make_others_strange() {
        let mut series = shop(365, 5);
        series[200] += 150.0;
        series[300] -= 120.0;
        let found = anomalies(&series, 7, 0.999).unwrap();
        let strange: Vec<_> = found.iter().filter(|one| one.score.abs() > 5.0).map(|one| one.index).collect();
        assert_eq!(strange, [200, 300]);
        let up = found.iter().find(|one| one.index == 200).unwrap();
        assert!(up.score > 0.0 && (up.actual - up.expected.mean - 150.0).abs() < 45.0, "{up:?}");
    }

    #[test]
    fn ordinary_days_are_outside_as_often_as_the_level_says() {
        let outside: usize = (1..30).map(|seed| anomalies(&shop(365, seed), 7, 0.95).unwrap().len()).sum();
        let share = outside as f64 / (29.0 * (365.0 - 21.0));
        assert!((0.03..0.08).contains(&share), "{share}");
    }

    #[test]
    fn little_data_is_a_state_and_constant_data_is_ordinary() {
        assert_eq!(anomalies(&[1.0; 27], 7, 0.95).unwrap_err().name(), "too_little_data");
        assert_eq!(anomalies(&[0.0; 60], 7, 0.95), Ok(vec![]));
        let mut once = vec![3.0; 60];
        once[50] = 4.0;
        let found = anomalies(&once, 7, 0.95).unwrap();
        assert_eq!((found.len(), found[0].index, found[0].score), (1, 50, f64::MAX));
    }

    #[test]
    fn contributions_add_up_to_the_difference() {
        let part = |name, expected, actual| Part { name, expected, actual };
        let found =
            contributions(&[part("west", 100.0, 40.0), part("east", 80.0, 90.0), part("north", 50.0, 20.0)]);
        let shares: Vec<_> = found.iter().map(|one| (one.name, one.share)).collect();
        assert_eq!(shares, [("west", 0.75), ("north", 0.375), ("east", -0.125)]);
        assert_eq!(contributions(&[part("west", 5.0, 5.0)]), []);
    }
}
