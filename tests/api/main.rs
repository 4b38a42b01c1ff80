//! The service against real databases: `SQLite` always, `MySQL` and `MariaDB` where the environment names them.

#![expect(clippy::disallowed_methods, reason = "the test run names its servers in variables")]

mod bad_input;
mod databases;
mod duckdb_agrees;
mod http;
mod original_database;
mod over_http;
mod program;
mod proxy;
mod recount;
mod reports_equal_recount;
mod rezone;
mod storage_faults;
mod writers_killed;
