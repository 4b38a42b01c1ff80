//! Puts quarters and years in the place of their months, where they are of what these are.

use super::Months;
use crate::rollup::{days, merged};

impl Months {
    /// The same months with a year or a quarter for those that it was merged from: for rows of `merged::KINDS`.
    #[must_use]
    pub fn merged(&self) -> Self {
        let mut periods = self.those(|_| true);
        // Quarters come before the years that are merged from them.
        for (period, written) in &self.merged {
            let parts = days::parts_of_merged(*period);
            if parts.clone().all(|part| periods.periods.contains(&part))
                && merged::writing_of(*period, &periods.writings) == Some(*written)
            {
                periods.periods.retain(|part| !parts.contains(part));
                periods.periods.insert(*period);
                periods.writings.insert(*period, *written);
            }
        }
        periods
    }
}
