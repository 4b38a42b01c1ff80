//! Bad input ends here: query parameters become typed, resolved questions, or a 400 that names each problem.

pub mod customers;
pub mod fitted;
pub mod products;
pub mod query_string;
pub mod sales;
mod values;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use utoipa::ToSchema;

use crate::money::Currency;

/// What applies where a request says nothing.
#[derive(Debug, Clone)]
pub struct Defaults {
    /// The store's own zone, with an IANA name.
    pub time_zone: TimeZone,
    /// The store's own currency.
    pub currency: Currency,
    /// The present, that ranges end at.
    pub now: Timestamp,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Format {
    /// JSON with every field.
    #[default]
    Json,
    /// CSV with the report's main table.
    Csv,
}

/// Half-open range of instants, in seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First second inside.
    pub start: i64,
    /// First second after.
    pub end: i64,
}

impl Span {
    /// Whether `second` is inside.
    #[inline]
    pub fn holds(self, second: i64) -> bool {
        self.start <= second && second < self.end
    }
}

/// A range of days in a stated time zone, both dates inclusive, with the instants it means.
#[derive(Debug, Clone)]
pub struct DateRange {
    /// First day.
    pub start_date: Date,
    /// Last day.
    pub end_date: Date,
    /// Zone that the days belong to.
    pub time_zone: TimeZone,
    /// The instants.
    pub span: Span,
}

impl DateRange {
    /// IANA name of the zone.
    pub fn zone_name(&self) -> &str {
        self.time_zone.iana_name().unwrap_or("UTC")
    }
}

/// Values to keep; an empty list keeps everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// Regions, by name.
    pub regions: Vec<String>,
    /// Channels, by name.
    pub channels: Vec<String>,
    /// Categories, by name.
    pub categories: Vec<String>,
    /// Products, by the shop's id.
    pub products: Vec<String>,
}

/// What top products are ordered by, descending.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum ProductSort {
    /// Net revenue.
    #[default]
    Revenue,
    /// Net units.
    Quantity,
    /// Distinct orders.
    Orders,
}

impl ProductSort {
    /// The name that requests use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Revenue => "revenue",
            Self::Quantity => "quantity",
            Self::Orders => "orders",
        }
    }
}

#[cfg(test)]
mod tests;
