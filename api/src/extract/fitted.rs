//! Parameters of the fitted reports.

use super::{Format, query_string::Parameters, values};
use crate::{
    calendar::Granularity,
    error::FieldError,
    fits::{DISCOUNT_RATE_YEARLY, HORIZON_DAYS, Report, names},
};

/// Rows where the request says nothing.
const DEFAULT_ROWS: usize = 100;
const MOST_ROWS: usize = 1_000;
const MOST_HORIZON_DAYS: usize = 3_650;

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
    /// A customer to be valued.
    pub valued: Option<Valued>,
    /// How to write it.
    pub format: Format,
}

/// A customer, and what the value is of.
#[derive(Debug, Clone)]
pub struct Valued {
    /// The shop's id.
    pub customer: String,
    /// Days ahead that count.
    pub horizon_days: u32,
    /// Discount of an amount a year ahead.
    pub discount_rate: f64,
}

impl Valued {
    /// Whether it is valued otherwise than all customers were.
    pub fn differs(&self) -> bool {
        self.horizon_days != HORIZON_DAYS || self.discount_rate.to_bits() != DISCOUNT_RATE_YEARLY.to_bits()
    }
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
        let table = parameters.value("table", tables[0], table);
        let valued = match report {
            Report::LifetimeValue => valued(only.as_ref().filter(|_| table == tables[0]), &mut parameters),
            _ => None,
        };
        let request = Self {
            report,
            granularity,
            table,
            limit: parameters.limit(DEFAULT_ROWS, MOST_ROWS),
            only,
            valued,
            format: values::format(&mut parameters),
        };
        parameters.finish(request)
    }

    /// The name of the stored result.
    pub fn stored_name(&self) -> String {
        names::stored(self.report, self.granularity)
    }
}

/// `horizon_days` and `discount_rate`, of `customer`: what all are worth was fitted before.
fn valued(customer: Option<&String>, parameters: &mut Parameters) -> Option<Valued> {
    let days = parameters.optional("horizon_days", |text| values::number(text, 1, MOST_HORIZON_DAYS));
    let rate = parameters.optional("discount_rate", values::share);
    let Some(customer) = customer else {
        // A customer that is wrong itself is told once.
        let told = parameters.has_refused(&["customer", "table"]);
        for (name, _) in [("horizon_days", days.is_some()), ("discount_rate", rate.is_some())]
            .into_iter()
            .filter(|(_, given)| *given && !told)
        {
            parameters.refuse(name, "is for one of `top_customers`; give `customer`, and no other `table`");
        }
        return None;
    };
    Some(Valued {
        customer: customer.clone(),
        horizon_days: days.and_then(|days| u32::try_from(days).ok()).unwrap_or(HORIZON_DAYS),
        discount_rate: rate.unwrap_or(DISCOUNT_RATE_YEARLY),
    })
}
