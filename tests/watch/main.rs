//! `eap logs`, `eap monitor` and what AWS can refuse a deploy, against a stand-in for AWS that answers as each test wants.

#![expect(unreachable_pub, reason = "in a program, `pub` says what a module offers its neighbours")]
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]
#![expect(clippy::disallowed_methods, reason = "tests start programs")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

mod aws;
mod calls;
mod cbor;
mod certificate;
#[expect(dead_code, reason = "shared with the tests of the API's pages")]
#[path = "../browser/chromium.rs"]
mod chromium;
mod compliance;
mod credentials;
mod deploy;
mod doctor;
mod endurance;
#[expect(dead_code, reason = "shared with the tests of the command line")]
#[path = "../cli/environment.rs"]
mod environment;
mod event_stream;
mod flicker;
mod follow;
mod live_tail;
mod logs;
mod monitor;
mod page;
#[path = "../cli/ports.rs"]
mod ports;
mod previous;
mod request;
mod screen;
mod sizes;
#[path = "../skipped.rs"]
mod skipped;
mod store;
mod task_log;
mod tasks;
mod terminal;
mod watching;
