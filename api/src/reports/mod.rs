//! Reports: the shapes of answers, as JSON and as CSV. Owns every derived figure (averages, percentages, classes,
//! segments) and how it is rounded; asks the store nothing.

pub mod comparison;
pub mod customers;
pub mod fitted;
pub mod products;
pub mod rfm;
pub mod sales;
pub mod series;
pub mod table;

use crate::money::ExactNumber;

const ZERO_PERCENT: ExactNumber = ExactNumber { units: 0, decimals: 2 };

/// `part` in percent of `whole`, to 2 decimals; 0 where `whole` is not positive.
fn share(part: i64, whole: i64) -> ExactNumber {
    if whole <= 0 {
        return ZERO_PERCENT;
    }
    crate::money::percentage(part, whole).unwrap_or(ZERO_PERCENT)
}

/// A count as the signed number that sums are made of.
fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
