//! Transactions that the server refuses for the moment, tried again for a while.

use std::time::{Duration, Instant};

use anyhow::Result;

/// Runs `step`, a whole transaction, again while the server answers with an error that `refused` knows; gives up
/// after about half a minute.
pub async fn retrying<T, F>(refused: fn(&sqlx::Error) -> bool, step: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let mut attempts = Attempts::default();
    loop {
        match step().await {
            Err(error) if error.downcast_ref().is_some_and(refused) && attempts.again().await => {}
            other => return other,
        }
    }
}

/// Tries of one transaction that the server keeps refusing: waits between them, longer each time, and gives up.
#[derive(Debug)]
struct Attempts {
    started: Instant,
    failed: u32,
}

impl Default for Attempts {
    fn default() -> Self {
        Self { started: Instant::now(), failed: 0 }
    }
}

impl Attempts {
    /// Tries may themselves wait for a lock, so the clock decides, not their number.
    const MOST: Duration = Duration::from_secs(30);

    /// Waits and returns true when another try is due.
    async fn again(&mut self) -> bool {
        self.failed += 1;
        if self.started.elapsed() >= Self::MOST {
            return false;
        }
        let mut random = [0_u8; 2];
        // Without random numbers the waits are merely equal.
        let _ = getrandom::fill(&mut random);
        let spread = u64::from(u16::from_le_bytes(random));
        let ceiling_millis = (5_u64 << self.failed.min(8)).min(1_000);
        tokio::time::sleep(Duration::from_millis(1 + spread * ceiling_millis / 65_536)).await;
        true
    }
}
