//! Follows lanes: what to read next, when, and which events can be shown by now. Each lane is read page by page; trouble
//! that passes costs a lane no page and the others nothing; what is held does not grow with the time that is read.
//! Pure: it reads nothing and knows no clock; see `commands/logs_aws/follow.rs`.

#[cfg(test)]
mod simulation;

use std::time::Duration;

use super::window::Window;
use crate::aws::log_events::{Event, Page, Trouble};
use crate::failure::Failure;
use crate::http;

/// Between two looks, events this late are seen at once; later ones by the next sweep.
const QUICK_OVERLAP_MS: i64 = 5_000;
/// Every so many looks everything that may have come late is read again.
const LOOKS_PER_SWEEP: u32 = 5;
/// With as many events waiting, only the lane that is behind is read on.
const MOST_WAITING: usize = 20_000;
/// So many ids cost next to nothing, and are not looked through for those that cannot come again.
const FEW: usize = 10_000;
/// After as many failures in a row, the others no longer wait for a lane.
const PATIENCE: u32 = 4;

/// How to follow.
#[derive(Debug, Clone)]
pub struct Pace {
    /// Between two looks.
    pub interval: Duration,
    /// How late an event may be delivered and still be shown.
    pub overlap: Duration,
    /// How long an event waits for earlier ones.
    pub hold: Duration,
}

/// A follower of lanes.
#[derive(Debug)]
pub struct Live {
    interval_ms: i64,
    overlap_ms: i64,
    hold_ms: i64,
    lanes: Vec<Reading>,
    window: Window,
    /// Events that were remembered when it was last looked through for old ones.
    remembered: usize,
    /// Whether Live Tail brings what is new, so that reading is for what is late.
    tailing: bool,
    in_trouble: bool,
}

/// How far a lane is read.
#[derive(Debug)]
struct Reading {
    /// Up to here everything was read at least once.
    read_until_ms: i64,
    /// Where the next sweep begins.
    sweep_from_ms: i64,
    looks: u32,
    round: Option<Round>,
    /// When to ask next; none while it is being asked.
    due_ms: Option<i64>,
    /// In a row.
    failures: u32,
}

/// One reading of a time, page after page.
#[derive(Debug)]
struct Round {
    from_ms: i64,
    began_ms: i64,
    /// Pages follow each other in time: this far everything of it has come.
    reached_ms: i64,
    token: Option<String>,
    sweeps: bool,
}

/// A page to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Number of the lane.
    pub lane: usize,
    /// First millisecond.
    pub from_ms: i64,
    /// Of the page; none for the first one.
    pub token: Option<String>,
}

impl Live {
    /// Follows so many lanes from `from_ms` on.
    pub fn new(lanes: usize, pace: &Pace, from_ms: i64) -> Self {
        let reading = || Reading {
            read_until_ms: from_ms,
            sweep_from_ms: from_ms,
            looks: 0,
            round: None,
            due_ms: Some(i64::MIN),
            failures: 0,
        };
        Self {
            interval_ms: millis(pace.interval),
            overlap_ms: millis(pace.overlap),
            hold_ms: millis(pace.hold),
            lanes: (0..lanes).map(|_| reading()).collect(),
            window: Window::default(),
            remembered: 0,
            tailing: false,
            in_trouble: false,
        }
    }

    /// The pages to ask for at `now_ms`; each has to be answered before its lane is asked for another one.
    pub fn asks(&mut self, now_ms: i64) -> Vec<Ask> {
        let frontier = self.frontier(now_ms);
        let is_due = |lane: &Reading| lane.due_ms.is_some_and(|due| due <= now_ms);
        let due: Vec<usize> = (0..self.lanes.len())
            .filter(|&number| is_due(&self.lanes[number]) && !self.waits(&self.lanes[number], frontier))
            .collect();
        let mut asks = Vec::new();
        for number in due {
            let lane = &mut self.lanes[number];
            lane.due_ms = None;
            let round = lane.round.take().unwrap_or_else(|| lane.new_round(now_ms));
            asks.push(Ask { lane: number, from_ms: round.from_ms, token: round.token.clone() });
            lane.round = Some(round);
        }
        asks
    }

    /// Takes the answer to an ask in. Says what hinders reading when that is news; fails only where waiting would not help.
    pub fn answered(
        &mut self,
        number: usize,
        answer: Result<Page, Trouble>,
        now_ms: i64,
    ) -> Result<Option<String>, Failure> {
        let lane = &mut self.lanes[number];
        let Some(round) = &mut lane.round else { return Ok(None) };
        let trouble = match answer {
            Ok((events, next)) => {
                lane.failures = 0;
                let newest = events.iter().map(|event| event.at_ms).max();
                round.reached_ms = newest.unwrap_or(round.reached_ms).clamp(round.reached_ms, round.began_ms);
                round.token = next;
                lane.due_ms = Some(now_ms);
                if round.token.is_none() {
                    let every = if self.tailing { i64::from(LOOKS_PER_SWEEP) } else { 1 };
                    lane.end_round(self.overlap_ms, self.tailing);
                    lane.due_ms = Some(now_ms + every * self.interval_ms);
                }
                for event in events {
                    self.window.take_in(number, event);
                }
                self.forget();
                let over = self.in_trouble && self.lanes.iter().all(|lane| lane.failures == 0);
                self.in_trouble &= !over;
                return Ok(over.then(|| "reading again; nothing was missed".to_owned()));
            }
            Err(trouble) => trouble,
        };
        lane.failures += 1;
        lane.due_ms = Some(now_ms + millis(http::backoff(lane.failures)));
        match trouble {
            Trouble::Passing(failure) => {
                let news = !self.in_trouble;
                self.in_trouble = true;
                Ok(news.then(|| format!("{failure}; trying again until it works")))
            }
            // Tokens are good for a day: after a longer absence the lane is read again from where it was.
            Trouble::Lasting(_) if round.token.take().is_some() => {
                round.from_ms = round.from_ms.max(round.reached_ms - self.overlap_ms);
                Ok(None)
            }
            Trouble::Lasting(failure) => Err(failure),
        }
    }

    /// Takes an event in that Live Tail brought.
    pub fn tailed(&mut self, lane: usize, event: Event) {
        self.window.take_in_tailed(lane, event);
    }

    /// Live Tail brings everything from now on, so that only what is late has to be read; or it does not any more.
    pub fn set_tailing(&mut self, tailing: bool, now_ms: i64) {
        self.tailing = tailing;
        // What came between the last look and the change is read at once.
        for lane in &mut self.lanes {
            lane.due_ms = lane.due_ms.map(|due| if lane.failures == 0 { due.min(now_ms) } else { due });
        }
    }

    /// The events that can be shown at `now_ms`, in order.
    pub fn release(&mut self, now_ms: i64) -> Vec<(usize, Event)> {
        let until_ms = self.frontier(now_ms).min(now_ms) - self.hold_ms;
        self.window.release(until_ms)
    }

    /// Whether what was there at the beginning has been read, as far as it can be.
    pub fn caught_up(&self) -> bool {
        self.lanes.iter().all(|lane| lane.looks > 0 || lane.failures >= PATIENCE)
    }

    /// When there is something to do, as far as that is known at `now_ms`: an answer can come before.
    pub fn wake_ms(&self, now_ms: i64) -> i64 {
        let frontier = self.frontier(now_ms);
        let lanes = self.lanes.iter().filter(|lane| !self.waits(lane, frontier));
        let event = self.window.first_waiting().map(|at_ms| at_ms + self.hold_ms + 1);
        let event = event.filter(|ready| *ready <= frontier);
        lanes.filter_map(|lane| lane.due_ms).chain(event).min().unwrap_or(i64::MAX)
    }

    /// Events in memory: those that wait, and ids that may come again.
    #[cfg(test)]
    pub fn held(&self) -> (usize, usize) {
        (self.window.waiting(), self.window.remembered())
    }

    /// Whether a lane that is ahead has to wait for those that are behind, so that memory holds what is between them.
    fn waits(&self, lane: &Reading, frontier: i64) -> bool {
        self.window.waiting() >= MOST_WAITING && lane.reached() > frontier
    }

    /// Up to here every lane has been read that is not in lasting trouble.
    fn frontier(&self, now_ms: i64) -> i64 {
        let behind = now_ms - self.overlap_ms;
        let counts = |lane: &&Reading| {
            // What Live Tail brings is not waited for; what was before it is.
            lane.failures < PATIENCE && !(self.tailing && lane.reached() > behind)
        };
        self.lanes.iter().filter(counts).map(Reading::reached).min().unwrap_or(i64::MAX)
    }

    fn forget(&mut self) {
        if self.window.remembered() <= 2 * self.remembered + FEW {
            return;
        }
        let begins: Vec<i64> = self.lanes.iter().map(|lane| lane.comes_again_from(self.overlap_ms)).collect();
        self.window.forget_before(|lane| begins[lane]);
        self.remembered = self.window.remembered();
    }
}

impl Reading {
    fn new_round(&self, now_ms: i64) -> Round {
        let sweeps = self.looks.is_multiple_of(LOOKS_PER_SWEEP);
        let from_ms = if sweeps { self.sweep_from_ms } else { self.read_until_ms - QUICK_OVERLAP_MS };
        let from_ms = from_ms.max(self.sweep_from_ms);
        Round { from_ms, began_ms: now_ms.max(from_ms), reached_ms: from_ms, token: None, sweeps }
    }

    fn end_round(&mut self, overlap_ms: i64, tailing: bool) {
        let Some(round) = self.round.take() else { return };
        self.read_until_ms = self.read_until_ms.max(round.began_ms);
        if round.sweeps {
            self.sweep_from_ms = self.sweep_from_ms.max(round.began_ms - overlap_ms);
        }
        // Beside Live Tail every look is for what is late.
        self.looks = if tailing { LOOKS_PER_SWEEP } else { self.looks % LOOKS_PER_SWEEP + 1 };
    }

    /// Up to here everything was read at least once.
    fn reached(&self) -> i64 {
        self.round.as_ref().map_or(self.read_until_ms, |round| round.reached_ms.max(self.read_until_ms))
    }

    /// Nothing before this is read again.
    fn comes_again_from(&self, overlap_ms: i64) -> i64 {
        // A sweep does not go back to what it has read, and the next one begins after it.
        let sweep = self.round.as_ref().filter(|round| round.sweeps);
        sweep.map_or(self.sweep_from_ms, |sweep| self.sweep_from_ms.max(sweep.reached_ms - overlap_ms))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
