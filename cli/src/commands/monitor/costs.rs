//! What an environment costs in a month, and the sizes that would do, for people: a sentence, or rows. Pure.

use crate::deploy::cost::{Costs, Money, Part};
use crate::monitor::detail::Detail;
use crate::monitor::sizes::Hint;

/// Columns of `rows`.
pub const HEADER: [&str; 3] = ["Cost", "A month", "Seen"];

/// A month's cost in one sentence, its most expensive parts first.
pub fn in_words(costs: &Costs) -> String {
    let words = |Part { what, count, monthly_usd }: &Part| match count {
        1 => format!("{what} {monthly_usd}"),
        count => format!("{count} {what} {monthly_usd}"),
    };
    let parts: Vec<String> = costs.parts.iter().map(words).collect();
    format!("Cost: {} a month {}: {}", costs.monthly_usd, basis(costs), parts.join(", "))
}

/// The sum, below it what it is made of, then the sizes that would do.
pub fn rows(detail: &Detail) -> Vec<[String; 3]> {
    let mut rows = detail.cost.as_ref().map(priced).unwrap_or_default();
    rows.extend(detail.hints.iter().map(|Hint { of, seen, advice }| {
        // What to do comes before why, for what is too long is cut at its end.
        [format!("size of {of}"), String::new(), format!("{advice}; {seen}")]
    }));
    rows
}

fn priced(costs: &Costs) -> Vec<[String; 3]> {
    let Costs { monthly_usd, parts, rest_usd, .. } = costs;
    // The sum is the longest amount.
    let width = monthly_usd.to_cents().len();
    let usd = |money: &Money| format!("{:>width$} USD", money.to_cents());
    let mut rows = vec![["estimate".to_owned(), usd(monthly_usd), basis(costs)]];
    rows.extend(parts.iter().map(|Part { what, count, monthly_usd }| {
        let several = if *count > 1 { format!("{count} of them") } else { String::new() };
        [format!("  {what}"), usd(monthly_usd), several]
    }));
    if *rest_usd > Money::default() {
        rows.push(["  everything else".to_owned(), usd(rest_usd), String::new()]);
    }
    rows
}

/// What the sum of a month is based on.
fn basis(costs: &Costs) -> String {
    let left_out: Vec<&str> =
        ["usage"].into_iter().chain(costs.unpriced.iter().map(String::as_str)).collect();
    format!("at prices of {}, {} not included", costs.as_of, left_out.join(" and "))
}
