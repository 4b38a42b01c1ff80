//! Orders on their way in: parse, validate, write facts and roll-ups in one transaction.

pub mod line;
