//! Orders on their way in: parse, validate, write facts and roll-ups in one transaction.

pub mod line;
pub mod stored;
pub mod terms;
pub mod write;
