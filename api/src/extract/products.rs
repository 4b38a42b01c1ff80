//! Parameters of the products report.

use jiff::{civil::Date, tz::TimeZone};

use super::{Defaults, Filters, Format, ProductSort, Span, query_string::Parameters, values};
use crate::{
    calendar::{date_at, day_after, start_of_day},
    error::FieldError,
    money::Currency,
    queries::products::ProductsQuestion,
};

/// Start of a range that has only an end: before every order that the store takes.
const BEFORE_EVERY_ORDER: Date = jiff::civil::date(1900, 1, 1);

/// A resolved request for the products report.
#[derive(Debug, Clone)]
pub struct ProductsRequest {
    /// First day; `None` from the first order on.
    pub start_date: Option<Date>,
    /// Last day; `None` up to the last order.
    pub end_date: Option<Date>,
    /// Zone that the days belong to.
    pub time_zone: TimeZone,
    /// The instants; `None` for all time.
    pub span: Option<Span>,
    /// Which lines.
    pub filters: Filters,
    /// Currency to report in.
    pub currency: Currency,
    /// How many top products.
    pub limit: usize,
    /// Order of the top products.
    pub sort: ProductSort,
    /// How to write the report.
    pub format: Format,
}

impl ProductsRequest {
    /// Reads the raw query string; the error lists every problem.
    pub fn parse(query: &str, defaults: &Defaults) -> Result<Self, Vec<FieldError>> {
        let mut parameters = Parameters::parse(query);
        let time_zone = values::zone(&mut parameters, defaults);
        let (start_date, end_date) = days(&mut parameters, defaults, &time_zone);
        let span = end_date.map(|end| Span {
            start: start_of_day(start_date.unwrap_or(BEFORE_EVERY_ORDER), &time_zone),
            end: start_of_day(day_after(end), &time_zone),
        });
        let request = Self {
            start_date,
            end_date,
            span,
            filters: values::filters(&mut parameters),
            currency: values::currency(&mut parameters, defaults),
            limit: values::limit(&mut parameters),
            sort: values::sort(&mut parameters),
            format: values::format(&mut parameters),
            time_zone,
        };
        parameters.finish(request)
    }

    /// IANA name of the zone.
    pub fn zone_name(&self) -> &str {
        self.time_zone.iana_name().unwrap_or("UTC")
    }

    /// Everything that the report's body depends on beside the data.
    pub fn key(&self) -> String {
        format!(
            "products {:?} {:?} {} {:?} {} {} {:?} {:?}",
            self.start_date,
            self.end_date,
            self.zone_name(),
            self.filters,
            self.currency.code(),
            self.limit,
            self.sort,
            self.format,
        )
    }

    /// The question to the store.
    pub fn question(&self) -> ProductsQuestion {
        ProductsQuestion {
            span: self.span,
            filters: self.filters.clone(),
            currency: self.currency.code().to_owned(),
            limit: self.limit,
            sort: self.sort,
        }
    }
}

/// The days asked for: a start alone runs to today, an end alone begins with the first order.
fn days(parameters: &mut Parameters, defaults: &Defaults, zone: &TimeZone) -> (Option<Date>, Option<Date>) {
    let given = values::dates(parameters);
    let Some(start) = given.start else { return (None, given.end) };
    let end = given.end.unwrap_or_else(|| date_at(defaults.now.as_second(), zone));
    if !parameters.has_refused(&["end_date"]) {
        values::check_order(parameters, given, start, end);
    }
    (Some(start), Some(end))
}
