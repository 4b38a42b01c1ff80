//! Tells a process from a later one with the same id, so that a recycled id is never taken for the API.

/// A mark of the process with this id: which boot, and when in it the process started. `None` when there is no
/// such process, or only its zombie.
#[cfg(target_os = "linux")]
pub(super) fn start_mark(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let ticks = start_ticks(&stat)?;
    Some(format!("{}/{ticks}", boot.trim()))
}

/// The start of the process as `ps` prints it; it is local time to the second, which is enough beside the id.
#[cfg(not(target_os = "linux"))]
pub(super) fn start_mark(pid: u32) -> Option<String> {
    let answer = crate::process::answer_of("ps", &["-o", "stat=,lstart=", "-p", &pid.to_string()])?;
    let (state, started) = answer.trim().split_once(char::is_whitespace)?;
    (!state.starts_with('Z')).then(|| started.trim().to_owned())
}

/// Start time in clock ticks since boot, from `/proc/<pid>/stat`. The name in parentheses may hold anything, so
/// fields are counted from the last parenthesis: state is the first of them, the start time the twentieth.
#[cfg(target_os = "linux")]
fn start_ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let dead = matches!(*fields.first()?, "Z" | "X");
    if dead { None } else { fields.get(19)?.parse().ok() }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_start_is_the_twenty_second_field_whatever_the_name() {
        let stat =
            "77 (a) Z (b) S 1 77 77 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 123456 1000 1 18446744073709551615";
        assert_eq!(start_ticks(stat), Some(123_456));
    }

    #[test]
    fn a_zombie_is_no_process() {
        let stat = "77 (api) Z 1 77 77 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 123456 0 0 0";
        assert_eq!(start_ticks(stat), None);
    }

    #[test]
    fn this_process_has_a_stable_mark_and_an_impossible_one_has_none() {
        let own = start_mark(std::process::id());
        assert!(own.is_some());
        assert_eq!(own, start_mark(std::process::id()));
        assert_eq!(start_mark(u32::MAX), None);
    }
}
