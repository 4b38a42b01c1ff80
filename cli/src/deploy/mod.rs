//! An environment in AWS: from an empty account to a verified platform, and back. One file per step; this one names
//! them. Every step can be run again.

pub mod apply;
pub mod platform;
pub mod preflight;
pub mod record;
pub mod rollout;
pub mod screen;
pub mod smoke;
pub mod teardown;
