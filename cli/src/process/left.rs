//! What becomes of processes that nobody waits for any more: asked to end, killed, or left to put the world in order.
//! Starts none.

use std::process::ExitStatus;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use super::{Heard, Interruptions};
use crate::failure::{Doing as _, Failure};

/// How long an interrupted child may take to end by itself.
const CHILD_GRACE: Duration = Duration::from_secs(2);
/// How long a child that changes the world may take to put it in order.
const GENTLE_GRACE: Duration = Duration::from_mins(15);
/// Time between two words about a child that puts the world in order.
const AWAITED_INTERVAL: Duration = Duration::from_secs(30);

/// A child in the background.
#[derive(Debug)]
pub struct Detached {
    child: std::process::Child,
    released: bool,
}

impl Detached {
    pub(super) fn new(child: std::process::Child) -> Self {
        Self { child, released: false }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, when it has.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>, Failure> {
        self.child.try_wait().doing(|| "watch the API".to_owned())
    }

    /// Lets it live on.
    pub fn release(mut self) {
        self.released = true;
    }
}

impl Drop for Detached {
    fn drop(&mut self) {
        if self.released || matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        let Some(group) = pid_of(self.child.id()) else { return };
        end_group(group, || matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)));
        let _ = self.child.wait();
    }
}

/// How to end a process.
#[derive(Debug, Clone, Copy)]
pub enum Ending {
    /// Ask it to finish what it is doing (SIGTERM).
    Ask,
    /// End it now (SIGKILL).
    Force,
}

/// Signals a process that somebody else started. A process that is gone is no failure.
pub fn end_process(pid: u32, ending: Ending) -> Result<(), Failure> {
    let signal = match ending {
        Ending::Ask => Signal::TERM,
        Ending::Force => Signal::KILL,
    };
    let Some(pid) = pid_of(pid) else { return Ok(()) };
    match rustix::process::kill_process(pid, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(Failure::failed(format!("cannot signal process {pid}: {error}"))),
    }
}

/// A child that must not be killed: dropping it interrupts it once, and waits. Whoever is impatient is told what is
/// waited for, and no more is done to it: a second SIGINT makes Terraform leave without writing its state.
pub(super) struct Gentle<F: FnMut(Heard<'_>)> {
    pub(super) child: std::process::Child,
    pub(super) on_heard: F,
}

impl<F: FnMut(Heard<'_>)> Drop for Gentle<F> {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        if let Some(pid) = pid_of(self.child.id()) {
            let _ = rustix::process::kill_process(pid, Signal::INT);
        }
        let (began, mut interruptions) = (Instant::now(), Interruptions::listen());
        (self.on_heard)(Heard::Awaited(Duration::ZERO));
        let mut next_word = AWAITED_INTERVAL;
        while began.elapsed() < GENTLE_GRACE {
            if matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            if interruptions.came() || began.elapsed() >= next_word {
                (self.on_heard)(Heard::Awaited(began.elapsed()));
                next_word = began.elapsed() + AWAITED_INTERVAL;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Ends a child's process group when the command is dropped before the child has ended.
pub(super) struct GroupGuard(Option<Pid>);

impl GroupGuard {
    pub(super) fn new(pid: Option<u32>) -> Self {
        Self(pid.and_then(pid_of))
    }

    pub(super) fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for GroupGuard {
    fn drop(&mut self) {
        let Some(group) = self.0 else { return };
        end_group(group, || rustix::process::test_kill_process_group(group).is_err());
    }
}

/// Asks a process group to end, and kills it where it has not after a while.
fn end_group(group: Pid, mut is_gone: impl FnMut() -> bool) {
    let _ = rustix::process::kill_process_group(group, Signal::TERM);
    let deadline = Instant::now() + CHILD_GRACE;
    while Instant::now() < deadline {
        if is_gone() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = rustix::process::kill_process_group(group, Signal::KILL);
}

fn pid_of(pid: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(pid).ok()?)
}
