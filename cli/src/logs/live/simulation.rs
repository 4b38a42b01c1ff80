//! Following against a service that delivers late, twice, out of order and in pages, and refuses calls, with a clock that
//! runs as fast as it can.

use super::*;

/// A day.
const DAY_MS: i64 = 86_400_000;
const LANES: usize = 3;
const STREAMS: i64 = 200;
const START_MS: i64 = 1_700_000_000_000;

struct Stored {
    at_ms: i64,
    there_ms: i64,
    number: i64,
}

/// A service with events of several lanes, each in the order of time.
struct Service {
    lanes: Vec<Vec<Stored>>,
    page: usize,
    calls: u64,
    /// What was found for each answer that is not read to its end.
    open: Vec<(String, Vec<Event>)>,
}

impl Service {
    /// `count` events, one every `every_ms`; of three, one comes late, up to a minute.
    fn new(count: i64, every_ms: i64, page: usize) -> Self {
        let mut lanes: Vec<Vec<Stored>> = (0..LANES).map(|_| Vec::new()).collect();
        for number in 0..count {
            let at_ms = START_MS + number * every_ms;
            let late = if number % 3 == 0 { number * 7_919 % 60_000 } else { number * 31 % 1_900 };
            lanes[usize::try_from(number * 13 % 7).unwrap() % LANES].push(Stored {
                at_ms,
                there_ms: at_ms + late,
                number,
            });
        }
        Self { lanes, page, calls: 0, open: Vec::new() }
    }

    fn answer(&mut self, ask: &Ask, now_ms: i64) -> Result<Page, Trouble> {
        self.calls += 1;
        if self.calls.is_multiple_of(11) {
            return Err(Trouble::Passing(Failure::failed("Rate exceeded")));
        }
        let (name, start) = match &ask.token {
            Some(token) => {
                token.split_once('/').map(|(name, start)| (name.to_owned(), start.parse().unwrap()))
            }
            None => None,
        }
        .unwrap_or_else(|| (self.calls.to_string(), 0_usize));
        if start == 0 && ask.token.is_none() {
            let found = self.found(ask, now_ms);
            self.open.push((name.clone(), found));
        }
        let place = self.open.iter().position(|(known, _)| *known == name).unwrap();
        let found = &self.open[place].1;
        // Now and then a page has nothing and yet a token, as pages of a filter have.
        let end = if self.calls.is_multiple_of(7) { start } else { (start + self.page).min(found.len()) };
        let events = found[start..end].to_vec();
        if end < found.len() {
            return Ok((events, Some(format!("{name}/{end}"))));
        }
        self.open.remove(place);
        Ok((events, None))
    }

    /// What is there, disordered within a page, and every seventh event again a little later.
    fn found(&self, ask: &Ask, now_ms: i64) -> Vec<Event> {
        let lane = &self.lanes[ask.lane];
        let first = lane.partition_point(|event| event.at_ms < ask.from_ms);
        let there = lane[first..].iter().take_while(|event| event.at_ms <= now_ms);
        let once: Vec<Event> = there
            .filter(|event| event.there_ms <= now_ms)
            .map(|event| Event {
                id: event.number.to_string(),
                at_ms: event.at_ms,
                stream: format!("task-{}", event.number % STREAMS),
                message: event.number.to_string(),
            })
            .collect();
        let mut found = Vec::with_capacity(once.len() * 8 / 7 + 1);
        for (number, event) in once.iter().enumerate() {
            found.push(event.clone());
            if number % 7 == 0 {
                found.push(once[number.saturating_sub(10)].clone());
            }
        }
        found.chunks_mut(self.page).for_each(<[_]>::reverse);
        found
    }
}

/// What following showed, and the most that it held on the way.
struct Shown {
    numbers: Vec<i64>,
    most_waiting: usize,
    most_remembered: usize,
}

/// Follows from the first event on; the clock begins `behind_ms` after it and runs for `for_ms`.
fn follow(service: &mut Service, behind_ms: i64, for_ms: i64) -> Shown {
    let pace = Pace {
        interval: Duration::from_secs(2),
        overlap: Duration::from_secs(62),
        hold: Duration::from_secs(2),
    };
    let mut live = Live::new(LANES, &pace, START_MS);
    let mut shown = Shown { numbers: Vec::new(), most_waiting: 0, most_remembered: 0 };
    let mut now_ms = START_MS + behind_ms;
    let end_ms = now_ms + for_ms;
    let mut answers: Vec<(i64, usize, Result<Page, Trouble>)> = Vec::new();
    while now_ms < end_ms {
        for ask in live.asks(now_ms) {
            let took_ms = 40 + i64::try_from(service.calls * 37 % 700).unwrap();
            answers.push((now_ms + took_ms, ask.lane, service.answer(&ask, now_ms)));
        }
        let first = answers.iter().map(|(at_ms, ..)| *at_ms).min().unwrap_or(i64::MAX);
        let wake_ms = live.wake_ms(now_ms);
        assert!(wake_ms > now_ms, "it would spin");
        now_ms = wake_ms.min(first);
        while let Some(place) = answers.iter().position(|(at_ms, ..)| *at_ms <= now_ms) {
            let (_, lane, answer) = answers.swap_remove(place);
            live.answered(lane, answer, now_ms).unwrap();
        }
        let (waiting, remembered) = live.held();
        shown.most_waiting = shown.most_waiting.max(waiting);
        shown.most_remembered = shown.most_remembered.max(remembered);
        shown
            .numbers
            .extend(live.release(now_ms).iter().map(|(_, event)| event.message.parse::<i64>().unwrap()));
    }
    shown
}

fn assert_each_once(shown: &Shown, count: i64) {
    let mut sorted = shown.numbers.clone();
    sorted.sort_unstable();
    let first_wrong = (0..count).zip(&sorted).find(|(wanted, number)| wanted != *number);
    assert_eq!((i64::try_from(sorted.len()).unwrap(), first_wrong), (count, None));
}

#[test]
fn a_day_with_late_double_disordered_paged_and_refused_events_shows_each_once_in_flat_memory() {
    let every_ms = 2_000;
    let count = DAY_MS / every_ms;
    let mut service = Service::new(count, every_ms, 17);
    let shown = follow(&mut service, 0, DAY_MS + 120_000);
    assert_each_once(&shown, count);
    // What is delivered within the two seconds that events wait for each other is in order.
    let in_time: Vec<&i64> = shown.numbers.iter().filter(|number| *number % 3 != 0).collect();
    assert!(in_time.is_sorted());
    // 62 s of events are read again; the others are forgotten when they are more than a few.
    assert!(shown.most_remembered < FEW + 200, "{} are remembered", shown.most_remembered);
    assert!(shown.most_waiting < 100, "{} wait", shown.most_waiting);
}

#[test]
fn a_long_time_is_caught_up_with_page_by_page_in_order_and_in_flat_memory() {
    let most = |count: i64| {
        let mut service = Service::new(count, 5, 1_000);
        let behind_ms = count * 5 + 60_000;
        let shown = follow(&mut service, behind_ms, 3_600_000);
        assert_each_once(&shown, count);
        assert!(shown.numbers.is_sorted(), "all of it was there");
        (shown.most_waiting, shown.most_remembered)
    };
    let (waiting, remembered) = most(100_000);
    let (waiting_longer, remembered_longer) = most(400_000);
    assert!(waiting_longer <= MOST_WAITING + 3 * 1_000, "{waiting_longer} wait");
    assert!(waiting_longer <= 2 * waiting.max(3_000), "{waiting_longer} wait, and {waiting} in a quarter");
    assert!(
        remembered_longer <= 2 * remembered.max(30_000),
        "{remembered_longer}, and {remembered} in a quarter"
    );
}

#[test]
fn a_lane_in_lasting_trouble_holds_the_others_for_seconds_only_and_loses_nothing() {
    let pace =
        Pace { interval: Duration::from_secs(2), overlap: Duration::from_mins(1), hold: Duration::ZERO };
    let mut live = Live::new(2, &pace, 0);
    let event =
        |id: &str, at_ms| Event { id: id.to_owned(), at_ms, stream: "s".to_owned(), message: id.to_owned() };
    let mut now_ms = 1_000;
    let mut shown = Vec::new();
    let mut notices = Vec::new();
    // The first lane has its second page refused for a minute.
    while now_ms < 90_000 {
        for ask in live.asks(now_ms) {
            let answer = match (ask.lane, &ask.token) {
                (0, None) => Ok((vec![event("a1", 100)], Some("t".to_owned()))),
                (0, Some(_)) if now_ms < 60_000 => Err(Trouble::Passing(Failure::failed("Rate exceeded"))),
                (0, Some(_)) => Ok((vec![event("a2", 200)], None)),
                _ => Ok((vec![event("b", 900)], None)),
            };
            notices.extend(live.answered(ask.lane, answer, now_ms).unwrap());
        }
        shown.extend(live.release(now_ms).into_iter().map(|(_, event)| (event.message, now_ms)));
        now_ms = live.wake_ms(now_ms).max(now_ms + 1);
    }
    let order: Vec<&str> = shown.iter().map(|(text, _)| text.as_str()).collect();
    assert_eq!(order, ["a1", "b", "a2"]);
    assert!(shown[1].1 < 10_000, "the other lane is shown at {} ms", shown[1].1);
    assert_eq!(notices, ["Rate exceeded; trying again until it works", "reading again; nothing was missed"]);
}

#[test]
fn a_token_that_is_good_no_longer_is_replaced_by_reading_again() {
    let pace =
        Pace { interval: Duration::from_secs(2), overlap: Duration::from_secs(1), hold: Duration::ZERO };
    let mut live = Live::new(1, &pace, 0);
    let asked = live.asks(100_000);
    assert_eq!(asked[0].from_ms, 0);
    let event = Event { id: "1".to_owned(), at_ms: 50_000, stream: String::new(), message: String::new() };
    live.answered(0, Ok((vec![event], Some("old".to_owned()))), 100_000).unwrap();
    assert_eq!(live.asks(100_000)[0].token.as_deref(), Some("old"));
    let invalid = || Err(Trouble::Lasting(Failure::failed("The specified nextToken is invalid.")));
    live.answered(0, invalid(), 100_000).unwrap();
    let again = live.asks(101_000);
    assert_eq!(again, [Ask { lane: 0, from_ms: 49_000, token: None }]);
    assert!(live.answered(0, invalid(), 101_000).is_err(), "without a token it is something else");
}
