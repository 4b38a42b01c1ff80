//! `GET /api/v1/analytics/…`: what is fitted off the request path. A handler reads what is stored and computes nothing.

use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Response,
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::report::{Reporting, write};
use crate::{
    error::{ApiError, Problem},
    extract::{Format, fitted::FittedRequest},
    fits::{self, Report, inventory, store},
    reports::fitted::{Fitted, Standing, Status},
};

/// How many rows, and written how.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FittedParameters {
    /// The table that `limit`, `customer` and `product` cut, and that `csv` has. The first of these is the default:
    /// lifetime value `top_customers`, `segments`, `distribution`; cohorts `cohorts`, `flows`; churn `at_risk`,
    /// `acquisition`, `survival`, `flows`; segments `segments`; classes `rows`, `counts`; forecast `points`, `history`;
    /// anomalies `anomalies`; bought together `pairs`; others `rows`.
    #[param(example = "acquisition")]
    pub table: Option<String>,
    /// Rows of the table.
    #[param(minimum = 1, maximum = 1000, default = 100, example = 100)]
    pub limit: Option<u32>,
    /// `json` has every field; `csv` has the table, without lists.
    #[param(inline, example = "json")]
    pub format: Option<Format>,
}

/// How wide periods are.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GrainParameters {
    /// Forecast: `day` (default), `week`, `month`. Cohorts: `month` (default), `week`, `quarter`, `year`.
    #[param(example = "month")]
    pub granularity: Option<String>,
}

/// Which customer.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CustomerParameters {
    /// Only the rows of this customer, by the shop's id.
    #[param(example = "CG-12520")]
    pub customer: Option<String>,
}

/// Which product.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProductParameters {
    /// Only the rows of this product, by the shop's id.
    #[param(example = "FUR-BO-10001798")]
    pub product: Option<String>,
}

/// A fitted report: how it stands, and its numbers where there are any.
#[derive(Debug, Serialize, ToSchema)]
pub struct FittedReport<T> {
    /// How it stands.
    #[serde(flatten)]
    pub standing: Standing,
    /// Its numbers; there with the status `fitted` or `stale` only.
    #[serde(flatten)]
    pub result: T,
}

/// Lifetime value of customers
///
/// How much customers are expected to buy in the next year, one by one, by segment and over all. `customer` finds
/// one among the 1,000 most valuable.
#[utoipa::path(
    get,
    path = "/api/v1/analytics/customers/lifetime-value",
    security(("key" = ["read"])),
    tag = "models",
    params(CustomerParameters, FittedParameters),
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

async fn answer(
    report: Report,
    reporting: &Reporting,
    query: Option<String>,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let request = FittedRequest::parse(report, &query.unwrap_or_default())?;
    let stored = store::read(&reporting.db, &request.stored_name()).await?;
    let as_of = stored.as_ref().map_or(0, |stored| stored.fitted_at.as_millisecond());
    // Whose shop it is, and how far its data is, is part of every tag.
    let stock_changed_ms = if report.needs_stock() { inventory::changed_ms(&reporting.db).await? } else { 0 };
    let currency = reporting.currency.code();
    let tag = format!("{request:?} {as_of} {stock_changed_ms} {currency} {}", zone_name(reporting));
    let tag = reporting.entity_tag(&tag).await?;
    if tag.is_held(headers) {
        return Ok(tag.not_modified());
    }
    let standing = Standing {
        model: report.name(),
        status: Status::Pending,
        reason: None,
        as_of: None,
        data_version: None,
        current_data_version: reporting.db.data_version().await?,
        first_day: None,
        last_day: None,
        currency: currency.to_owned(),
        time_zone: zone_name(reporting).to_owned(),
        method: None,
    };
    let fitted = Fitted::new(&request, standing, stored, stock_changed_ms)?;
    let csv = match request.format {
        Format::Csv => fitted.to_csv()?,
        Format::Json => String::new(),
    };
    Ok(tag.stamp(write(request.format, &fitted, || csv)?))
}

fn zone_name(reporting: &Reporting) -> &str {
    reporting.time_zone.iana_name().unwrap_or("UTC")
}
