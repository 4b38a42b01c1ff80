//! The service against real databases: `SQLite` always, `MySQL` and `MariaDB` where the environment names them.

#![expect(clippy::disallowed_methods, reason = "the test run names its servers in variables")]

mod databases;
mod original_database;
mod recount;
mod reports_equal_recount;
mod rezone;
