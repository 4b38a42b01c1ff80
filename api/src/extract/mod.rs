//! Bad input ends here: query parameters become typed, resolved questions, or a 400 that names each problem.

use jiff::{civil::Date, tz::TimeZone};

/// Half-open range of instants, in seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First second inside.
    pub start: i64,
    /// First second after.
    pub end: i64,
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ProductSort {
    /// Net revenue.
    #[default]
    Revenue,
    /// Net units.
    Quantity,
    /// Distinct orders.
    Orders,
}
