//! What the servers' errors are taken for. Codes and texts are those of the servers' own lists of errors.

use std::{borrow::Cow, error::Error as StdError, fmt};

use sqlx::error::{DatabaseError, ErrorKind};

use super::*;

/// An error as a driver hands it on: the SQLSTATE of a server, the result code of `SQLite`.
#[derive(Debug)]
struct Refusal(&'static str, &'static str);

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.1)
    }
}

impl StdError for Refusal {}

impl DatabaseError for Refusal {
    fn message(&self) -> &str {
        self.1
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.0.into())
    }

    fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        if self.0 == "23000" { ErrorKind::UniqueViolation } else { ErrorKind::Other }
    }
}

#[test]
fn what_passes_is_told_from_what_stays() {
    let database = |code, message| sqlx::Error::Database(Box::new(Refusal(code, message)));
    for (code, message) in [
        ("40001", "Deadlock found when trying to get lock; try restarting transaction"),
        ("HY000", "Lock wait timeout exceeded; try restarting transaction"),
        ("5", "database is locked"),
        ("261", "database is locked"),
        ("517", "database is locked"),
    ] {
        let error = database(code, message);
        assert!(is_transient(&error) && !is_duplicate(&error), "{code} {message}");
    }
    for (code, message) in [
        ("42000", "Unknown database 'shop'"),
        ("28000", "Access denied for user 'shop'@'%' (using password: YES)"),
        ("42S02", "Table 'shop.orders' doesn't exist"),
        (
            "HY000",
            "The MySQL server is running with the --read-only option so it cannot execute this statement",
        ),
        ("13", "database or disk is full"),
        ("6", "database table is locked"),
    ] {
        assert!(!is_transient(&database(code, message)), "{code} {message}");
    }
    let duplicate = database("23000", "Duplicate entry 'O-1' for key 'orders.orders_external_id'");
    assert!(is_duplicate(&duplicate) && !is_transient(&duplicate));
    assert!(!is_transient(&sqlx::Error::PoolTimedOut) && !is_duplicate(&sqlx::Error::PoolTimedOut));
}
