//! Logs: the end of a file and following it on this machine; lanes of CloudWatch Logs, their history and what comes, in
//! AWS; lines for people. Never writes a log.

pub mod access_log;
pub mod choice;
pub mod follow;
mod highlight;
pub mod history;
pub mod line;
pub mod live;
mod pages;
pub mod source;
pub mod stats;
pub mod tail;
pub mod tailing;
pub mod trace;
pub mod window;
