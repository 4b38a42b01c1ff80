//! Handlers of the HTTP API: they parse, ask and shape. SQL lives in `queries`, figures in `reports`.

pub mod customers;
pub mod parameters;
pub mod products;
pub mod report;
pub mod sales;
