//! The series of the sales report.

use serde::Serialize;
use utoipa::ToSchema;

use super::table::{Cell, Table};
use crate::{
    calendar::{Bucket, instant_label},
    extract::sales::SalesRequest,
    money::ExactNumber,
    queries::sales::SalesAnswer,
    rollup::measures::Measures,
};

/// A bucket of the series.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesPoint {
    /// Name: an hour (RFC 3339), a day, a week's Monday, `2024-02`, `2024-Q1` or `2024`.
    #[schema(example = "2017-12-01")]
    pub label: String,
    /// First instant, within the range, as RFC 3339.
    #[schema(example = "2017-12-01T00:00:00+01:00")]
    pub start: String,
    /// First instant after it, as RFC 3339.
    #[schema(example = "2017-12-02T00:00:00+01:00")]
    pub end: String,
    /// Net revenue.
    #[schema(value_type = f64)]
    pub revenue: ExactNumber,
    /// List price × quantity of the sales.
    #[schema(value_type = f64)]
    pub gross: ExactNumber,
    /// Discounts on the sales.
    #[schema(value_type = f64)]
    pub discounts: ExactNumber,
    /// Amount given back for returns.
    #[schema(value_type = f64)]
    pub returns: ExactNumber,
    /// Distinct orders with a sale.
    pub transactions: i64,
    /// Units sold less units returned.
    pub units: i64,
}

/// The points of the series that `request` asks for, one for each bucket.
pub(super) fn series(request: &SalesRequest, answer: &SalesAnswer) -> Vec<SeriesPoint> {
    let (zone, currency) = (&request.range.time_zone, request.currency);
    let buckets = request.series.iter().flat_map(|series| &series.buckets);
    let point = |(bucket, measures): (&Bucket, &Measures)| SeriesPoint {
        label: bucket.label.clone(),
        start: instant_label(bucket.span.start, zone),
        end: instant_label(bucket.span.end, zone),
        revenue: currency.number(measures.net()),
        gross: currency.number(measures.gross),
        discounts: currency.number(measures.discounts),
        returns: currency.number(measures.returns),
        transactions: measures.orders,
        units: measures.units(),
    };
    buckets.zip(&answer.series).map(point).collect()
}

/// The series as CSV.
pub(super) fn series_table(series: &[SeriesPoint], currency: &str) -> String {
    let mut table = Table::new(&[
        "label",
        "start",
        "end",
        "revenue",
        "gross",
        "discounts",
        "returns",
        "transactions",
        "units",
        "currency",
    ]);
    for point in series {
        table.row(&[
            Cell::Plain(&point.label),
            Cell::Plain(&point.start),
            Cell::Plain(&point.end),
            Cell::Plain(&point.revenue),
            Cell::Plain(&point.gross),
            Cell::Plain(&point.discounts),
            Cell::Plain(&point.returns),
            Cell::Plain(&point.transactions),
            Cell::Plain(&point.units),
            Cell::Plain(&currency),
        ]);
    }
    table.finish()
}
