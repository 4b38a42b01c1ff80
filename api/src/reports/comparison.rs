//! Sums of the sales report beside the same sums of an earlier range.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::sales::SalesTotals;
use crate::{
    extract::DateRange,
    money::{ExactNumber, percentage},
};

/// The same sums of another range, and how far the report's own have moved from them.
#[derive(Debug, Serialize, ToSchema)]
pub struct Comparison {
    /// First day.
    pub start_date: String,
    /// Last day, included.
    pub end_date: String,
    /// Its sums.
    #[serde(flatten)]
    pub totals: SalesTotals,
    /// By name of the sum.
    pub change: BTreeMap<&'static str, Change>,
}

/// A movement from the range to compare with to the report's own.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Change {
    /// Difference.
    #[schema(value_type = f64)]
    pub absolute: ExactNumber,
    /// Difference in percent of the earlier amount without its sign, to 2 decimals; null where that is 0.
    #[schema(value_type = Option<f64>)]
    pub percent: Option<ExactNumber>,
}

impl Comparison {
    /// Sums `before` of `range` beside the report's own sums `now`.
    pub fn new(range: &DateRange, now: &SalesTotals, before: SalesTotals) -> Self {
        let pairs = numbers(now).into_iter().zip(numbers(&before));
        Self {
            start_date: range.start_date.to_string(),
            end_date: range.end_date.to_string(),
            change: pairs.map(|((name, now), (_, before))| (name, Change::between(before, now))).collect(),
            totals: before,
        }
    }
}

impl Change {
    /// Both numbers have the same decimals.
    fn between(before: ExactNumber, now: ExactNumber) -> Self {
        let difference = now.units - before.units;
        Self {
            absolute: ExactNumber { units: difference, decimals: now.decimals },
            percent: percentage(difference, before.units.abs()),
        }
    }
}

fn numbers(totals: &SalesTotals) -> [(&'static str, ExactNumber); 11] {
    let count = |units| ExactNumber { units, decimals: 0 };
    [
        ("total_revenue", totals.total_revenue),
        ("total_transactions", count(totals.total_transactions)),
        ("avg_transaction_value", totals.avg_transaction_value),
        ("gross_revenue", totals.gross_revenue),
        ("discounts", totals.discounts),
        ("returns", totals.returns),
        ("net_revenue", totals.net_revenue),
        ("units_sold", count(totals.units_sold)),
        ("units_returned", count(totals.units_returned)),
        ("units", count(totals.units)),
        ("distinct_customers", count(totals.distinct_customers)),
    ]
}
