//! `eap deploy` in AWS: real Terraform with the real provider on an emulated account, with the real API behind its
//! gateway.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests start programs, and say what they skip"
)]

mod account;
#[expect(dead_code, reason = "shared with the tests of the command line")]
#[path = "../cli/environment.rs"]
mod environment;
mod failures;
mod life;
