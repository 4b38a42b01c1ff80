//! Parameters of the sales report.

use super::{DateRange, Defaults, Filters, Format, ProductSort, query_string::Parameters, values};
use crate::{
    calendar::{Bucket, Granularity, MAX_BUCKETS},
    error::FieldError,
    money::Currency,
    queries::sales::SalesQuestion,
};

/// A resolved request for the sales report.
#[derive(Debug, Clone)]
pub struct SalesRequest {
    /// When.
    pub range: DateRange,
    /// Which lines.
    pub filters: Filters,
    /// Currency to report in.
    pub currency: Currency,
    /// The series, if one is asked for.
    pub series: Option<SeriesRequest>,
    /// The range to compare with, if one is asked for.
    pub comparison: Option<DateRange>,
    /// How many top products.
    pub limit: usize,
    /// Order of the top products.
    pub sort: ProductSort,
    /// How to write the report.
    pub format: Format,
}

/// A series that is asked for.
#[derive(Debug, Clone)]
pub struct SeriesRequest {
    /// Width of the buckets.
    pub granularity: Granularity,
    /// The buckets, which cover the range.
    pub buckets: Vec<Bucket>,
}

#[derive(Debug, Clone, Copy)]
enum Comparison {
    PreviousPeriod,
    PreviousYear,
}

impl SalesRequest {
    /// Reads the raw query string; the error lists every problem.
    pub fn parse(query: &str, defaults: &Defaults) -> Result<Self, Vec<FieldError>> {
        let mut parameters = Parameters::parse(query);
        let zone = values::zone(&mut parameters, defaults);
        let range = values::range(&mut parameters, defaults, &zone);
        let comparison = comparison(&mut parameters).map(|comparison| match comparison {
            Comparison::PreviousPeriod => range.previous_period(),
            Comparison::PreviousYear => range.previous_year(),
        });
        let request = Self {
            filters: values::filters(&mut parameters),
            currency: values::currency(&mut parameters, defaults),
            series: series(&mut parameters, &range),
            comparison,
            limit: values::limit(&mut parameters),
            sort: values::sort(&mut parameters),
            format: values::format(&mut parameters),
            range,
        };
        parameters.finish(request)
    }

    /// Everything that the report's body depends on beside the data.
    pub fn key(&self) -> String {
        let series = self.series.as_ref().map(|series| series.granularity);
        let compared = self.comparison.as_ref().map(|range| (range.start_date, range.end_date));
        format!(
            "sales {} {} {} {:?} {} {series:?} {compared:?} {} {:?} {:?}",
            self.range.start_date,
            self.range.end_date,
            self.range.zone_name(),
            self.filters,
            self.currency.code(),
            self.limit,
            self.sort,
            self.format,
        )
    }

    /// The question about the range itself.
    pub fn question(&self) -> SalesQuestion {
        let buckets = self.series.iter().flat_map(|series| series.buckets.iter().map(|bucket| bucket.span));
        SalesQuestion { buckets: buckets.collect(), limit: self.limit, ..self.totals_in(&self.range) }
    }

    /// The question about the range to compare with: its totals.
    pub fn comparison_question(&self) -> Option<SalesQuestion> {
        self.comparison.as_ref().map(|range| self.totals_in(range))
    }

    fn totals_in(&self, range: &DateRange) -> SalesQuestion {
        SalesQuestion {
            span: range.span,
            filters: self.filters.clone(),
            currency: self.currency.code().to_owned(),
            buckets: Vec::new(),
            limit: 0,
            sort: self.sort,
        }
    }
}

fn comparison(parameters: &mut Parameters) -> Option<Comparison> {
    let name = |comparison| match comparison {
        Comparison::PreviousPeriod => "previous_period",
        Comparison::PreviousYear => "previous_year",
    };
    let comparisons = [Comparison::PreviousPeriod, Comparison::PreviousYear];
    parameters.optional("compare", |text| values::choice(text, comparisons, name))
}

fn series(parameters: &mut Parameters, range: &DateRange) -> Option<SeriesRequest> {
    let granularity = values::granularity(parameters)?;
    let Ok(buckets) = range.buckets(granularity) else {
        let name = granularity.name();
        parameters.refuse(
            "granularity",
            format!("{name} cuts this range into more than {MAX_BUCKETS} buckets; choose a wider one"),
        );
        return None;
    };
    Some(SeriesRequest { granularity, buckets })
}
