//! A long watch over the wire: its memory does not grow with the number of its looks.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::{aws::StandIn, skipped, tasks};

/// Looks until everything that is kept for a while is there, and looks after which no more is kept.
const LOOKS: [usize; 2] = [30, 130];
/// What an allocator may do in between. A watch that kept its looks at so many tasks would need several times as much.
const MOST_MIB: usize = 4;

#[test]
fn looks_at_many_tasks_leave_nothing_behind() {
    if !cfg!(target_os = "linux") {
        skipped::say("memory of a long watch: only Linux tells a program's memory in a file");
        return;
    }
    let looks = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&looks);
    let account = StandIn::start(move |call| {
        if call.action == "GET /health" {
            counted.fetch_add(1, Ordering::SeqCst);
        }
        tasks::many(call, 400, 100)
    });
    let machine = account.machine();
    let arguments = ["monitor", "--env", "staging", "--continuous", "--interval", "1ms"];
    let mut command = machine.command(&arguments);
    let mut watch = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_mins(1);
    let resident = LOOKS.map(|after| {
        while looks.load(Ordering::SeqCst) < after && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
        resident_mib(watch.id())
    });
    watch.kill().unwrap();
    watch.wait().unwrap();
    let looks = looks.load(Ordering::SeqCst);
    assert!(looks >= LOOKS[1], "{looks} looks in a minute");
    let [Some(early), Some(late)] = resident else { unreachable!("the watch ended") };
    assert!(late <= early + MOST_MIB, "MiB after {LOOKS:?} looks: {early}, {late}");
}

/// None of a program that ended.
fn resident_mib(pid: u32) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?;
    kib.parse::<usize>().ok().map(|kib| kib / 1024)
}
