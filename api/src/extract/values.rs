//! Parameters that several reports share, each with its rule. A rule that fails says what would be right.

use jiff::{Span as JiffSpan, ToSpan as _, civil::Date, tz::TimeZone};

use super::{DateRange, Defaults, Filters, Format, ProductSort, query_string::Parameters};
use crate::{
    calendar::{Granularity, date_at},
    money::Currency,
};

/// Most values of one repeated filter.
const MAX_VALUES: usize = 100;
/// Most rows of a table.
const MAX_ROWS: usize = 1_000;
/// Rows of a table where the request says nothing.
const DEFAULT_ROWS: usize = 10;
/// Days of a range where the request says nothing.
const DEFAULT_DAYS: i32 = 30;
/// Longest range.
const MAX_YEARS: i32 = 100;
const FIRST_YEAR: i16 = 1900;
const LAST_YEAR: i16 = 2199;

/// `region`, `channel`, `category` and `product`, each repeatable. Every text is a value, the empty one too.
pub(super) fn filters(parameters: &mut Parameters) -> Filters {
    Filters {
        regions: parameters.repeated("region", MAX_VALUES),
        channels: parameters.repeated("channel", MAX_VALUES),
        categories: parameters.repeated("category", MAX_VALUES),
        products: parameters.repeated("product", MAX_VALUES),
    }
}

/// The dates as given.
#[derive(Debug, Clone, Copy)]
pub(super) struct GivenDates {
    pub(super) start: Option<Date>,
    pub(super) end: Option<Date>,
}

/// `start_date` and `end_date`.
pub(super) fn dates(parameters: &mut Parameters) -> GivenDates {
    GivenDates { start: parameters.optional("start_date", date), end: parameters.optional("end_date", date) }
}

/// `start_date` and `end_date` in `zone`. Without an end the range ends today; without a start it has 30 days.
/// A range that breaks a rule is noted and replaced by the default one, so that the other parameters are read too.
pub(super) fn range(parameters: &mut Parameters, defaults: &Defaults, zone: &TimeZone) -> DateRange {
    let given = dates(parameters);
    let today = date_at(defaults.now.as_second(), zone);
    let end = given.end.unwrap_or(today);
    let start = given.start.unwrap_or_else(|| days_before(end, DEFAULT_DAYS - 1));
    if parameters.has_refused(&["start_date", "end_date"]) || !check_order(parameters, given, start, end) {
        return DateRange::new(days_before(today, DEFAULT_DAYS - 1), today, zone.clone());
    }
    DateRange::new(start, end, zone.clone())
}

/// Notes a range that ends before it starts or is too long, at the parameter that was given.
pub(super) fn check_order(parameters: &mut Parameters, given: GivenDates, start: Date, end: Date) -> bool {
    if start > end {
        match given.end {
            Some(_) => {
                parameters.refuse("start_date", format!("{start} lies after end_date {end}"));
            }
            None => {
                parameters.refuse("start_date", format!("{start} lies after today, {end}; give end_date"));
            }
        }
        return false;
    }
    if end >= start.saturating_add(MAX_YEARS.years()) {
        parameters.refuse("start_date", format!("lies more than {MAX_YEARS} years before end_date {end}"));
        return false;
    }
    true
}

/// `tz`.
pub(super) fn zone(parameters: &mut Parameters, defaults: &Defaults) -> TimeZone {
    parameters.value("tz", defaults.time_zone.clone(), |text| match TimeZone::get(text) {
        Ok(zone) if !zone.is_unknown() => Ok(zone),
        _ => Err(format!("{text:?} is not an IANA time zone such as Europe/Berlin")),
    })
}

/// `currency`.
pub(super) fn currency(parameters: &mut Parameters, defaults: &Defaults) -> Currency {
    parameters.value("currency", defaults.currency, |text| {
        Currency::from_code(text).map_err(|_| {
            format!("{text:?} is not an ISO 4217 currency code such as {}", defaults.currency.code())
        })
    })
}

/// `limit` of a report.
pub(super) fn limit(parameters: &mut Parameters) -> usize {
    parameters.limit(DEFAULT_ROWS, MAX_ROWS)
}

/// `sort`.
pub(super) fn sort(parameters: &mut Parameters) -> ProductSort {
    let sorts = [ProductSort::Revenue, ProductSort::Quantity, ProductSort::Orders];
    parameters.value("sort", ProductSort::default(), |text| choice(text, sorts, ProductSort::name))
}

/// `format`.
pub(super) fn format(parameters: &mut Parameters) -> Format {
    let name = |format| match format {
        Format::Json => "json",
        Format::Csv => "csv",
    };
    parameters.value("format", Format::default(), |text| choice(text, [Format::Json, Format::Csv], name))
}

/// `granularity`.
pub(super) fn granularity(parameters: &mut Parameters) -> Option<Granularity> {
    let granularities = [
        Granularity::Hour,
        Granularity::Day,
        Granularity::Week,
        Granularity::Month,
        Granularity::Quarter,
        Granularity::Year,
    ];
    parameters.optional("granularity", |text| choice(text, granularities, Granularity::name))
}

/// The one of `choices` whose name is `text`.
pub(super) fn choice<T: Copy>(
    text: &str,
    choices: impl IntoIterator<Item = T> + Clone,
    name: impl Fn(T) -> &'static str,
) -> Result<T, String> {
    let found = choices.clone().into_iter().find(|choice| name(*choice) == text);
    found.ok_or_else(|| {
        let names: Vec<&str> = choices.into_iter().map(name).collect();
        format!("must be one of {}", names.join(", "))
    })
}

/// A whole number from `least` to `most`, in digits alone.
pub(super) fn number(text: &str, least: usize, most: usize) -> Result<usize, String> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parsed = if digits { text.parse().ok() } else { None };
    parsed
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("must be a whole number from {least} to {most}"))
}

/// A number from 0 to 1, in digits and a point alone.
pub(super) fn share(text: &str) -> Result<f64, String> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let parsed = if plain { text.parse::<f64>().ok() } else { None };
    parsed
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "must be a number from 0 to 1".to_owned())
}

fn date(text: &str) -> Result<Date, String> {
    // The parser knows more spellings of a date than the one that is documented.
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let date: Date = shaped
        .then(|| text.parse().ok())
        .flatten()
        .ok_or_else(|| format!("{text:?} is not a date of the form YYYY-MM-DD"))?;
    if (FIRST_YEAR..=LAST_YEAR).contains(&date.year()) {
        Ok(date)
    } else {
        Err(format!("must lie in the years {FIRST_YEAR} to {LAST_YEAR}"))
    }
}

fn days_before(date: Date, days: i32) -> Date {
    date.saturating_sub(JiffSpan::new().days(days))
}
