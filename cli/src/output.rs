//! The only module that prints. Results go to standard output, talk to standard error.
//! Owns colour, quietness and animation; knows nothing of what is said.

mod progress;
mod screen;
mod table;
mod tree;

use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use serde::Serialize;

pub use progress::{Bar, Step};
pub use screen::{Input, Screen};
pub use table::{pairs, table};
pub use tree::Tree;

use crate::arguments::{Color, Format, GlobalOptions};
use crate::config::Variables;
use crate::failure::{Failure, Kind, USAGE_EXIT_CODE};
use crate::process::Interruptions;

/// Style of `error:`.
pub const ERROR: Style = AnsiColor::Red.on_default().bold();
/// Style of `warning:` and of degraded states.
pub const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// Style of `hint:`.
pub const HINT: Style = AnsiColor::Cyan.on_default().bold();
/// Style of good states.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// Style of the header of a table.
pub const HEADER: Style = Style::new().bold();
/// Style of what matters less.
pub const FAINT: Style = Style::new().dimmed();

/// The byte that every sequence of a terminal begins with.
const ESCAPE: u8 = 0x1b;

/// How this run speaks.
#[derive(Debug)]
pub struct Output {
    format: Format,
    loudness: Loudness,
    result_color: ColorChoice,
    talk_color: ColorChoice,
    animated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Loudness {
    Quiet,
    Normal,
    Verbose,
}

impl Output {
    /// Decides once from flags, variables and what the streams are connected to.
    pub fn new(options: &GlobalOptions, variables: &Variables) -> Self {
        let color = |terminal: bool| match options.color {
            Color::Always => ColorChoice::AlwaysAnsi,
            Color::Auto if terminal && !variables.refuse_color() => ColorChoice::Always,
            Color::Auto | Color::Never => ColorChoice::Never,
        };
        let loudness = match (options.quiet, options.verbose) {
            (true, _) => Loudness::Quiet,
            (false, true) => Loudness::Verbose,
            (false, false) => Loudness::Normal,
        };
        let talk_terminal = std::io::stderr().is_terminal();
        Self {
            format: options.output,
            loudness,
            result_color: color(std::io::stdout().is_terminal()),
            talk_color: color(talk_terminal),
            animated: talk_terminal && loudness > Loudness::Quiet && !variables.dumb_terminal(),
        }
    }

    /// The form of the result that was asked for.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Prints a part of the result; it ends with a line break of its own.
    pub fn result(&self, text: &str) -> Result<(), Failure> {
        self.result_bytes(text.as_bytes())
    }

    /// Prints the result as one JSON document.
    pub fn result_json(&self, value: &impl Serialize) -> Result<(), Failure> {
        let mut text =
            serde_json::to_string_pretty(value).map_err(|error| Failure::failed(error.to_string()))?;
        text.push('\n');
        self.result(&text)
    }

    /// Prints bytes that may not be UTF-8, such as a line of a log.
    pub fn result_bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        if !bytes.contains(&ESCAPE) {
            // To look for what is not there byte by byte would take half the time of printing a log.
            return Self::result_verbatim(bytes);
        }
        write_result(AutoStream::new(std::io::stdout().lock(), self.result_color), bytes)
    }

    /// Prints bytes as they are, colours of others included, wherever they go.
    pub fn result_verbatim(bytes: &[u8]) -> Result<(), Failure> {
        write_result(std::io::stdout().lock(), bytes)
    }

    /// Says what happened.
    pub fn say(&self, message: &str) {
        if self.loudness >= Loudness::Normal {
            self.talk(message);
        }
    }

    /// Says what only a curious user wants to know.
    pub fn detail(&self, message: &str) {
        if self.loudness >= Loudness::Verbose {
            self.talk(&format!("{FAINT}{message}{FAINT:#}"));
        }
    }

    /// Says what the user can do next.
    pub fn hint(&self, message: &str) {
        self.say(&format!("{HINT}hint:{HINT:#} {message}"));
    }

    /// Rings the bell of a terminal.
    pub fn bell(&self) {
        if self.animated {
            self.talk("\u{7}");
        }
    }

    /// Says what may surprise the user, even when quiet.
    pub fn warning(&self, message: &str) {
        self.talk(&format!("{WARNING}warning:{WARNING:#} {message}"));
    }

    /// Announces a step that takes a while; animated on a terminal, one line elsewhere.
    pub fn step(&self, message: impl Into<String>) -> Step<'_> {
        Step::start(self, message.into(), self.animated)
    }

    /// Announces work on many things at once; a moving line for each on a terminal, plain lines elsewhere.
    pub fn tree(&self, title: impl Into<String>) -> Tree<'_> {
        Tree::start(self, title.into(), self.animated)
    }

    /// A progress bar over `total_bytes`, of which an earlier run has done `done_bytes`; on a terminal only.
    pub fn bar(&self, total_bytes: u64, done_bytes: u64) -> Bar {
        Bar::start(total_bytes, done_bytes, self.animated)
    }

    /// Whether a child may draw its own progress on our standard error.
    pub fn animated(&self) -> bool {
        self.animated
    }

    /// Whether the whole terminal can be one picture: a person sits there, and the result is for people.
    pub fn can_draw(&self) -> bool {
        let terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        self.animated && terminal && self.format == Format::Table
    }

    /// Whether results are coloured.
    pub fn colored(&self) -> bool {
        self.result_color != ColorChoice::Never
    }

    /// Says why the command failed; answers with its exit code.
    pub fn failure(&self, failure: &Failure) -> ExitCode {
        if failure.kind() == Kind::Interrupted {
            // The user knows; `error:` would say that something is wrong.
            self.say("interrupted");
        } else if failure.kind() != Kind::OutputClosed {
            self.talk(&format!("{ERROR}error:{ERROR:#} {failure}"));
            for detail in failure.details() {
                self.talk(detail.trim_end());
            }
            for hint in failure.hints() {
                self.talk(&format!("{HINT}hint:{HINT:#} {hint}"));
            }
        }
        failure.exit_code()
    }

    fn talk(&self, message: &str) {
        let mut stream = AutoStream::new(std::io::stderr().lock(), self.talk_color);
        // Nobody is left to be told that standard error is closed.
        let _ = writeln!(stream, "{message}");
    }
}

fn write_result(mut stream: impl Write, bytes: &[u8]) -> Result<(), Failure> {
    stream.write_all(bytes).and_then(|()| stream.flush()).map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::output_closed(),
        _ => Failure::failed(format!("cannot write the result: {error}")),
    })
}

/// Whether a person sits at a terminal who can be asked.
pub fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks, and waits for a line or an interruption.
pub fn ask(question: &str) -> Result<String, Failure> {
    let mut interruptions = Interruptions::listen();
    let mut stream = std::io::stderr().lock();
    let asked = stream.write_all(question.as_bytes()).and_then(|()| stream.flush());
    asked.map_err(|error| Failure::failed(format!("cannot ask: {error}")))?;
    // Nothing ends a read from a terminal but a line, so that a thread has to wait for it.
    let (answers, answered) = mpsc::channel();
    std::thread::spawn(move || {
        let mut answer = String::new();
        // Nobody listens any more after an interruption.
        let _ = answers.send(std::io::stdin().read_line(&mut answer).map(|_| answer));
    });
    loop {
        match answered.recv_timeout(Duration::from_millis(50)) {
            Ok(answer) => return answer.map_err(|error| Failure::failed(format!("cannot read: {error}"))),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Err(Failure::failed("cannot read an answer"));
            }
            Err(mpsc::RecvTimeoutError::Timeout) if interruptions.came() => {
                // The next word belongs on a line of its own.
                let _ = stream.write_all(b"\n");
                return Err(Failure::interrupted());
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
        }
    }
}

/// Prints what clap has to say: help and version as results with exit code 0, a wrong call with 64.
pub fn print_refusal(refusal: &clap::Error) -> ExitCode {
    let code = if refusal.use_stderr() { USAGE_EXIT_CODE } else { 0 };
    // A closed pipe is no failure of `eap --help | head`.
    let _ = refusal.print();
    ExitCode::from(code)
}
