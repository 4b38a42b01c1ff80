//! Watches a platform: checks with states, and one verdict with its cause. Changes nothing.

pub mod changes;
pub mod cloud;
pub mod detail;
pub mod inventory;
pub mod local;
pub mod pace;
mod prometheus;
pub mod report;
pub mod rules;
mod traffic;
