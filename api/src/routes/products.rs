//! `GET /api/v1/analytics/products`.

use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Response,
};

use super::{
    parameters::{FilterParameters, OutputParameters, RangeParameters, SortParameters},
    report::{Reporting, write},
};
use crate::{
    error::{ApiError, Problem},
    extract::products::ProductsRequest,
    queries::products::answer,
    reports::products::ProductsReport,
};

/// Products over all time, or over a range of days
///
/// `start_date` alone runs to today; `end_date` alone begins with the first order.
#[utoipa::path(
    get,
    path = "/api/v1/analytics/products",
    security(("key" = ["read"])),
    tag = "analytics",
    params(RangeParameters, FilterParameters, SortParameters, OutputParameters),
    responses(
        (status = 200, description = "The report, with an ETag", content(
            (ProductsReport = "application/json"),
            (String = "text/csv"),
        )),
        (status = 304, description = "The report is the one whose ETag was sent as If-None-Match"),
        (status = 400, body = Problem, description = "Wrong parameters, each named", content_type = "application/problem+json"),
    )
)]
pub async fn products(
    State(reporting): State<Reporting>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let request = ProductsRequest::parse(&query.unwrap_or_default(), &reporting.defaults())?;
    let tag = reporting.entity_tag(&request.key()).await?;
    if tag.is_held(&headers) {
        return Ok(tag.not_modified());
    }
    let answered = answer(&reporting.db, &request.question()).await?;
    let report = ProductsReport::new(&request, &answered)?;
    Ok(tag.stamp(write(request.format, &report, || report.to_csv())?))
}
