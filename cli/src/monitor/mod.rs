//! Watches a platform: checks with states, and one verdict with its cause. Changes nothing.

mod certificate;
pub mod changes;
pub mod cloud;
pub mod connections;
pub mod detail;
pub mod fresh;
pub mod inventory;
mod last_hour;
pub mod local;
pub mod pace;
mod probe;
mod prometheus;
pub mod report;
pub mod rules;
pub mod sizes;
mod traffic;
mod vitals;
pub mod watched;
