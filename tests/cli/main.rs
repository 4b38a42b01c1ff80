//! Tests of the program `eap` as a user runs it: arguments, files and variables in; output and exit code out.

#![expect(unreachable_pub, reason = "in a program, `pub` says what a module offers its neighbours")]
#![expect(clippy::disallowed_methods, reason = "tests start programs and read what the test run provides")]
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod build_push;
mod build_push_aws;
mod build_push_builders;
mod build_push_faults;
mod completions;
mod config;
mod database;
mod deploy;
mod deploy_build;
mod deploy_on_server;
mod deploy_settings;
mod destroy;
mod environment;
mod fake_program;
mod help;
mod image_source;
mod import;
mod logs;
mod monitor;
mod order_server;
mod ports;
mod registry;
