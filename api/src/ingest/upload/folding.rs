//! Folds the roll-ups while a process loads orders that nothing else folds: beside it where the database has several
//! writers, else in between. Never fails an upload: its orders have landed, and reports are right without.

use anyhow::Result;
use tokio::task::JoinHandle;

use crate::{
    db::{Db, Dialect},
    rollup::{compact, summarise},
};

/// What an upload has changed and not folded yet. The rest is left to the next who folds.
#[derive(Debug, Default)]
pub(super) struct Folding {
    unfolded: u64,
    running: Option<JoinHandle<()>>,
}

impl Folding {
    /// Takes note of changes, and begins to fold when they are many. At most one fold is under way; it is not waited
    /// for, since batches that are being written meanwhile would stand still.
    pub(super) async fn changed(&mut self, db: &Db, changes: u64) {
        self.unfolded += changes;
        let is_busy = self.running.as_ref().is_some_and(|running| !running.is_finished());
        if self.unfolded < many(db.dialect) || is_busy {
            return;
        }
        self.unfolded = 0;
        self.wait().await;
        match db.dialect {
            Dialect::Sqlite => log_failure(fold(db).await),
            Dialect::MySql => {
                let db = db.clone();
                self.running = Some(tokio::spawn(async move { log_failure(fold(&db).await) }));
            }
        }
    }

    /// Waits for the fold that is under way: who folds next would find the store locked.
    pub(super) async fn wait(&mut self) {
        if let Some(running) = self.running.take() {
            log_failure(running.await.map_err(anyhow::Error::from));
        }
    }
}

/// Whoever folds next tries again.
fn log_failure(folded: Result<()>) {
    if let Err(error) = folded {
        tracing::warn!(error = format!("{error:#}"), "changes cannot be folded now");
    }
}

/// Changes after which a long upload folds. What is folded beside it costs no time until the last piece, so that pieces
/// are smaller there.
fn many(dialect: Dialect) -> u64 {
    match dialect {
        Dialect::Sqlite => 200_000,
        Dialect::MySql => 100_000,
    }
}

/// Summarises the months that this piece has left alone: shops export by time, and a month that goes on would be
/// summarised again and again.
async fn fold(db: &Db) -> Result<()> {
    let folded = compact::fold_pending(db, compact::CHANGES_AT_ONCE).await?;
    summarise::summarise_but(db, &folded.months).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_upload_goes_on_though_its_changes_cannot_be_folded() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite:{}", folder.path().join("t.db").display());
        let db = Db::connect(&url, 2).await.expect("connect");
        db.migrate("UTC").await.expect("migrate");
        let spoilt =
            "INSERT INTO rollup_deltas (created_ms, changes, line_growth, data) VALUES (0, 1, 1, X'FF')";
        sqlx::query(spoilt).execute(&db.pool).await.expect("spoil a change");
        assert!(fold(&db).await.is_err(), "it cannot be read");
        let mut folding = Folding::default();
        for _ in 0..2 {
            folding.changed(&db, 200_000).await;
        }
        folding.wait().await;
        assert_eq!(compact::pending_changes(&db).await.expect("a count"), 1, "it is left to the next");
    }
}
