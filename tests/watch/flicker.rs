//! The live screen does not flicker: what it writes to the terminal while little changes, byte by byte.

use regex::Regex;

use crate::aws::StandIn;
use crate::environment::wait_until;
use crate::screen::{WATCH, in_trouble};
use crate::terminal::Terminal;

/// Pictures that are looked at: some seconds of a clock that ticks each second and of looks as often.
const PICTURES: usize = 8;
/// Bytes of a picture in which an age and the duration of an answer changed. A whole one of this size has thousands.
const MOST_BYTES: usize = 150;
/// What empties a terminal or takes another screen, so that it is seen empty in between.
const EMPTYING: [&str; 6] = ["\u{1b}[2J", "\u{1b}[3J", "\u{1b}[J", "\u{1b}c", "\u{1b}[?1049", "\u{1b}[?47"];

#[test]
fn a_picture_is_written_at_once_and_only_what_changed_of_it() {
    let account = StandIn::start(in_trouble);
    let machine = account.machine();
    let Some(terminal) = Terminal::start(&machine, (160, 50), &WATCH) else { return };
    terminal.wait_for("latency p95");
    let file = machine.path("written");
    terminal.record(&file);
    let written = || String::from_utf8_lossy(&std::fs::read(&file).unwrap_or_default()).into_owned();
    // A terminal that knows synchronized output shows all between the two marks at once.
    let picture = Regex::new("(?s)\u{1b}\\[\\?2026h(.*?)\u{1b}\\[\\?2026l").unwrap();
    wait_until("pictures", || picture.find_iter(&written()).count() >= PICTURES);
    let written = written();
    for sequence in EMPTYING {
        assert!(!written.contains(sequence), "{sequence:?} is written: {written:?}");
    }
    let pictures: Vec<&str> =
        picture.captures_iter(&written).map(|found| found.extract::<1>().1[0]).collect();
    let largest = pictures.iter().max_by_key(|picture| picture.len()).unwrap();
    assert!(largest.len() <= MOST_BYTES, "{} bytes: {largest:?}", largest.len());
    // The age of what is seen changes, and nothing is written beside pictures, of which the first and last may be cut.
    assert!(pictures.iter().any(|picture| picture.contains(char::is_numeric)), "{pictures:?}");
    let whole = picture.find_iter(&written).collect::<Vec<_>>();
    let between = whole.windows(2).find(|pair| pair[0].end() != pair[1].start());
    assert!(between.is_none(), "something is written beside pictures: {written:?}");
}
