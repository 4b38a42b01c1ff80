//! Query parameters of the reports, for the `OpenAPI` document. Nothing is parsed into these: `extract` reads
//! the query.

use utoipa::IntoParams;

use crate::{
    calendar::Granularity,
    extract::{Format, ProductSort},
};

/// When.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RangeParameters {
    /// First day (YYYY-MM-DD, 1900 to 2199). Without it the report has the 30 days up to its end; products: all time.
    #[param(example = "2017-12-01", format = Date)]
    pub start_date: Option<String>,
    /// Last day, included (YYYY-MM-DD). Without it the report ends today. A range has at most 100 years.
    #[param(example = "2017-12-31", format = Date)]
    pub end_date: Option<String>,
    /// IANA time zone that the days belong to; without it the store's own.
    #[param(example = "Europe/Berlin")]
    pub tz: Option<String>,
}

/// Which lines, and in what currency.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FilterParameters {
    /// Regions to keep, by exact name. Repeat it for several (`region=UK&region=DE`), at most 100.
    #[param(example = json!(["UK", "DE"]), style = Form, explode)]
    pub region: Option<Vec<String>>,
    /// Channels to keep, by exact name; may be repeated.
    #[param(example = json!(["online"]), style = Form, explode)]
    pub channel: Option<Vec<String>>,
    /// Categories to keep, by exact name; may be repeated.
    #[param(example = json!(["Furniture"]), style = Form, explode)]
    pub category: Option<Vec<String>>,
    /// Products to keep, by the shop's id; may be repeated.
    #[param(example = json!(["FUR-BO-10001798"]), style = Form, explode)]
    pub product: Option<Vec<String>>,
    /// ISO 4217 code to report in; without it the store's own. Currencies are never summed together.
    #[param(example = "USD")]
    pub currency: Option<String>,
}

/// How much, and written how.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OutputParameters {
    /// Rows of the top table.
    #[param(minimum = 1, maximum = 1000, default = 10, example = 10)]
    pub limit: Option<u32>,
    /// `json` has every field; `csv` has the report's main table: of sales the series if asked for, else the top
    /// products; the top customers; the top products. In CSV, text from the data that starts with = + - @ or a
    /// control character gets an apostrophe before it, because spreadsheets run such cells as formulas.
    #[param(inline, example = "json")]
    pub format: Option<Format>,
}

/// Of products.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SortParameters {
    /// What the top products are ordered by, descending.
    #[param(inline, example = "revenue")]
    pub sort: Option<ProductSort>,
}

/// Of sales.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SeriesParameters {
    /// Adds a series with buckets of this width, zeros included; at most 20,000 buckets.
    #[param(inline, example = "month")]
    pub granularity: Option<Granularity>,
    /// Adds the same sums of an earlier range: `previous_period`, the same number of days right before, or
    /// `previous_year`, the same dates a year before.
    #[param(example = "previous_year", pattern = "^(previous_period|previous_year)$")]
    pub compare: Option<String>,
}

/// Of customers.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CohortParameters {
    /// Months of the cohort table, up to the month that the range ends in; 0 for none.
    #[param(minimum = 0, maximum = 120, default = 12, example = 12)]
    pub cohorts: Option<u32>,
}
