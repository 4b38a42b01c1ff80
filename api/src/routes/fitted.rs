//! `GET /api/v1/analytics/…`: what is fitted off the request path. A handler reads what is stored and fits
//! nothing; one customer is valued by stored parameters.

pub mod customers;
pub mod products;
pub mod sales;

use axum::{http::HeaderMap, response::Response};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::report::{Reporting, write};
use crate::{
    error::ApiError,
    extract::{Format, fitted::FittedRequest},
    fits::{Report, every_customer, inventory, store},
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

/// What a customer is worth: over which time, and in whose eyes.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HorizonParameters {
    /// Days ahead that count; of one `customer`.
    #[param(minimum = 1, maximum = 3650, default = 365, example = 365)]
    pub horizon_days: Option<u32>,
    /// Discount of an amount a year ahead, which at 0.1 is worth 1 / 1.1 today; of one `customer`.
    #[param(minimum = 0.0, maximum = 1.0, default = 0.1, example = 0.1)]
    pub discount_rate: Option<f64>,
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

async fn answer(
    report: Report,
    reporting: &Reporting,
    query: Option<String>,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let request = FittedRequest::parse(report, &query.unwrap_or_default())?;
    let name = request.stored_name();
    let (stored, known) = match &request.valued {
        Some(valued) => every_customer::read(&reporting.db, &name, &valued.customer).await?,
        None => (store::read(&reporting.db, &name).await?, None),
    };
    let as_of = stored.as_ref().map_or(0, |stored| stored.fitted_at.as_millisecond());
    // Whose shop it is, and how far its data is, is part of every tag.
    let stock_changed_ms =
        if report.needs_stock() { Some(inventory::changed_ms(&reporting.db).await?) } else { None };
    let currency = reporting.currency.code();
    let tag = format!("{request:?} {as_of} {stock_changed_ms:?} {currency} {}", zone_name(reporting));
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
    let fitted = match &request.valued {
        Some(valued) => {
            // A refusal is a customer about whom nothing can be said.
            let row = known.and_then(|one| one.value(valued.horizon_days, valued.discount_rate).ok());
            fitted.about(valued, row.as_ref())?
        }
        None => fitted,
    };
    let csv = match request.format {
        Format::Csv => fitted.to_csv()?,
        Format::Json => String::new(),
    };
    Ok(tag.stamp(write(request.format, &fitted, || csv)?))
}

fn zone_name(reporting: &Reporting) -> &str {
    reporting.time_zone.iana_name().unwrap_or("UTC")
}
