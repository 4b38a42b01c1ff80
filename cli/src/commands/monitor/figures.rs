//! The last hour in figures, for people: a line for each metric, with its course.

use std::fmt::Write as _;

use crate::deploy::cost::{Costs, Part};
use crate::monitor::detail::{Availability, Detail, Measured, Unit};
use crate::output;

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A table of metrics with marks where deployments ended, then availability and hints.
pub fn in_words(detail: &Detail) -> String {
    if detail.metrics.is_empty() {
        let cost = detail.cost.as_ref().map_or_else(String::new, |cost| format!("{}\n", costs(cost)));
        return format!("CloudWatch has no metrics of the last hour.\n{cost}");
    }
    let mut rows: Vec<Vec<String>> = detail.metrics.iter().map(row).collect();
    rows.extend(deployments(detail));
    let until = detail.until.strftime("%H:%MZ");
    let course = format!("From {} to {until}", detail.from.strftime("%H:%MZ"));
    let mut text = format!("\n{}", output::table(&["Metric", "Now", "Hour", "Peak", &course], &rows));
    if let Some(availability) = &detail.availability {
        let _ = writeln!(text, "{}", available(availability));
    }
    if let Some(cost) = &detail.cost {
        let _ = writeln!(text, "{}", costs(cost));
    }
    for hint in &detail.hints {
        let _ = writeln!(text, "Note: {hint}");
    }
    text
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
        Unit::Bytes => format!("{:.1} GiB", value / f64::from(1 << 30)),
        Unit::PerSecond => format!("{value:.1}/s"),
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

/// Availability in one sentence.
pub fn available(availability: &Availability) -> String {
    let Availability { requests, failed, percent, objective_percent, burn_rate } = availability;
    format!(
        "Availability: {percent:.3} % of {requests:.0} requests ({failed:.0} failed); aimed at {objective_percent:.1} %, \
         the error budget burns {burn_rate:.1} times as fast as it may"
    )
}

/// A month's cost in one sentence, its most expensive parts first.
pub fn costs(costs: &Costs) -> String {
    let words = |Part { what, count, monthly_usd }: &Part| match count {
        1 => format!("{what} {monthly_usd}"),
        count => format!("{count} {what} {monthly_usd}"),
    };
    let parts: Vec<String> = costs.parts.iter().map(words).collect();
    let Costs { as_of, monthly_usd, .. } = costs;
    let text = format!("Cost: {monthly_usd} a month at prices of {as_of}, use apart: {}", parts.join(", "));
    text + &without_a_price(costs)
}

/// What the sum of a month is based on.
pub fn basis(costs: &Costs) -> String {
    format!("at prices of {}, use apart{}", costs.as_of, without_a_price(costs))
}

fn without_a_price(costs: &Costs) -> String {
    let names: Vec<&str> = costs.unpriced.iter().map(String::as_str).collect();
    if names.is_empty() { String::new() } else { format!("; without a price: {}", names.join(", ")) }
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
        ];
        assert_eq!(shown, ["12.3 %", "5.0 GiB", "250 ms"]);
    }
}
