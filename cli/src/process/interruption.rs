//! Interruptions of this program: SIGINT, SIGTERM and SIGHUP, and who looks after them. Ends nothing itself.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt as _;
use tokio::signal::unix::{self, SignalKind, signal};

/// How many commands look after interruptions themselves.
static ATTENDED: AtomicUsize = AtomicUsize::new(0);

/// Waits for SIGINT, SIGTERM or SIGHUP.
pub async fn interruption() {
    let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hang_up)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()), signal(SignalKind::hangup()))
    else {
        // Without handlers the signals keep their default: they end this process.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
}

/// Waits for an interruption that no `Attended` looks after.
pub async fn unattended_interruption() {
    loop {
        interruption().await;
        if ATTENDED.load(Ordering::SeqCst) == 0 {
            return;
        }
    }
}

/// While one lives, its holder looks after interruptions, and has something to do before it ends.
#[derive(Debug)]
pub struct Attended(());

impl Attended {
    /// From now on.
    pub fn begin() -> Self {
        ATTENDED.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Attended {
    fn drop(&mut self) {
        ATTENDED.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Interruptions for waits that block, and so are not dropped at one.
#[derive(Debug)]
pub struct Interruptions(Vec<unix::Signal>);

impl Interruptions {
    /// Those that come from now on.
    pub fn listen() -> Self {
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        Self(kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect())
    }

    /// Whether one came since the last question.
    pub fn came(&mut self) -> bool {
        // Each is asked, so that one does not hide another for later.
        let came = self.0.iter_mut().filter_map(|signal| signal.recv().now_or_never().flatten());
        came.count() > 0
    }
}
