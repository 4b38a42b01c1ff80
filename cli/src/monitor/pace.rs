//! When the next look begins: at a steady beat that does not drift, slower while AWS takes no more calls. Pure.

use std::time::Duration;

use tokio::time::Instant;

/// Looks are at most so many times rarer than asked for.
const SLOWEST: u32 = 8;

/// A beat.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    interval: Duration,
    due: Instant,
    slowness: u32,
}

impl Pace {
    /// A beat that begins `now`.
    pub fn new(interval: Duration, now: Instant) -> Self {
        Self { interval, due: now, slowness: 1 }
    }

    /// When the next look is due.
    pub fn due(&self) -> Instant {
        self.due
    }

    /// Lets the next look begin `now`, and those after it from there on.
    pub fn at_once(&mut self, now: Instant) {
        self.due = now;
    }

    /// A look is over at `now`. Beats that passed meanwhile are left out.
    pub fn looked(&mut self, throttled: bool, now: Instant) {
        self.slowness = if throttled { (self.slowness * 2).min(SLOWEST) } else { 1 };
        let wait = self.interval * self.slowness;
        self.due += wait;
        if self.due <= now {
            let late = now.duration_since(self.due).as_nanos();
            let beats = late / self.interval.as_nanos().max(1) + 1;
            self.due += self.interval * u32::try_from(beats).unwrap_or(u32::MAX);
        }
    }

    /// What to say of the time between two looks, where it is longer than asked for.
    pub fn notice(&self) -> Option<String> {
        let seconds = (self.interval * self.slowness).as_secs();
        (self.slowness > 1).then(|| format!("AWS takes no more calls for now: looking every {seconds} s"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(30);

    #[test]
    fn a_day_of_looks_does_not_drift() {
        let start = Instant::now();
        let mut pace = Pace::new(INTERVAL, start);
        let mut looks = 0_u32;
        while pace.due() < start + Duration::from_hours(24) {
            assert_eq!(pace.due(), start + INTERVAL * looks);
            // Looks take between no time and a little less than a beat.
            let taken = Duration::from_millis(u64::from(looks % 299) * 100);
            pace.looked(false, pace.due() + taken);
            looks += 1;
        }
        assert_eq!(looks, 2_880);
    }

    #[test]
    fn beats_that_passed_are_left_out() {
        let start = Instant::now();
        let mut pace = Pace::new(INTERVAL, start);
        pace.looked(false, start + Duration::from_secs(95));
        assert_eq!(pace.due(), start + Duration::from_mins(2));
    }

    #[test]
    fn throttling_slows_down_and_an_answer_ends_it() {
        let start = Instant::now();
        let mut pace = Pace::new(INTERVAL, start);
        let mut waits = Vec::new();
        for throttled in [true, true, true, true, false] {
            let before = pace.due();
            pace.looked(throttled, before);
            waits.push((pace.due() - before).as_secs());
        }
        assert_eq!(waits, [60, 120, 240, 240, 30]);
        assert_eq!(pace.notice(), None);
    }
}
