//! The service against real databases: `SQLite` always, `MySQL` and `MariaDB` where the environment names them.

mod databases;
mod recount;
mod reports_equal_recount;
