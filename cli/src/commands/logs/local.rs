//! `eap logs --env local`: the file that the API on this machine logs to.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::{Shared, stats};
use crate::arguments::Format;
use crate::commands::Context;
use crate::failure::{Doing, Failure, Outcome};
use crate::local::folder::LocalFolder;
use crate::logs::choice::Choice;
use crate::logs::follow::Follower;
use crate::logs::line::Line;
use crate::logs::stats::Stats;
use crate::logs::tail::{self, Tail};

const POLL: Duration = Duration::from_millis(200);
/// As many of the last lines are shown when nothing says which.
const LINES: usize = 100;

/// Which lines are wanted.
struct Wanted<'a> {
    choice: Choice,
    request_id: Option<&'a str>,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

/// Shows what is there, and what comes.
pub async fn run(context: Context<'_>, shared: &Shared) -> Result<Outcome, Failure> {
    let wanted = Wanted {
        choice: shared.choice(),
        request_id: shared.request_id.as_deref(),
        from: shared.from(Timestamp::now(), None)?,
        until: shared.until,
    };
    let folder = LocalFolder::locate(context.variables)?;
    let file = folder.log_file();
    if !file.exists() && !shared.follow {
        return Err(Failure::failed("there is no log yet").hint("`eap deploy --env local` starts the API"));
    }
    // Which lines are the last ones, only those know that were looked at.
    let count = if wanted.all() && !shared.stats { shared.lines.unwrap_or(LINES) } else { usize::MAX };
    let mut tail = last_lines(&file, &folder.previous_log_file(), count)?;
    if shared.follow && tail.unfinished > 0 {
        // It comes again when its end has come.
        tail.lines.pop();
    }
    let mut kept = wanted.of(&tail.lines);
    if shared.stats {
        print_sums(context, &wanted, &kept)?;
        return Ok(Outcome::Done);
    }
    let most = shared.lines.unwrap_or(if wanted.from.is_some() { usize::MAX } else { LINES });
    kept.drain(..kept.len().saturating_sub(most));
    print(context, &wanted.choice, &kept)?;
    if !shared.follow {
        return Ok(Outcome::Done);
    }
    let reading = || format!("read {}", file.display());
    let mut follower = Follower::new(file.clone(), tail.end - tail.unfinished).doing(reading)?;
    // What comes is new, also where it tells no time.
    let coming = Wanted { from: None, ..wanted };
    loop {
        let lines = follower.new_lines().doing(reading)?;
        print(context, &coming.choice, &coming.of(&lines))?;
        tokio::time::sleep(POLL).await;
    }
}

impl Wanted<'_> {
    /// Whether every line is wanted.
    fn all(&self) -> bool {
        let filters = [&self.choice.grep, &self.choice.exclude];
        filters.iter().all(|filter| filter.is_none())
            && self.choice.level.is_none()
            && self.request_id.is_none()
            && self.from.is_none()
            && self.until.is_none()
    }

    /// Those of `lines` that are wanted; a line without a time goes with the one before it.
    fn of<'l>(&self, lines: &'l [String]) -> Vec<&'l str> {
        let mut in_time = self.from.is_none();
        let kept = |line: &&str| {
            if (self.from.is_some() || self.until.is_some())
                && let Some(instant) = Line::parse(line).instant()
            {
                in_time = self.from.is_none_or(|from| instant >= from)
                    && self.until.is_none_or(|until| instant < until);
            }
            in_time && self.request_id.is_none_or(|id| line.contains(id)) && self.choice.keeps(line)
        };
        lines.iter().map(String::as_str).filter(kept).collect()
    }
}

fn print_sums(context: Context<'_>, wanted: &Wanted<'_>, lines: &[&str]) -> Result<(), Failure> {
    let mut sums = Stats::default();
    for line in lines {
        sums.add(line);
    }
    let first = lines.iter().find_map(|line| Line::parse(line).instant());
    let until = wanted.until.unwrap_or_else(Timestamp::now);
    let from = wanted.from.or(first).unwrap_or(until);
    stats::print(context, &sums.over(until.duration_since(from)))
}

/// The last lines of the log; what it lacks comes from the one put aside before it.
fn last_lines(file: &Path, previous: &Path, count: usize) -> Result<Tail, Failure> {
    let read = |path: &Path, count: usize| -> Result<Tail, Failure> {
        let mut open = match File::open(path) {
            Ok(open) => open,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Tail { lines: Vec::new(), end: 0, unfinished: 0 });
            }
            Err(error) => return Err(error).doing(|| format!("read {}", path.display())),
        };
        let length = open.metadata().doing(|| format!("read {}", path.display()))?.len();
        tail::last_lines(&mut open, 0, length, count).doing(|| format!("read {}", path.display()))
    };
    let mut tail = read(file, count)?;
    if tail.lines.len() < count {
        let mut lines = read(previous, count - tail.lines.len())?.lines;
        lines.append(&mut tail.lines);
        tail.lines = lines;
    }
    Ok(tail)
}

fn print(context: Context<'_>, choice: &Choice, lines: &[&str]) -> Result<(), Failure> {
    let mut text = String::new();
    for raw in lines {
        text.push_str(&match context.output.format() {
            Format::Json => Line::parse(raw).json(raw).into(),
            Format::Table => choice.line_here(raw),
        });
        text.push('\n');
    }
    if text.is_empty() { Ok(()) } else { super::print(context.output, choice, &text) }
}
