//! Keeps the roll-ups folded while the server runs: soon when much is pending, else now and then.

use anyhow::Result;

use crate::{
    db::Db,
    rollup::{compact, summarise},
};

/// Every so many looks everything that is pending is folded, and the months that changed are summarised.
const LOOKS_TO_FOLD: u32 = 10;
/// Every so many looks it is checked whether months lack rows though nothing is pending: an instance of an earlier version
/// that ran beside this one writes them without.
const LOOKS_TO_CHECK: u32 = 60 * LOOKS_TO_FOLD;
/// So many changed lines are folded at the next look: every report reads what is pending.
const MANY_CHANGES: i64 = 20_000;
/// Changed lines folded in one transaction; bounds the memory of the server.
const CHANGES_AT_ONCE: i64 = 100_000;

/// What is known between two looks.
#[derive(Debug, Default)]
pub(super) struct Folder {
    looks: u32,
    /// No month lacks its summary. Not known at the start: an earlier version may have left some without the newest.
    is_whole: bool,
}

impl Folder {
    /// Folds what there is to fold. A failure is logged: reports stay right without, they read what is pending too.
    pub(super) async fn look(&mut self, db: &Db) {
        self.looks = self.looks.wrapping_add(1);
        self.is_whole &= !self.looks.is_multiple_of(LOOKS_TO_CHECK);
        let is_time = self.looks.is_multiple_of(LOOKS_TO_FOLD);
        match self.fold(db, is_time).await {
            Ok(0) => {}
            Ok(deltas) => tracing::debug!(deltas, "folded changes into the roll-ups"),
            Err(error) if is_time => {
                tracing::warn!(error = format!("{error:#}"), "changes cannot be folded now");
            }
            // Said once in ten looks.
            Err(_) => {}
        }
    }

    async fn fold(&mut self, db: &Db, is_time: bool) -> Result<i64> {
        let pending = compact::pending_changes(db).await?;
        if (pending < MANY_CHANGES && !is_time) || (pending == 0 && self.is_whole) {
            return Ok(0);
        }
        self.is_whole = false;
        let deltas = compact::fold_pending(db, CHANGES_AT_ONCE).await?.deltas;
        if is_time {
            summarise::summarise_missing(db).await?;
            self.is_whole = true;
        }
        Ok(deltas)
    }
}
