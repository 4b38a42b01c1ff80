//! Roll-ups: packed lines by day, kept in the same transaction as the facts.

pub mod measures;
