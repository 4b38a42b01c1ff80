//! Watches a platform: checks with states, and one verdict with its cause. Changes nothing.

pub mod changes;
pub mod cloud;
pub mod detail;
pub mod local;
mod prometheus;
pub mod report;
pub mod rules;
mod traffic;
