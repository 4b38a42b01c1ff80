//! Handlers of the HTTP API: they parse, ask and shape. SQL lives in `queries`, figures in `reports`.

pub mod arrivals;
pub mod audit;
pub mod customers;
pub mod dashboard;
pub mod docs;
pub mod fitted;
pub mod health;
pub mod inventory;
pub mod metrics;
pub mod orders;
pub mod parameters;
pub mod products;
pub mod report;
pub mod root;
pub mod sales;
pub mod seed;
pub mod stream;

#[cfg(test)]
mod tests;
