//! Images for real: pushed to a registry, pulled by Docker and run, with MySQL, DNS and TLS from inside.
//! Each test says so when what it needs is not there; `tests/run` provides all of it.

#![expect(unreachable_pub, reason = "in a program, `pub` says what a module offers its neighbours")]
#![expect(clippy::disallowed_methods, reason = "tests start programs and read what the test run provides")]
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod build_push;
mod container;
mod docker_builder;
mod engine;
mod name_server;
#[path = "../cli/ports.rs"]
mod ports;
