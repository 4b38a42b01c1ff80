//! Sends files of orders to an API: split into parts, sent with patience, resumed after a stop.
//! Judges no order; the API does.

pub mod journal;
pub mod parts;
mod records;
pub mod send;
pub mod summary;
