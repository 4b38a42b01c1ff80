//! Orders on their way in: parse, validate, write facts and roll-ups in one transaction.
//!
//! `source` picks the format; `csv`, `ndjson`, `json` and `shopify` read it into drafts; `draft` checks a line,
//! `order` an order. None of these knows SQL or HTTP, and none holds more than one order in memory.

pub mod csv;
pub mod draft;
mod facts;
pub mod instant;
pub mod json;
mod json_array;
mod json_object;
pub mod line;
pub mod ndjson;
pub mod order;
pub mod original;
pub mod shopify;
pub mod source;
pub mod stock;
pub mod stored;
pub mod terms;
#[cfg(test)]
mod testing;
mod texts;
mod turns;
pub mod upload;
pub mod write;
