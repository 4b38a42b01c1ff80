//! Sends files of orders to an API: split into parts, sent with patience, resumed after a stop.
//! Judges no order; the API does.

pub mod destination;
mod input;
pub mod journal;
mod objects;
pub mod parts;
mod records;
pub mod send;
mod shape;
pub mod summary;
