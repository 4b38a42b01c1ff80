//! Folds the roll-ups while a long upload goes on: beside it where the database has several writers, else in between.
//! Never fails an upload: its orders have landed, and reports are right without.

use anyhow::Result;
use tokio::task::JoinHandle;

use crate::{
    db::{Db, Dialect},
    rollup::{compact, summarise},
};

/// What an upload has changed and not folded yet. Dropped amidst an upload, it leaves the rest to the next who folds.
#[derive(Debug, Default)]
pub(super) struct Folding {
    unfolded: u64,
    /// Whether months may lack their summaries since.
    has_folded: bool,
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
        self.has_folded = true;
        self.wait().await;
        match db.dialect {
            Dialect::Sqlite => log_failure(fold(db).await),
            Dialect::MySql => {
                let db = db.clone();
                self.running = Some(tokio::spawn(async move { log_failure(fold(&db).await) }));
            }
        }
    }

    /// Ends the fold that is under way, and folds the rest unless the upload was small.
    pub(super) async fn finish(mut self, db: &Db) {
        self.wait().await;
        if self.has_folded || self.unfolded >= many(db.dialect) / 10 {
            log_failure(compact::compact_all(db).await.map(drop));
        }
    }

    async fn wait(&mut self) {
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
