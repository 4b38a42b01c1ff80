//! `GET /api/v1/analytics/sales`.

use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Response,
};

use super::{
    parameters::{FilterParameters, OutputParameters, RangeParameters, SeriesParameters, SortParameters},
    report::{Reporting, write},
};
use crate::{
    error::{ApiError, Problem},
    extract::sales::SalesRequest,
    queries::sales::answer,
    reports::sales::SalesReport,
};

/// Sales over a range of days
///
/// Revenue is net: gross − discounts − returns. A transaction is an order with a sale. Returns count on the day they
/// came back. An unknown region, channel, category or product gives zeros.
#[utoipa::path(
    get,
    path = "/api/v1/analytics/sales",
    security(("key" = ["read"])),
    tag = "analytics",
    params(RangeParameters, FilterParameters, SeriesParameters, SortParameters, OutputParameters),
    responses(
        (status = 200, description = "The report, with an ETag", content(
            (SalesReport = "application/json"),
            (String = "text/csv"),
        )),
        (status = 304, description = "The report is the one whose ETag was sent as If-None-Match"),
        (status = 400, body = Problem, description = "Wrong parameters, each named", content_type = "application/problem+json"),
    )
)]
pub async fn sales(
    State(reporting): State<Reporting>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let request = SalesRequest::parse(&query.unwrap_or_default(), &reporting.defaults())?;
    let tag = reporting.entity_tag(&request.key()).await?;
    if tag.is_held(&headers) {
        return Ok(tag.not_modified());
    }
    let answered = answer(&reporting.db, &request.question()).await?;
    let compared = match request.comparison_question() {
        Some(question) => Some(answer(&reporting.db, &question).await?),
        None => None,
    };
    let report = SalesReport::new(&request, &answered, compared.as_ref())?;
    Ok(tag.stamp(write(request.format, &report, || report.to_csv())?))
}
