//! Questions to the store. SQL and roll-ups live here and below; HTTP does not.

pub mod catalogue;
pub mod customers;
pub mod products;
pub mod sales;
pub mod selection;
pub mod store;
pub mod tally;
