//! The last hour in figures, for people: a line for each metric, with its course.

use std::fmt::Write as _;

use super::costs;
use crate::monitor::detail::{Availability, Detail, Measured, Unit};
use crate::output;

/// What there is to say of an hour without requests.
const NO_REQUESTS: &str = "no requests in the last hour";
/// What there is to say of an hour without any metric.
pub const NO_METRICS: &str = "CloudWatch has no metrics of the last hour.";

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A table of metrics with marks where deployments ended, then availability and hints.
pub fn in_words(detail: &Detail) -> String {
    if detail.metrics.is_empty() {
        let cost =
            detail.cost.as_ref().map_or_else(String::new, |cost| format!("{}\n", costs::in_words(cost)));
        return format!("{NO_METRICS}\n{cost}");
    }
    let mut rows: Vec<Vec<String>> = detail.metrics.iter().map(row).collect();
    rows.extend(deployments(detail));
    let course = format!("From {}", hour(detail));
    let mut text = format!("\n{}", output::table(&["Metric", "Now", "Hour", "Peak", &course], &rows));
    let _ = writeln!(text, "{}", availability(detail));
    if let Some(cost) = &detail.cost {
        let _ = writeln!(text, "{}", costs::in_words(cost));
    }
    for hint in &detail.hints {
        let _ = writeln!(text, "Note: {hint}");
    }
    text
}

/// When the hour began and ended.
pub fn hour(detail: &Detail) -> String {
    format!("{} to {}", detail.from.strftime("%H:%MZ"), detail.until.strftime("%H:%MZ"))
}

/// Deployments of the hour in cells, below the courses of metrics; none without any.
pub fn deployments(detail: &Detail) -> Option<Vec<String>> {
    let numbers: Vec<String> = detail.deployments.iter().map(|it| format!("#{}", it.number)).collect();
    let row =
        || vec!["deployments".to_owned(), numbers.join(" "), String::new(), String::new(), marks(detail)];
    (!numbers.is_empty()).then(row)
}

/// A metric in cells: name, latest, hour, peak, course.
pub fn row(metric: &Measured) -> Vec<String> {
    let shown = |value| quantity(value, metric.unit);
    vec![
        metric.name.replace('_', " "),
        shown(metric.latest),
        shown(metric.hour),
        shown(metric.peak),
        course(&metric.points),
    ]
}

fn quantity(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Percent => format!("{value:.1} %"),
        Unit::Count | Unit::Number => format!("{value:.0}"),
        Unit::Milliseconds => format!("{value:.0} ms"),
        Unit::Bytes => format!("{} GiB", rounded(value / f64::from(1 << 30))),
        Unit::PerSecond => format!("{}/s", rounded(value)),
        Unit::Times => rounded(value),
    }
}

/// A bar for each period, from the lowest value to the highest; a space where nothing was measured.
pub fn course(points: &[Option<f64>]) -> String {
    let values = || points.iter().flatten().copied();
    let (low, high) = (values().fold(f64::MAX, f64::min), values().fold(f64::MIN, f64::max));
    let bar = |value: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 7")]
        let step = if high > low { ((value - low) / (high - low) * 7.0).round() as usize } else { 0 };
        BARS.get(step).copied().unwrap_or(BARS[7])
    };
    points.iter().map(|point| point.map_or(' ', bar)).collect()
}

/// An upward mark where a deployment ended well, a cross where it did not.
fn marks(detail: &Detail) -> String {
    let length = detail.metrics.first().map_or(0, |metric| metric.points.len());
    let mut marks = vec!['·'; length];
    for marker in &detail.deployments {
        if let Some(place) = marks.get_mut(marker.period) {
            *place = if marker.result == "succeeded" { '▲' } else { '✕' };
        }
    }
    marks.into_iter().collect()
}

/// Of a hundred nobody wants to know tenths.
fn rounded(value: f64) -> String {
    let digits = usize::from(value < 100.0);
    format!("{value:.digits$}")
}

/// Availability in one sentence.
pub fn availability(detail: &Detail) -> String {
    let Some(availability) = &detail.availability else {
        return format!("Availability: {NO_REQUESTS}, and no error budget burned");
    };
    let Availability { requests, failed, percent, objective_percent, burn_rate } = availability;
    format!(
        "Availability: {percent:.3} % of {requests:.0} requests ({failed:.0} failed); aimed at {objective_percent} %, \
         the error budget burns {} times as fast as it may",
        rounded(*burn_rate)
    )
}

/// Availability in a few words.
pub fn in_short(availability: Option<&Availability>) -> String {
    let words =
        |it: &Availability| format!("{:.2} % answered, burn rate {}", it.percent, rounded(it.burn_rate));
    availability.map_or_else(|| NO_REQUESTS.to_owned(), words)
}

/// The same, with what it follows from.
pub fn in_full(availability: Option<&Availability>) -> String {
    let words = |it: &Availability| {
        let Availability { requests, failed, percent, objective_percent, .. } = it;
        format!(
            "{percent:.3} % of {requests:.0} answered ({failed:.0} failed), aimed at {objective_percent} %"
        )
    };
    availability.map_or_else(|| NO_REQUESTS.to_owned(), words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_goes_from_the_lowest_bar_to_the_highest() {
        assert_eq!(course(&[Some(10.0), None, Some(45.0), Some(80.0)]), "▁ ▅█");
        assert_eq!(course(&[Some(3.0), Some(3.0)]), "▁▁");
        assert_eq!(course(&[None, None]), "  ");
    }

    #[test]
    fn quantities_have_units() {
        let shown = [
            quantity(12.345, Unit::Percent),
            quantity(5_368_709_120.0, Unit::Bytes),
            quantity(250.4, Unit::Milliseconds),
            quantity(7.25, Unit::Times),
            quantity(826.4, Unit::PerSecond),
        ];
        assert_eq!(shown, ["12.3 %", "5.0 GiB", "250 ms", "7.2", "826/s"]);
    }
}
