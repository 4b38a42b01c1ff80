//! Questions to the store. SQL and roll-ups live here and below; HTTP does not.

pub mod catalogue;
pub mod customers;
mod facts;
pub mod figures;
pub mod products;
mod ranking;
pub mod sales;
mod sales_fold;
mod sales_months;
pub mod selection;
pub mod store;
pub mod tally;
