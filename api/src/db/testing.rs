//! An embedded store that another program locks for a moment, for tests of what waits for it.

use std::{path::Path, time::Duration};

use super::Db;

/// A migrated store in `folder`, on one connection that waits for no lock.
pub(crate) async fn impatient_store(folder: &Path) -> Db {
    let db = Db::connect(&url(folder), 1).await.expect("connect");
    db.migrate("UTC").await.expect("migrate");
    sqlx::query("PRAGMA busy_timeout = 0").execute(&db.pool).await.expect("no patience");
    db
}

/// Locks it, and lets it go a tenth of a second later.
pub(crate) async fn lock_for_a_moment(folder: &Path) {
    let other = Db::connect(&url(folder), 1).await.expect("connect");
    let lock = other.begin_write().await.expect("lock");
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        lock.rollback().await.expect("unlock");
    });
}

fn url(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("t.db").display())
}
