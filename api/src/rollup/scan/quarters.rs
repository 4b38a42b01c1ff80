//! Finds quarters of years that are there for their months.

use anyhow::{Context, Result};
use sqlx::Row;

use super::{Months, Snapshot};
use crate::{
    columns,
    rollup::{days, month, quarters},
};

impl Months {
    /// The same months with a quarter of a year for three of them, where there is one of what they are: for rows of
    /// `quarters::KINDS`. Without their groups.
    #[must_use]
    pub fn in_quarters(&self) -> Self {
        let mut periods = self.those(|_| true);
        for (quarter, written) in &self.quarters {
            let months = days::months_of_quarter(*quarter);
            if months.iter().all(|month| self.groups.contains_key(month))
                && quarters::writing_of(*quarter, &self.writings) == Some(*written)
            {
                periods.groups.retain(|period, _| !months.contains(period));
                periods.groups.insert(*quarter, Vec::new());
                periods.writings.insert(*quarter, *written);
            }
        }
        periods
    }
}

impl Snapshot {
    /// Looks for the quarters that `months` can hold.
    pub async fn add_quarters(&mut self, months: &mut Months) -> Result<()> {
        let (Some((first, _)), Some((last, _))) =
            (months.groups.first_key_value(), months.groups.last_key_value())
        else {
            return Ok(());
        };
        if last - first < 2 {
            return Ok(());
        }
        let select = "SELECT month, data FROM rollup_months WHERE kind = ? AND currency_id = 0 AND region_id = 0 \
                      AND channel_id = 0 AND month BETWEEN ? AND ?";
        let query = sqlx::query(select).bind(month::WRITING);
        let query = query.bind(days::quarter_of_month(*first)).bind(days::quarter_of_month(*last));
        let rows = query.fetch_all(&mut *self.transaction).await;
        for row in rows.context("read quarters of years")? {
            if let Ok(writing) = columns::bytes(&row, 1)?.try_into() {
                months.quarters.insert(row.try_get(0)?, writing);
            }
        }
        Ok(())
    }
}
