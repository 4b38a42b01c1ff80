//! Questions to the store. SQL and roll-ups live here and below; HTTP does not.

pub mod arrivals;
pub mod catalogue;
pub mod customers;
mod customers_fold;
pub mod extent;
pub mod figures;
mod product_months;
pub mod products;
mod ranking;
pub mod sales;
mod sales_fold;
mod sales_months;
mod sales_products;
mod sales_series;
pub mod selection;
pub mod store;
pub mod tally;
pub mod uploads;
