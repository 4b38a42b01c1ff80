//! Looking again and again: a line for each change, a sign of life now and then, word to others when the verdict changes.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::{MonitorArguments, Until, alerts, style_of};
use crate::arguments::Format;
use crate::commands::Context;
use crate::failure::{Failure, Outcome};
use crate::monitor::changes::{Changes, Word};
use crate::monitor::pace::Pace;
use crate::monitor::report::{Health, Report};

/// A watch that says nothing for longer may be dead.
const HEARTBEAT: Duration = Duration::from_mins(10);

/// A duration that a flag gives.
pub fn positive(duration: SignedDuration, flag: &str) -> Result<Duration, Failure> {
    let duration = Duration::try_from(duration).ok().filter(|duration| !duration.is_zero());
    duration.ok_or_else(|| Failure::usage(format!("{flag} must be above zero")))
}

/// A watch: what it waits for, and what it remembers from look to look.
#[derive(Debug)]
pub struct Watch<'a> {
    arguments: &'a MonitorArguments,
    interval: Duration,
    timeout: Duration,
    changes: Changes,
    voice: Voice,
    /// What was warned of, by its matter.
    warned: BTreeMap<&'static str, String>,
}

/// What a watch has to say after a look.
#[derive(Debug)]
pub enum Said {
    /// To whoever reads the results; no words to people while there is nothing new.
    Look(Option<String>),
    /// What is wrong with the watch itself.
    Warning(String),
    /// What can be done.
    Hint(String),
    /// To others.
    Word(Word),
}

/// Looks until what is waited for is there, or for ever.
pub async fn run(
    context: Context<'_>,
    arguments: &MonitorArguments,
    look: impl AsyncFnMut() -> Result<Report, Failure>,
) -> Result<Outcome, Failure> {
    let mut watch = Watch::new(arguments, Instant::now())?;
    let tell = async |report: &Report, said: Said| tell(context, arguments, report, said).await;
    watch.go_on(tokio::time::sleep_until, Instant::now, look, tell).await
}

impl<'a> Watch<'a> {
    /// A watch as it was asked for, that begins `now`.
    pub(super) fn new(arguments: &'a MonitorArguments, now: Instant) -> Result<Self, Failure> {
        Ok(Self {
            arguments,
            interval: positive(arguments.interval, "--interval")?,
            timeout: positive(arguments.timeout, "--timeout")?,
            changes: Changes::default(),
            voice: Voice { last_word: now },
            warned: BTreeMap::new(),
        })
    }

    /// The loop itself, by the clock that it is given. Looks begin at a steady pace, however long they take.
    pub(super) async fn go_on(
        &mut self,
        sleep_until: impl AsyncFn(Instant),
        now: impl Fn() -> Instant,
        mut look: impl AsyncFnMut() -> Result<Report, Failure>,
        mut tell: impl AsyncFnMut(&Report, Said) -> Result<(), Failure>,
    ) -> Result<Outcome, Failure> {
        let deadline = now() + self.timeout;
        let mut pace = Pace::new(self.interval, now());
        loop {
            sleep_until(pace.due()).await;
            let report = look().await?;
            for said in self.looked(&report, now()) {
                tell(&report, said).await?;
            }
            pace.looked(report.throttled(), now());
            if let Some(warning) = self.is_news("pace", pace.notice()) {
                tell(&report, Said::Warning(warning)).await?;
            }
            match self.arguments.until {
                Some(Until::Healthy) if report.verdict == Health::Healthy => return Ok(Outcome::Done),
                Some(Until::Unhealthy) if report.verdict == Health::Unhealthy => return Ok(Outcome::Done),
                Some(until) if now() + self.interval > deadline => {
                    return Err(self.not_in_time(until, &report));
                }
                _ => {}
            }
        }
    }

    /// Takes a look in, keeps it where that was asked for, and answers what there is to say.
    fn looked(&mut self, report: &Report, now: Instant) -> Vec<Said> {
        let mut said = Vec::new();
        // Full disks and the like end no watch, and are said once while they last.
        let written = self.arguments.write_report(report);
        let unwritten = self.is_news("report", written.err().map(|failure| failure.to_string()));
        said.extend(unwritten.map(Said::Warning));
        let news = self.changes.take_in(report);
        said.push(Said::Look(self.voice.words(report, &news.lines, now, Timestamp::now())));
        said.extend(news.word.map(Said::Word));
        let hints = report.hints();
        let hints = self.is_news("hint", (!hints.is_empty()).then(|| hints.join("\n")));
        said.extend(hints.iter().flat_map(|hints| hints.lines()).map(|hint| Said::Hint(hint.to_owned())));
        said
    }

    /// The text of a matter, where it is another one than before.
    fn is_news(&mut self, matter: &'static str, text: Option<String>) -> Option<String> {
        let before = match &text {
            Some(text) => self.warned.insert(matter, text.clone()),
            None => self.warned.remove(matter),
        };
        text.filter(|text| before.as_ref() != Some(text))
    }

    fn not_in_time(&self, until: Until, report: &Report) -> Failure {
        let wanted = match until {
            Until::Healthy => "healthy",
            Until::Unhealthy => "unhealthy",
        };
        let cause = report.cause.as_ref().map_or_else(String::new, |cause| format!(": {cause}"));
        Failure::timed_out(format!(
            "{} is not {wanted} after {} s, but {}{cause}",
            report.environment,
            self.timeout.as_secs(),
            report.verdict
        ))
    }
}

async fn tell(
    context: Context<'_>,
    arguments: &MonitorArguments,
    report: &Report,
    said: Said,
) -> Result<(), Failure> {
    let output = context.output;
    match said {
        Said::Look(words) => {
            let text = match output.format() {
                Format::Json => serde_json::to_string(report).map(|text| Some(format!("{text}\n"))),
                Format::Table => Ok(words),
            };
            let text = text.map_err(|error| Failure::failed(error.to_string()))?;
            text.map_or(Ok(()), |text| output.result(&text))?;
        }
        Said::Warning(text) => output.warning(&text),
        Said::Hint(text) => output.hint(&text),
        Said::Word(word) => {
            output.bell();
            for trouble in alerts::tell(context, arguments.on_change.as_deref(), report, &word).await {
                output.warning(&trouble);
            }
        }
    }
    Ok(())
}

/// What people read: pure, for a clock that it is told.
#[derive(Debug)]
struct Voice {
    last_word: Instant,
}

impl Voice {
    /// The lines, and the verdict below them; that alone as a sign of life. None while there is nothing to say.
    fn words(&mut self, report: &Report, lines: &[String], now: Instant, clock: Timestamp) -> Option<String> {
        if lines.is_empty() && now.duration_since(self.last_word) < HEARTBEAT {
            return None;
        }
        self.last_word = now;
        let style = style_of(report.verdict);
        let cause = report.cause.as_ref().map_or_else(String::new, |cause| format!(" ({cause})"));
        let verdict = format!("Verdict: {style}{}{style:#}{cause}", report.verdict);
        let clock = clock.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let said: Vec<String> =
            lines.iter().chain([&verdict]).map(|line| format!("{clock} {line}\n")).collect();
        Some(said.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::report::Check;

    #[test]
    fn who_has_nothing_to_say_gives_a_sign_of_life_every_ten_minutes() {
        let begun = Instant::now();
        let clock: Timestamp = "2026-11-25T08:30:00Z".parse().expect("an instant");
        let report = Report::draw_all("staging", vec![Check::new("api", Health::Unhealthy, "503")]);
        let mut voice = Voice { last_word: begun };
        let mut at = |seconds: u64, lines: &[&str]| {
            let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
            let said = voice.words(&report, &lines, begun + Duration::from_secs(seconds), clock);
            said.map(|text| anstream::adapter::strip_str(&text).to_string())
        };
        let verdict = "2026-11-25 08:30:00Z Verdict: Unhealthy (api: 503)\n";
        assert_eq!(at(1, &["api: 503"]), Some(format!("2026-11-25 08:30:00Z api: 503\n{verdict}")));
        assert_eq!(at(600, &[]), None);
        assert_eq!(at(601, &[]).as_deref(), Some(verdict));
        assert_eq!(at(1200, &[]), None);
        // Whatever was said counts.
        assert!(at(1200, &["api: 502"]).is_some());
        assert_eq!(at(1201, &[]), None);
        assert_eq!(at(1800, &[]).as_deref(), Some(verdict));
    }
}
