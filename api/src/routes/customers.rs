//! `GET /api/v1/analytics/customers`.

use anyhow::Context as _;
use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Response,
};

use super::{
    parameters::{CohortParameters, FilterParameters, OutputParameters, RangeParameters},
    report::{Reporting, write},
};
use crate::{
    error::{ApiError, Problem},
    extract::customers::CustomersRequest,
    queries::customers::answer,
    reports::customers::CustomersReport,
};

/// Customers over a range of days
///
/// A customer is active with a sale in the range. Retention: customers of the previous period (as many days, right
/// before) who bought in the range, in percent; churn is the rest. Guests are in none of the figures.
#[utoipa::path(
    get,
    path = "/api/v1/analytics/customers",
    security(("key" = ["read"])),
    tag = "analytics",
    params(RangeParameters, FilterParameters, CohortParameters, OutputParameters),
    responses(
        (status = 200, description = "The report, with an ETag", content(
            (CustomersReport = "application/json"),
            (String = "text/csv"),
        )),
        (status = 304, description = "The report is the one whose ETag was sent as If-None-Match"),
        (status = 400, body = Problem, description = "Wrong parameters, each named", content_type = "application/problem+json"),
    )
)]
pub async fn customers(
    State(reporting): State<Reporting>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let request = CustomersRequest::parse(&query.unwrap_or_default(), &reporting.defaults())?;
    let tag = reporting.entity_tag(&request.key()).await?;
    if tag.is_held(&headers) {
        return Ok(tag.not_modified());
    }
    let _turn = reporting.customers_turn.acquire().await.context("wait for other reports about customers")?;
    let answered = answer(&reporting.db, &request.question()).await?;
    let report = CustomersReport::new(&request, &answered)?;
    Ok(tag.stamp(write(request.format, &report, || report.to_csv())?))
}
