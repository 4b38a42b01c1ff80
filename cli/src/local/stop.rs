//! Ends the API: asks, waits, then forces. Never touches a process that is not the recorded one.

use std::time::{Duration, Instant};

use super::state::Api;
use crate::failure::Failure;
use crate::process::{Ending, end_process};

/// The API finishes requests under way before it ends; its own limit is shorter than this.
const GRACE: Duration = Duration::from_secs(15);
const FORCED_GRACE: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(50);

/// How the API ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It was not running.
    WasNotRunning,
    /// It ended when asked.
    Gracefully,
    /// It had to be killed.
    Forcefully,
}

/// Stops `api` and waits until it is gone.
pub async fn stop(api: &Api) -> Result<Stopped, Failure> {
    if !api.is_alive() {
        return Ok(Stopped::WasNotRunning);
    }
    end_process(api.pid, Ending::Ask)?;
    if gone_within(api, GRACE).await {
        return Ok(Stopped::Gracefully);
    }
    end_process(api.pid, Ending::Force)?;
    if gone_within(api, FORCED_GRACE).await {
        return Ok(Stopped::Forcefully);
    }
    Err(Failure::timed_out(format!("process {} is still there {FORCED_GRACE:?} after SIGKILL", api.pid)))
}

async fn gone_within(api: &Api, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    while api.is_alive() {
        if Instant::now() >= deadline {
            return false;
        }
        tokio::time::sleep(POLL).await;
    }
    true
}
