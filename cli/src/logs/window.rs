//! Events that come late, twice and out of order become each one line, in order as far as that can be known. Pure: time
//! comes from outside.

use std::collections::{BTreeMap, HashMap};

use crate::aws::log_events::Event;

/// What was seen, and what waits for earlier events that may still come.
#[derive(Debug)]
pub struct Window {
    overlap_ms: i64,
    hold_ms: i64,
    /// When each event happened that may come again.
    seen: HashMap<String, i64>,
    /// By time, then in the order of arrival.
    waiting: BTreeMap<(i64, u64), (usize, Event)>,
    arrivals: u64,
}

impl Window {
    /// Events are read again for `overlap_ms` after they happened, and wait `hold_ms` for earlier ones.
    pub fn new(overlap_ms: i64, hold_ms: i64) -> Self {
        Self { overlap_ms, hold_ms, seen: HashMap::new(), waiting: BTreeMap::new(), arrivals: 0 }
    }

    /// Takes an event of a lane in; one that was here before is dropped.
    pub fn take_in(&mut self, lane: usize, event: Event) {
        if self.seen.contains_key(&event.id) {
            return;
        }
        self.seen.insert(event.id.clone(), event.at_ms);
        self.waiting.insert((event.at_ms, self.arrivals), (lane, event));
        self.arrivals += 1;
    }

    /// The events that have waited long enough at `now_ms`, in order. What came too late to be in order comes at once.
    pub fn release(&mut self, now_ms: i64) -> Vec<(usize, Event)> {
        let later = self.waiting.split_off(&(now_ms - self.hold_ms, 0));
        std::mem::replace(&mut self.waiting, later).into_values().collect()
    }

    /// Forgets what cannot come again: nothing before `from_ms` is read any more.
    pub fn forget_before(&mut self, from_ms: i64) {
        self.seen.retain(|_, at_ms| *at_ms >= from_ms);
    }

    /// Where reading has to begin at `now_ms` so that nothing late is missed.
    pub fn begin(&self, now_ms: i64) -> i64 {
        now_ms - self.overlap_ms
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event(number: i64, at_ms: i64) -> Event {
        Event { id: format!("id-{number}"), at_ms, stream: "s".to_owned(), message: number.to_string() }
    }

    proptest! {
        /// A day's worth of ticks in small: each event is delivered some seconds late, again and again while it is in
        /// the overlap, in any order.
        #[test]
        fn each_event_once_and_those_in_time_in_order(
            lateness in proptest::collection::vec(0_i64..60_000, 1..200),
            shuffle in any::<u64>(),
        ) {
            let mut window = Window::new(62_000, 3_000);
            let happened: Vec<Event> = (0..).zip(&lateness).map(|(number, _)| event(number, number * 700)).collect();
            let end = 700 * i64::try_from(lateness.len()).unwrap() + 70_000;
            let mut printed: Vec<Event> = Vec::new();
            let mut random = shuffle | 1;
            for now in (0..end).step_by(2_000) {
                let from = window.begin(now);
                let mut there: Vec<&Event> = happened.iter().zip(&lateness)
                    .filter(|(event, late)| event.at_ms >= from && event.at_ms + **late <= now)
                    .map(|(event, _)| event).collect();
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let middle = usize::try_from(random % 7).unwrap().min(there.len());
                there.rotate_left(middle);
                for event in there {
                    window.take_in(0, event.clone());
                }
                let released: Vec<Event> = window.release(now).into_iter().map(|(_, event)| event).collect();
                prop_assert!(released.is_sorted_by_key(|event| event.at_ms));
                printed.extend(released);
                window.forget_before(from);
            }
            // Those that came within the hold stand in order among each other.
            let in_time: Vec<i64> = printed.iter()
                .filter(|event| lateness[event.message.parse::<usize>().unwrap()] < 1_000)
                .map(|event| event.at_ms).collect();
            prop_assert!(in_time.is_sorted());
            let mut ids: Vec<&String> = printed.iter().map(|event| &event.id).collect();
            ids.sort();
            let all = ids.len();
            ids.dedup();
            prop_assert_eq!((ids.len(), all), (lateness.len(), lateness.len()));
            prop_assert!(window.seen.len() <= 62_000 / 700 + 2, "memory grows");
        }
    }
}
