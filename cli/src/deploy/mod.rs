//! An environment in AWS: from an empty account to a verified platform, and back. One file per step; this one names
//! them. Every step can be run again.

mod application_tests;
pub mod apply;
mod architecture;
mod attempt;
pub mod cost;
mod journal;
pub mod losses;
mod note;
mod plan_files;
pub mod platform;
pub mod preflight;
pub mod protection;
pub mod record;
pub mod remains;
pub mod request;
pub mod rollback;
pub mod rollout;
mod room;
pub mod screen;
pub mod smoke;
pub mod teardown;
mod verify;
mod version;
