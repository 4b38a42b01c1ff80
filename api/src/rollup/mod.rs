//! Roll-ups: packed lines by day, kept in the same transaction as the facts.

pub mod compact;
pub mod days;
pub mod delta;
pub mod histories;
pub mod measures;
pub mod month;
pub mod packed;
pub mod rezone;
pub mod scan;
pub mod summarise;
