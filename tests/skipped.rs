//! What a test leaves out on this machine: said on stderr, and to `tests/run`, which lists it at the end.

use std::{fs::OpenOptions, io::Write as _};

/// Says that `what` is skipped.
pub(crate) fn say(what: &str) {
    eprintln!("skipped: {what}");
    if let Some(file) = std::env::var_os("EAP_TEST_SKIPS") {
        let mut file =
            OpenOptions::new().append(true).create(true).open(file).expect("the list of what is skipped");
        // One write, so that lines of tests at the same time do not mix.
        file.write_all(format!("{what}\n").as_bytes()).expect("write");
    }
}
