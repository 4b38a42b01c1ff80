//! What is learnt from the store's orders, off the request path: observe once, fit every model, store the results by data
//! version. One run at a time over all instances; a run that is killed leaves the results before it.

mod anomalies;
mod bought_together;
mod churn;
mod classes;
mod cohorts;
mod customers;
mod demand;
mod elasticity;
pub mod every_customer;
mod forecast;
mod holdout;
pub mod inventory;
mod lifetime_value;
pub mod names;
pub mod observe;
mod outcomes;
mod periods;
mod product_anomalies;
mod reorder;
mod replace;
mod run;
mod segments;
pub mod store;
mod work;

pub use self::{
    anomalies::{Anomalies, AnomalyRow, ContributionRow, UnexpectedValue},
    bought_together::{BoughtTogether, PairRow, ProductName},
    churn::{AcquisitionRow, AtRiskRow, Churn, SurvivalRow},
    classes::{ClassCount, ClassRow, Classes},
    cohorts::{CohortRow, Cohorts, FlowRow},
    customers::{DISCOUNT_RATE_YEARLY, HORIZON_DAYS},
    demand::{Demand, DemandPoint, DemandRow, DemandWeek},
    elasticity::{Elasticities, ElasticityRow, ObservedPrice},
    forecast::{Backtest, ForecastPoint, HistoryPoint, IntervalRow, SalesForecast},
    lifetime_value::{
        Alternative, Bucket, Diagnostics, HeldOut, LifetimeValue, Parameter, SegmentValue, ValuedCustomer,
    },
    product_anomalies::{ProductAnomalies, ProductAnomalyRow},
    reorder::{Reorder, ReorderRow},
    run::{Ended, NotFitted, Settings, is_due, run},
    segments::{SegmentRow, Segments},
};

use jiff::civil::Date;

use crate::money::Currency;

/// Most rows of a table that are kept, the first ones.
const MOST_ROWS: usize = 1_000;

/// A report that is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// Expected purchases and their value, by customer.
    LifetimeValue,
    /// Customers by their first purchase, and who comes back.
    Cohorts,
    /// Who leaves, and when.
    Churn,
    /// RFM segments.
    Segments,
    /// What prices do to quantities.
    Elasticity,
    /// ABC and XYZ.
    Classes,
    /// What to order.
    Reorder,
    /// Units of products to come.
    Demand,
    /// Pairs of products.
    BoughtTogether,
    /// Revenue and orders to come.
    Forecast,
    /// Days that are not as expected.
    Anomalies,
    /// Weeks of products that are not as expected.
    ProductAnomalies,
}

impl Report {
    /// Its path below `/api/v1/analytics/`.
    pub fn name(self) -> &'static str {
        match self {
            Self::LifetimeValue => "customers/lifetime-value",
            Self::Cohorts => "customers/cohorts",
            Self::Churn => "customers/churn",
            Self::Segments => "customers/segments",
            Self::Elasticity => "products/elasticity",
            Self::Classes => "products/classes",
            Self::Reorder => "products/reorder",
            Self::Demand => "products/demand",
            Self::BoughtTogether => "products/bought-together",
            Self::Forecast => "sales/forecast",
            Self::Anomalies => "sales/anomalies",
            Self::ProductAnomalies => "products/anomalies",
        }
    }

    /// The members that are tables, the main one first.
    pub fn tables(self) -> &'static [&'static str] {
        match self {
            Self::LifetimeValue => &["top_customers", "segments", "distribution"],
            Self::Cohorts => &["cohorts", "flows"],
            Self::Churn => &["at_risk", "acquisition", "survival", "flows"],
            Self::Segments => &["segments"],
            Self::Elasticity | Self::Reorder | Self::Demand => &["rows"],
            Self::Classes => &["rows", "counts"],
            Self::BoughtTogether => &["pairs"],
            Self::Forecast => &["points", "history"],
            Self::Anomalies | Self::ProductAnomalies => &["anomalies"],
        }
    }

    /// Whether it depends on stock levels, which change without the data version.
    pub fn needs_stock(self) -> bool {
        matches!(self, Self::Reorder | Self::Elasticity)
    }
}

/// `value` at so many decimals. Statistics are rounded here, at the edge, and nowhere before.
fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    let rounded = (value * scale).round() / scale;
    // A negative zero would be written as one; what is too large to scale is too large to have decimals.
    if rounded.is_finite() { rounded + 0.0 } else { value }
}

/// An estimated amount, at the decimals of the currency.
fn estimate(value: f64, currency: Currency) -> f64 {
    rounded(value, i32::try_from(currency.minor_digits()).unwrap_or(2))
}

/// An amount as a model takes it, in the major unit.
#[expect(clippy::cast_precision_loss, reason = "a statistic: amounts of the store are far below 2^53")]
fn major(minor: i64, currency: Currency) -> f64 {
    minor as f64 / 10_f64.powi(i32::try_from(currency.minor_digits()).unwrap_or(2))
}

/// A count as a model takes it.
#[expect(clippy::cast_precision_loss, reason = "a statistic: counts are far below 2^53")]
fn count(value: i64) -> f64 {
    value as f64
}

/// The date of a day number.
pub fn date(day: i32) -> Date {
    periods::date(day)
}
