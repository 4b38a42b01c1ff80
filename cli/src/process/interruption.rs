//! Interruptions of this program: SIGINT, SIGTERM and SIGHUP, and who looks after them. Ends nothing itself.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::signal::unix::{self, SignalKind, signal};

/// An interruption of this program is heard of sooner than this.
const MOMENT: Duration = Duration::from_secs(1);

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

/// Lets an interruption of this program come before what it did to a child, which ended so: until a child has a process
/// group of its own, a terminal interrupts it too, and then its end is no failure that anybody should read of.
pub(super) async fn leads(ended: ExitStatus) {
    let signals = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    if ended.signal().is_some_and(|number| signals.iter().any(|kind| kind.as_raw_value() == number)) {
        tokio::time::sleep(MOMENT).await;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::{ChildTalk, Heard, Invocation};

    fn shell(script: &str) -> Invocation {
        Invocation::new("/bin/sh").arguments(["-c", script])
    }

    #[tokio::test]
    async fn an_interruption_comes_before_the_failure_of_a_child_that_it_reached_too() {
        let folder = tempfile::tempdir().unwrap();
        // SIGINT may be ignored where tests run, and no shell can change that.
        let interrupted = shell("kill -TERM $$");
        for watched in [false, true] {
            let child = async {
                if watched {
                    let ended = interrupted.run_watched(folder.path(), |_: Heard<'_>| ()).await;
                    ended.map(|ended| ended.status)
                } else {
                    interrupted.run_to_end(ChildTalk::Kept).await.map(|ended| ended.status)
                }
            };
            tokio::select! {
                ended = child => panic!("{ended:?} came first"),
                () = tokio::time::sleep(MOMENT / 2) => {}
            }
        }
    }

    #[tokio::test]
    async fn who_interrupts_a_child_alone_is_told_of_its_end() {
        let failure = shell("kill -TERM $$").run(ChildTalk::Kept).await.unwrap_err();
        assert!(failure.to_string().ends_with("ended with signal 15"), "{failure}");
    }
}
