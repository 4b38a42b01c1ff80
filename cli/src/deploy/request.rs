//! What a deploy is asked for. Decides nothing.

use std::path::PathBuf;
use std::time::Duration;

use crate::arguments::Environment;

/// What a deploy is asked for.
#[derive(Debug)]
pub struct Request {
    /// What is to be brought up.
    pub version: Version,
    /// How long the rollout may take.
    pub timeout: Duration,
    /// How long to wait for a lock of the state that another command holds.
    pub lock_timeout: Duration,
    /// Whether what cannot be made again may be destroyed.
    pub losses: Losses,
    /// What becomes of a version that does not serve.
    pub on_failure: OnFailure,
    /// Whether the application is tested before it is built.
    pub tests: ApplicationTests,
}

/// What is to be brought up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Version {
    /// The checkout, built and pushed, with the configuration as it is.
    Built,
    /// The image of the checkout's commit where it was pushed, else the one that is deployed; with the configuration as
    /// it is.
    Pushed,
    /// This image, by digest, with the configuration as it is.
    Image(String),
    /// The image that serves in another environment, with the configuration as it is.
    ServingIn(Environment),
    /// What a plan says that was made and kept before.
    Planned(PathBuf),
    /// Image and configuration of an earlier deployment: that of this number, else of the one before.
    Recorded(Option<u32>),
}

/// Whether what cannot be made again may be destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Losses {
    /// The deploy fails instead.
    Refused,
    /// The user said so.
    Allowed,
}

/// What becomes of a version that does not serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// The version before is brought back.
    RollBack,
    /// It stays, for somebody to look at it.
    Stay,
}

/// Whether the application is tested before it is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplicationTests {
    /// Its tests must pass.
    Run,
    /// Somebody else did that.
    Skipped,
}
