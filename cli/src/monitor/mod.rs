//! Watches a platform: checks with states, and one verdict with its cause. Changes nothing.

pub mod local;
mod prometheus;
pub mod report;
mod traffic;
