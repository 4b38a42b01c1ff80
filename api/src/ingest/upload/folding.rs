//! Folds the roll-ups while a long upload goes on: beside it where the database has several writers, else in between.

use anyhow::{Context, Result};
use tokio::task::JoinHandle;

use crate::{
    db::{Db, Dialect},
    rollup::compact,
};

/// Changes after which a long upload folds the roll-ups itself.
const FOLD_AFTER: u64 = 200_000;

/// What an upload has changed and not folded yet. Dropped amidst an upload, it leaves the rest to the next who folds.
#[derive(Debug, Default)]
pub(super) struct Folding {
    unfolded: u64,
    running: Option<JoinHandle<Result<i64>>>,
}

impl Folding {
    /// Takes note of changes, and begins to fold when they are many; at most one fold is under way.
    pub(super) async fn changed(&mut self, db: &Db, changes: u64) -> Result<()> {
        self.unfolded += changes;
        if self.unfolded < FOLD_AFTER {
            return Ok(());
        }
        self.unfolded = 0;
        self.wait().await?;
        match db.dialect {
            Dialect::Sqlite => drop(compact::compact_all(db).await?),
            Dialect::MySql => {
                let db = db.clone();
                self.running = Some(tokio::spawn(async move { compact::compact_all(&db).await }));
            }
        }
        Ok(())
    }

    /// Ends the fold that is under way, and folds the rest unless it is small.
    pub(super) async fn finish(mut self, db: &Db) -> Result<()> {
        self.wait().await?;
        if self.unfolded >= FOLD_AFTER / 10 {
            compact::compact_all(db).await?;
        }
        Ok(())
    }

    async fn wait(&mut self) -> Result<()> {
        match self.running.take() {
            Some(running) => running.await.context("the fold ended early")?.map(drop),
            None => Ok(()),
        }
    }
}
