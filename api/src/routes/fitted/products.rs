//! `GET /api/v1/analytics/products/…`: what is fitted about products.

use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Response,
};

use super::{FittedParameters, FittedReport, ProductParameters, answer};
use crate::{
    error::{ApiError, Problem},
    fits::{self, Report},
    routes::report::Reporting,
};

/// Price elasticity
///
/// What prices do to quantities, and the price that this suggests where the cost of a unit is known.
#[utoipa::path(
    get,
    path = "/api/v1/analytics/products/elasticity",
    security(("key" = ["read"])),
    tag = "models",
    params(ProductParameters, FittedParameters),
    responses(
        (status = 200, description = "How it stands, and its numbers, with an ETag", content(
            (FittedReport<fits::Elasticities> = "application/json"),
            (String = "text/csv"),
        )),
        (status = 304, description = "The answer is the one whose ETag was sent as If-None-Match"),
        (status = 400, body = Problem, description = "Wrong parameters, each named", content_type = "application/problem+json"),
    )
)]
pub async fn elasticity(
    State(reporting): State<Reporting>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    answer(Report::Elasticity, &reporting, query, &headers).await
}

/// Classes of products
///
/// ABC by revenue, XYZ by how steadily a product sells.
#[utoipa::path(
    get,
    path = "/api/v1/analytics/products/classes",
    security(("key" = ["read"])),
    tag = "models",
    params(ProductParameters, FittedParameters),
    responses(
        (status = 200, description = "How it stands, and its numbers, with an ETag", content(
            (FittedReport<fits::Classes> = "application/json"),
            (String = "text/csv"),
        )),
        (status = 304, description = "The answer is the one whose ETag was sent as If-None-Match"),
        (status = 400, body = Problem, description = "Wrong parameters, each named", content_type = "application/problem+json"),
    )
)]
pub async fn classes(
    State(reporting): State<Reporting>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    answer(Report::Classes, &reporting, query, &headers).await
}

/// What to order
///
/// One row for each product: what to order, how much and by when. Stock levels come by `POST /api/v1/inventory`.
#[utoipa::path(
    get,
    path = "/api/v1/analytics/products/reorder",
    security(("key" = ["read"])),
    tag = "models",
    params(ProductParameters, FittedParameters),
    responses(
        (status = 200, description = "How it stands, and its numbers, with an ETag", content(
            (FittedReport<fits::Reorder> = "application/json"),
            (String = "text/csv"),
        )),
        (status = 304, description = "The answer is the one whose ETag was sent as If-None-Match"),
        (status = 400, body = Problem, description = "Wrong parameters, each named", content_type = "application/problem+json"),
    )
)]
pub async fn reorder(
    State(reporting): State<Reporting>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    answer(Report::Reorder, &reporting, query, &headers).await
}

/// Demand to come
///
/// Units of each product in the next twelve weeks, with intervals, and how well that would have done on the past.
#[utoipa::path(
    get,
    path = "/api/v1/analytics/products/demand",
    security(("key" = ["read"])),
    tag = "models",
    params(ProductParameters, FittedParameters),
    responses(
        (status = 200, description = "How it stands, and its numbers, with an ETag", content(
            (FittedReport<fits::Demand> = "application/json"),
            (String = "text/csv"),
        )),
        (status = 304, description = "The answer is the one whose ETag was sent as If-None-Match"),
        (status = 400, body = Problem, description = "Wrong parameters, each named", content_type = "application/problem+json"),
    )
)]
pub async fn demand(
    State(reporting): State<Reporting>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    answer(Report::Demand, &reporting, query, &headers).await
}

/// Bought together
///
/// Pairs of products in one order, with support, confidence and lift.
#[utoipa::path(
    get,
    path = "/api/v1/analytics/products/bought-together",
    security(("key" = ["read"])),
    tag = "models",
    params(ProductParameters, FittedParameters),
    responses(
        (status = 200, description = "How it stands, and its numbers, with an ETag", content(
            (FittedReport<fits::BoughtTogether> = "application/json"),
            (String = "text/csv"),
        )),
        (status = 304, description = "The answer is the one whose ETag was sent as If-None-Match"),
        (status = 400, body = Problem, description = "Wrong parameters, each named", content_type = "application/problem+json"),
    )
)]
pub async fn bought_together(
    State(reporting): State<Reporting>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    answer(Report::BoughtTogether, &reporting, query, &headers).await
}

/// Unusual weeks of products
///
/// Weeks of products that were not as expected, and which regions and channels made the difference.
#[utoipa::path(
    get,
    path = "/api/v1/analytics/products/anomalies",
    security(("key" = ["read"])),
    tag = "models",
    params(ProductParameters, FittedParameters),
    responses(
        (status = 200, description = "How it stands, and its numbers, with an ETag", content(
            (FittedReport<fits::ProductAnomalies> = "application/json"),
            (String = "text/csv"),
        )),
        (status = 304, description = "The answer is the one whose ETag was sent as If-None-Match"),
        (status = 400, body = Problem, description = "Wrong parameters, each named", content_type = "application/problem+json"),
    )
)]
pub async fn product_anomalies(
    State(reporting): State<Reporting>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    answer(Report::ProductAnomalies, &reporting, query, &headers).await
}
