//! `eap deploy` in AWS: real Terraform with the real provider on an emulated account, with the real API behind its
//! gateway.

#![expect(unreachable_pub, reason = "in a program, `pub` says what a module offers its neighbours")]
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests start programs, and say what they skip"
)]

mod account;
mod agreement;
mod channel;
mod checkout;
#[expect(dead_code, reason = "shared with the tests of the command line")]
#[path = "../cli/environment.rs"]
mod environment;
mod failures;
mod github;
#[path = "../http.rs"]
mod http;
mod interruptions;
mod life;
#[path = "../cli/ports.rs"]
mod ports;
mod recording;
mod served;
mod survey;
mod trouble;
mod whole;
