//! Events that come late, twice, out of order and by two ways become each one line, in order as far as that can be known.
//! Pure: time comes from outside.

use std::collections::hash_map::{DefaultHasher, Entry};
use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash as _, Hasher as _};

use crate::aws::log_events::Event;

/// What was seen, and what waits for earlier events that may still come.
#[derive(Debug, Default)]
pub struct Window {
    /// The lane and the time of each event that may be read again.
    seen: HashMap<String, (usize, i64)>,
    /// How often a content came by each way. Live Tail tells no ids, and equal lines in one millisecond are several lines.
    copies: HashMap<u128, Copies>,
    /// By time, then in the order of arrival.
    waiting: BTreeMap<(i64, u64), (usize, Event)>,
    arrivals: u64,
}

/// Events of one content that came by one way and not, as yet, by the other.
#[derive(Debug)]
struct Copies {
    lane: usize,
    at_ms: i64,
    read: u32,
    tailed: u32,
}

impl Window {
    /// Takes an event of a lane in that was read; one that was here before, also by Live Tail, is dropped.
    pub fn take_in(&mut self, lane: usize, event: Event) {
        match self.seen.entry(event.id.clone()) {
            Entry::Occupied(_) => return,
            Entry::Vacant(place) => place.insert((lane, event.at_ms)),
        };
        let copies = self.copies_of(lane, &event);
        if copies.tailed > 0 {
            copies.tailed -= 1;
            return;
        }
        copies.read += 1;
        self.wait(lane, event);
    }

    /// Takes an event in that Live Tail brought; one that was read before is dropped.
    pub fn take_in_tailed(&mut self, lane: usize, event: Event) {
        let copies = self.copies_of(lane, &event);
        if copies.read > 0 {
            copies.read -= 1;
            return;
        }
        copies.tailed += 1;
        self.wait(lane, event);
    }

    /// The events before `until_ms`, in order. What came too late to be in order is among them.
    pub fn release(&mut self, until_ms: i64) -> Vec<(usize, Event)> {
        let later = self.waiting.split_off(&(until_ms, 0));
        std::mem::replace(&mut self.waiting, later).into_values().collect()
    }

    /// When the first event that waits happened.
    pub fn first_waiting(&self) -> Option<i64> {
        self.waiting.first_key_value().map(|((at_ms, _), _)| *at_ms)
    }

    /// Events that wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Events that are remembered.
    pub fn remembered(&self) -> usize {
        self.seen.len()
    }

    /// Forgets what cannot come again: of each lane nothing before `from_ms(lane)` is read any more.
    pub fn forget_before(&mut self, from_ms: impl Fn(usize) -> i64) {
        self.seen.retain(|_, (lane, at_ms)| *at_ms >= from_ms(*lane));
        self.copies.retain(|_, copies| copies.at_ms >= from_ms(copies.lane));
    }

    fn wait(&mut self, lane: usize, event: Event) {
        self.waiting.insert((event.at_ms, self.arrivals), (lane, event));
        self.arrivals += 1;
    }

    fn copies_of(&mut self, lane: usize, event: &Event) -> &mut Copies {
        // Two hashes of 64 bits: that two contents share both is less likely than a disk that errs.
        let hash = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            (salt, lane, event.at_ms, &event.stream, event.message.trim_end_matches('\n')).hash(&mut hasher);
            u128::from(hasher.finish())
        };
        let fresh = Copies { lane, at_ms: event.at_ms, read: 0, tailed: 0 };
        self.copies.entry((hash(0) << 64) | hash(1)).or_insert(fresh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, at_ms: i64, message: &str) -> Event {
        Event { id: id.to_owned(), at_ms, stream: "s".to_owned(), message: message.to_owned() }
    }

    fn shown(window: &mut Window) -> Vec<String> {
        window.release(i64::MAX).into_iter().map(|(_, event)| event.message).collect()
    }

    #[test]
    fn an_event_that_comes_by_both_ways_is_shown_once_whichever_is_first() {
        let mut window = Window::default();
        window.take_in_tailed(0, event("", 1, "tailed first"));
        window.take_in(0, event("a", 1, "tailed first"));
        window.take_in(0, event("b", 2, "read first"));
        window.take_in_tailed(0, event("", 2, "read first"));
        window.take_in(0, event("b", 2, "read first"));
        assert_eq!(shown(&mut window), ["tailed first", "read first"]);
    }

    #[test]
    fn equal_lines_of_one_millisecond_are_as_many_lines_as_were_logged() {
        let mut window = Window::default();
        // Three were logged; Live Tail, which samples, brings two of them, after one was read.
        window.take_in(0, event("a", 1, "again"));
        window.take_in_tailed(0, event("", 1, "again"));
        window.take_in_tailed(0, event("", 1, "again"));
        for id in ["a", "b", "c"] {
            window.take_in(0, event(id, 1, "again"));
        }
        assert_eq!(shown(&mut window).len(), 3);
        // Of another task, they are others.
        window.take_in(1, event("d", 1, "again"));
        assert_eq!(shown(&mut window).len(), 1);
    }

    #[test]
    fn what_is_forgotten_leaves_nothing_behind() {
        let mut window = Window::default();
        window.take_in(0, event("a", 10, "x"));
        window.take_in_tailed(1, event("", 10, "y"));
        window.release(i64::MAX);
        window.forget_before(|lane| if lane == 0 { 5 } else { 11 });
        assert_eq!((window.seen.len(), window.copies.len()), (1, 1));
        window.forget_before(|_| 11);
        assert_eq!((window.seen.len(), window.copies.len(), window.waiting()), (0, 0, 0));
    }
}
