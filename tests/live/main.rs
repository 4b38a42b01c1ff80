//! `eap deploy` and what watches it, with real containers: an emulated account whose ECS runs tasks in a real engine,
//! health checks, a load balancer that keeps to them, and a real MySQL behind.

#![expect(unreachable_pub, reason = "in a program, `pub` says what a module offers its neighbours")]
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests start programs, and say what they skip"
)]

mod account;
#[expect(dead_code, reason = "shared with the tests of the command line")]
#[path = "../cli/environment.rs"]
mod environment;
#[path = "../http.rs"]
mod http;
mod life;
mod log;
mod platform;
#[path = "../cli/ports.rs"]
mod ports;
mod traffic;
mod versions;
mod watch;
