//! `GET /api/v1/analytics/sales/…`: what is fitted about sales.

use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Response,
};

use super::{FittedParameters, FittedReport, GrainParameters, answer};
use crate::{
    error::{ApiError, Problem},
    fits::{self, Report},
    routes::report::Reporting,
};

/// Forecast of sales
///
/// Revenue and orders of the next periods (`day`, `week`, `month`), with intervals, and how well that would have
/// done on the past.
#[utoipa::path(
    get,
    path = "/api/v1/analytics/sales/forecast",
    security(("key" = ["read"])),
    tag = "models",
    params(GrainParameters, FittedParameters),
    responses(
        (status = 200, description = "How it stands, and its numbers, with an ETag", content(
            (FittedReport<fits::SalesForecast> = "application/json"),
            (String = "text/csv"),
        )),
        (status = 304, description = "The answer is the one whose ETag was sent as If-None-Match"),
        (status = 400, body = Problem, description = "Wrong parameters, each named", content_type = "application/problem+json"),
    )
)]
pub async fn forecast(
    State(reporting): State<Reporting>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    answer(Report::Forecast, &reporting, query, &headers).await
}

/// Unusual days
///
/// Days of the store that were not as expected, and which regions, channels and categories made the difference.
#[utoipa::path(
    get,
    path = "/api/v1/analytics/sales/anomalies",
    security(("key" = ["read"])),
    tag = "models",
    params(FittedParameters),
    responses(
        (status = 200, description = "How it stands, and its numbers, with an ETag", content(
            (FittedReport<fits::Anomalies> = "application/json"),
            (String = "text/csv"),
        )),
        (status = 304, description = "The answer is the one whose ETag was sent as If-None-Match"),
        (status = 400, body = Problem, description = "Wrong parameters, each named", content_type = "application/problem+json"),
    )
)]
pub async fn anomalies(
    State(reporting): State<Reporting>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    answer(Report::Anomalies, &reporting, query, &headers).await
}
