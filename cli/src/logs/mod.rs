//! Logs of the API: the end of a file, following it, and its lines for people. Never writes a log.

pub mod follow;
pub mod line;
pub mod tail;
