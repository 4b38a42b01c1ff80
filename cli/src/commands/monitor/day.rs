//! A day of looks, by a clock that runs as fast as it can: the loop of a watch keeps its beat, and neither it nor the live
//! screen keeps more and more.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use clap::Parser as _;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::MonitorArguments;
use super::screen::Model;
use super::watch::{Said, Watch};
use crate::arguments::{Arguments, Command};
use crate::failure::Kind;
use crate::monitor::inventory::{Inventory, Thing};
use crate::monitor::report::{Check, Health, Report};

const INTERVAL: Duration = Duration::from_secs(30);
/// What a timer of the machine comes too late.
const LATE: Duration = Duration::from_millis(1);

/// A look at a platform that is never at rest: another alarm at each, other tasks, a state that flaps.
fn look(number: u32) -> Report {
    let state = if number.is_multiple_of(3) { Health::Healthy } else { Health::Degraded };
    let alarm = Check::new("alarms", state, format!("alarm {number:05} rings"));
    let alarm = alarm.concerned([format!("alarm {number:05}")]);
    let api = Check::new("api", Health::Healthy, "fine").measured(1.0, "milliseconds");
    let mut report = Report::draw_all("staging", vec![alarm, api]);
    let task = |place: u32| Thing {
        name: format!("task {:05}", number + place),
        state,
        status: "RUNNING".to_owned(),
        since: Some(at(INTERVAL * number)),
        detail: String::new(),
    };
    report.inventory = Some(Inventory { tasks: (0..20).map(task).collect(), ..Inventory::default() });
    report
}

fn at(since: Duration) -> Timestamp {
    Timestamp::constant(1_800_000_000, 0) + SignedDuration::try_from(since).unwrap()
}

fn waiting(timeout: &str) -> MonitorArguments {
    let call = ["eap", "monitor", "--env", "staging", "--until", "unhealthy", "--timeout", timeout];
    match Arguments::try_parse_from(call).unwrap().command {
        Command::Monitor(arguments) => arguments,
        other => unreachable!("{other:?}"),
    }
}

/// What became of a watch: when its looks began, and all that it and the screen still hold, in bytes of words.
struct Watched {
    begun: Vec<Duration>,
    held: [usize; 2],
    words: usize,
}

/// Watches, in vain, for so long. Look number n takes as long as `takes` says.
async fn watch_for(timeout: &str, takes: impl Fn(u32) -> Duration) -> Watched {
    let arguments = waiting(timeout);
    let start = Instant::now();
    let (clock, begun, words) = (Cell::new(start), RefCell::new(Vec::new()), Cell::new(0));
    let mut watch = Watch::new(&arguments, start).unwrap();
    let mut model = Model::new("staging", INTERVAL);
    let sleep_until = async |due: Instant| clock.set(clock.get().max(due) + LATE);
    let looking = async || {
        let number = u32::try_from(begun.borrow().len()).unwrap();
        begun.borrow_mut().push(clock.get() - start);
        clock.set(clock.get() + takes(number));
        Ok(look(number))
    };
    let tell = async |report: &Report, said: Said| {
        if let Said::Look(text) = said {
            words.set(words.get() + usize::from(text.is_some()));
            let lines = text.iter().flat_map(|text| text.lines()).map(ToOwned::to_owned).collect();
            model.take_in(report.clone(), lines, at(clock.get() - start));
        }
        Ok(())
    };
    let ended = watch.go_on(sleep_until, || clock.get(), looking, tell).await.unwrap_err();
    assert_eq!(ended.kind(), Kind::TimedOut, "{ended}");
    let held = [format!("{watch:?}").len(), format!("{model:?}").len()];
    Watched { begun: begun.into_inner(), held, words: words.get() }
}

#[tokio::test]
async fn a_day_has_2880_looks_that_begin_on_the_beat_and_holds_no_more_than_its_first_hours() {
    // A look takes up to ten seconds.
    let takes = |number: u32| Duration::from_millis(u64::from(number) * 37 % 10_000);
    let day = watch_for("24h", takes).await;
    assert_eq!(day.begun.len(), 2_880);
    for (beat, begun) in (0..).zip(&day.begun) {
        assert_eq!(*begun, INTERVAL * beat + LATE, "look {beat} drifts");
    }
    assert_eq!(day.words, 2_880, "another alarm rings at each");
    let hours = watch_for("3h", takes).await;
    for (first, last) in hours.held.into_iter().zip(day.held) {
        assert!(last <= first + first / 50, "{last} bytes after a day, {first} after three hours");
    }
}

#[tokio::test]
async fn looks_that_take_longer_than_the_beat_leave_beats_out_and_keep_to_the_others() {
    // Each tenth look takes a beat and a half.
    let takes = |number: u32| Duration::from_secs(if number % 10 == 9 { 45 } else { 7 });
    let day = watch_for("24h", takes).await;
    let beats: Vec<u32> = (0..2_880).filter(|beat| beat % 11 != 10).collect();
    let expected: Vec<Duration> = beats.iter().map(|beat| INTERVAL * *beat + LATE).collect();
    assert_eq!(day.begun, expected);
}
