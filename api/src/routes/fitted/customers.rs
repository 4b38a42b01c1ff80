//! `GET /api/v1/analytics/customers/…`: what is fitted about customers.

use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Response,
};

use super::{CustomerParameters, FittedParameters, FittedReport, GrainParameters, HorizonParameters, answer};
use crate::{
    error::{ApiError, Problem},
    fits::{self, Report},
    routes::report::Reporting,
};

/// Lifetime value of customers
///
/// How much customers are expected to buy in the next year, one by one, by segment and over all. The 1,000 most valuable are
/// listed. `customer` values any one with a sale, over `horizon_days` at a `discount_rate` a year; without one the list is empty.
#[utoipa::path(
    get,
    path = "/api/v1/analytics/customers/lifetime-value",
    security(("key" = ["read"])),
    tag = "models",
    params(CustomerParameters, HorizonParameters, FittedParameters),
    responses(
        (status = 200, description = "How it stands, and its numbers, with an ETag", content(
            (FittedReport<fits::LifetimeValue> = "application/json"),
            (String = "text/csv"),
        )),
        (status = 304, description = "The answer is the one whose ETag was sent as If-None-Match"),
        (status = 400, body = Problem, description = "Wrong parameters, each named", content_type = "application/problem+json"),
    )
)]
pub async fn lifetime_value(
    State(reporting): State<Reporting>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    answer(Report::LifetimeValue, &reporting, query, &headers).await
}

/// Cohorts of customers
///
/// Customers by the period of their first sale (`week`, `month`, `quarter`, `year`), and who came back when.
#[utoipa::path(
    get,
    path = "/api/v1/analytics/customers/cohorts",
    security(("key" = ["read"])),
    tag = "models",
    params(GrainParameters, FittedParameters),
    responses(
        (status = 200, description = "How it stands, and its numbers, with an ETag", content(
            (FittedReport<fits::Cohorts> = "application/json"),
            (String = "text/csv"),
        )),
        (status = 304, description = "The answer is the one whose ETag was sent as If-None-Match"),
        (status = 400, body = Problem, description = "Wrong parameters, each named", content_type = "application/problem+json"),
    )
)]
pub async fn cohorts(
    State(reporting): State<Reporting>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    answer(Report::Cohorts, &reporting, query, &headers).await
}

/// Churn
///
/// Who leaves and when, by definition and by probability; who is about to be lost; where new customers come from.
#[utoipa::path(
    get,
    path = "/api/v1/analytics/customers/churn",
    security(("key" = ["read"])),
    tag = "models",
    params(CustomerParameters, FittedParameters),
    responses(
        (status = 200, description = "How it stands, and its numbers, with an ETag", content(
            (FittedReport<fits::Churn> = "application/json"),
            (String = "text/csv"),
        )),
        (status = 304, description = "The answer is the one whose ETag was sent as If-None-Match"),
        (status = 400, body = Problem, description = "Wrong parameters, each named", content_type = "application/problem+json"),
    )
)]
pub async fn churn(
    State(reporting): State<Reporting>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    answer(Report::Churn, &reporting, query, &headers).await
}

/// Segments of customers
///
/// RFM segments, as in the report on customers, with how likely each is to come back.
#[utoipa::path(
    get,
    path = "/api/v1/analytics/customers/segments",
    security(("key" = ["read"])),
    tag = "models",
    params(FittedParameters),
    responses(
        (status = 200, description = "How it stands, and its numbers, with an ETag", content(
            (FittedReport<fits::Segments> = "application/json"),
            (String = "text/csv"),
        )),
        (status = 304, description = "The answer is the one whose ETag was sent as If-None-Match"),
        (status = 400, body = Problem, description = "Wrong parameters, each named", content_type = "application/problem+json"),
    )
)]
pub async fn segments(
    State(reporting): State<Reporting>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    answer(Report::Segments, &reporting, query, &headers).await
}
