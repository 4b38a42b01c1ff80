//! Parameters of the fitted reports.

use super::{Format, query_string::Parameters, values};
use crate::{
    calendar::Granularity,
    error::FieldError,
    fits::{Report, names},
};

/// Rows where the request says nothing.
const DEFAULT_ROWS: usize = 100;
const MOST_ROWS: usize = 1_000;

/// A resolved request for a fitted report.
#[derive(Debug, Clone)]
pub struct FittedRequest {
    /// Which one.
    pub report: Report,
    /// Its grain, if it has several.
    pub granularity: Option<Granularity>,
    /// The table that is cut to `limit` rows of `only`, and written as CSV.
    pub table: &'static str,
    /// Rows of the table.
    pub limit: usize,
    /// Only rows of this customer or product, by the shop's id.
    pub only: Option<String>,
    /// How to write it.
    pub format: Format,
}

impl FittedRequest {
    /// Reads the raw query string; the error lists every problem.
    pub fn parse(report: Report, query: &str) -> Result<Self, Vec<FieldError>> {
        let mut parameters = Parameters::parse(query);
        let granularity = names::grains(report).map(|choices| {
            let read = |text: &str| values::choice(text, choices.iter().copied(), Granularity::name);
            parameters.value("granularity", choices[0], read)
        });
        let only = match report {
            Report::LifetimeValue | Report::Churn => parameters.single("customer"),
            Report::Elasticity
            | Report::Classes
            | Report::Reorder
            | Report::Demand
            | Report::BoughtTogether
            | Report::ProductAnomalies => parameters.single("product"),
            Report::Cohorts | Report::Segments | Report::Forecast | Report::Anomalies => None,
        };
        let tables = report.tables();
        let table = |text: &str| values::choice(text, tables.iter().copied(), |table| table);
        let request = Self {
            report,
            granularity,
            table: parameters.value("table", tables[0], table),
            limit: parameters.limit(DEFAULT_ROWS, MOST_ROWS),
            only,
            format: values::format(&mut parameters),
        };
        parameters.finish(request)
    }

    /// The name of the stored result.
    pub fn stored_name(&self) -> String {
        names::stored(self.report, self.granularity)
    }
}
