//! Watches the data version: one task for the process, however many streams listen. Writes nothing.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::db::Db;

/// Time between two looks at the version.
const INTERVAL: Duration = Duration::from_millis(250);
/// Longest answer that is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// So many looks in a row must see an older version than is known before it is believed: a replica may lag for a
/// moment, while a database that was restored stays behind.
const LOOKS_BEHIND: u32 = 8;

/// The latest data version that this process has seen.
#[derive(Debug, Clone)]
pub struct Changes {
    version: Arc<watch::Sender<Option<i64>>>,
}

impl Default for Changes {
    fn default() -> Self {
        Self { version: Arc::new(watch::Sender::new(None)) }
    }
}

impl Changes {
    /// Follows the version; `None` until the first look.
    pub fn subscribe(&self) -> watch::Receiver<Option<i64>> {
        self.version.subscribe()
    }

    /// Tells listeners of `version` at once; an older one than known is ignored.
    pub fn tell(&self, version: i64) {
        self.version.send_if_modified(|known| {
            let newer = known.is_none_or(|known| version > known);
            if newer {
                *known = Some(version);
            }
            newer
        });
    }

    /// Tells of what one look saw. `behind` counts the looks in a row that saw an older version than is known.
    fn look(&self, version: i64, behind: &mut u32) {
        let is_behind = self.version.borrow().is_some_and(|known| version < known);
        *behind = if is_behind { *behind + 1 } else { 0 };
        if *behind >= LOOKS_BEHIND {
            *behind = 0;
            tracing::warn!(version, "the data version has gone back: the database was restored, it seems");
            self.version.send_replace(Some(version));
        } else {
            self.tell(version);
        }
    }

    /// Looks at the version while somebody listens, until `shutdown`.
    pub async fn watch(self, db: Db, shutdown: CancellationToken) {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut away, mut behind) = (false, 0);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = ticks.tick() => {}
            }
            if self.version.receiver_count() == 0 {
                continue;
            }
            let failure = match tokio::time::timeout(PATIENCE, db.data_version()).await {
                Ok(Ok(version)) => {
                    away = false;
                    self.look(version, &mut behind);
                    continue;
                }
                Ok(Err(error)) => format!("{error:#}"),
                Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
            };
            // Said once, not four times a second.
            if !away {
                tracing::warn!(error = failure, "the data version cannot be read; streams wait");
            }
            away = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_newer_versions_are_told() {
        let changes = Changes::default();
        let mut listener = changes.subscribe();
        changes.tell(4);
        assert!(listener.has_changed().unwrap());
        assert_eq!(*listener.borrow_and_update(), Some(4));
        changes.tell(3);
        changes.tell(4);
        assert!(!listener.has_changed().unwrap());
    }

    #[test]
    fn a_version_that_stays_behind_is_that_of_a_restored_database() {
        let changes = Changes::default();
        let mut listener = changes.subscribe();
        changes.tell(90);
        listener.mark_unchanged();
        let mut behind = 0;
        for version in
            [7; LOOKS_BEHIND as usize - 1].into_iter().chain([90]).chain([7; LOOKS_BEHIND as usize - 1])
        {
            changes.look(version, &mut behind);
        }
        assert!(!listener.has_changed().unwrap(), "a replica that lags is not believed");
        changes.look(7, &mut behind);
        assert_eq!(*listener.borrow_and_update(), Some(7));
        changes.look(8, &mut behind);
        assert_eq!(*listener.borrow_and_update(), Some(8));
    }
}
