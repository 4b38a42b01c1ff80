//! Parameters of the customers report.

use super::{DateRange, Defaults, Filters, Format, query_string::Parameters, values};
use crate::{calendar::Bucket, error::FieldError, money::Currency, queries::customers::CustomersQuestion};

/// Months of the cohort table where the request says nothing.
const DEFAULT_COHORTS: usize = 12;
/// Most months of the cohort table.
const MAX_COHORTS: usize = 120;

/// A resolved request for the customers report.
#[derive(Debug, Clone)]
pub struct CustomersRequest {
    /// When.
    pub range: DateRange,
    /// The same number of days right before, for retention and churn.
    pub previous: DateRange,
    /// Which lines.
    pub filters: Filters,
    /// Currency to report in.
    pub currency: Currency,
    /// How many top customers.
    pub limit: usize,
    /// Months of the cohort table, oldest first, up to the month that the range ends in.
    pub cohorts: Vec<Bucket>,
    /// How to write the report.
    pub format: Format,
}

impl CustomersRequest {
    /// Reads the raw query string; the error lists every problem.
    pub fn parse(query: &str, defaults: &Defaults) -> Result<Self, Vec<FieldError>> {
        let mut parameters = Parameters::parse(query);
        let zone = values::zone(&mut parameters, defaults);
        let range = values::range(&mut parameters, defaults, &zone);
        let months =
            parameters.value("cohorts", DEFAULT_COHORTS, |text| values::number(text, 0, MAX_COHORTS));
        let request = Self {
            previous: range.previous_period(),
            filters: values::filters(&mut parameters),
            currency: values::currency(&mut parameters, defaults),
            limit: values::limit(&mut parameters),
            cohorts: range.months_until_end(months),
            format: values::format(&mut parameters),
            range,
        };
        parameters.finish(request)
    }

    /// Everything that the report's body depends on beside the data.
    pub fn key(&self) -> String {
        format!(
            "customers {} {} {} {:?} {} {} {} {:?}",
            self.range.start_date,
            self.range.end_date,
            self.range.zone_name(),
            self.filters,
            self.currency.code(),
            self.limit,
            self.cohorts.len(),
            self.format,
        )
    }

    /// The question to the store.
    pub fn question(&self) -> CustomersQuestion {
        CustomersQuestion {
            span: self.range.span,
            previous: self.previous.span,
            filters: self.filters.clone(),
            currency: self.currency.code().to_owned(),
            limit: self.limit,
            cohort_months: self.cohorts.iter().map(|month| month.span).collect(),
        }
    }
}
