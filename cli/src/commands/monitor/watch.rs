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

/// A watch.
pub struct Watch<'a> {
    context: Context<'a>,
    arguments: &'a MonitorArguments,
    interval: Duration,
    timeout: Duration,
    changes: Changes,
    voice: Voice,
    /// What was warned of, by its matter.
    warned: BTreeMap<&'static str, String>,
}

impl<'a> Watch<'a> {
    /// A watch as it was asked for.
    pub fn new(context: Context<'a>, arguments: &'a MonitorArguments) -> Result<Self, Failure> {
        Ok(Self {
            context,
            arguments,
            interval: positive(arguments.interval, "--interval")?,
            timeout: positive(arguments.timeout, "--timeout")?,
            changes: Changes::default(),
            voice: Voice { last_word: Instant::now() },
            warned: BTreeMap::new(),
        })
    }

    /// Looks until what is waited for is there, or for ever. Looks begin at a steady pace.
    pub async fn run(
        mut self,
        mut look: impl AsyncFnMut() -> Result<Report, Failure>,
    ) -> Result<Outcome, Failure> {
        let deadline = Instant::now() + self.timeout;
        let mut pace = Pace::new(self.interval, Instant::now());
        loop {
            tokio::time::sleep_until(pace.due()).await;
            let report = look().await?;
            // Full disks and the like end no watch.
            let written = self.arguments.write_report(&report);
            self.warn("report", written.err().map(|failure| failure.to_string()));
            self.tell(&report).await?;
            pace.looked(report.throttled(), Instant::now());
            let slower = |slowed: Duration| {
                format!("AWS takes no more calls for now: looking every {} s", slowed.as_secs())
            };
            self.warn("pace", pace.slowed_to().map(slower));
            match self.arguments.until {
                Some(Until::Healthy) if report.verdict == Health::Healthy => return Ok(Outcome::Done),
                Some(Until::Unhealthy) if report.verdict == Health::Unhealthy => return Ok(Outcome::Done),
                Some(until) if Instant::now() + self.interval > deadline => {
                    return Err(self.not_in_time(until, &report));
                }
                _ => {}
            }
        }
    }

    async fn tell(&mut self, report: &Report) -> Result<(), Failure> {
        let news = self.changes.take_in(report);
        match self.context.output.format() {
            Format::Json => {
                let text =
                    serde_json::to_string(report).map_err(|error| Failure::failed(error.to_string()))?;
                self.context.output.result(&format!("{text}\n"))?;
            }
            Format::Table => self.tell_people(report, &news.lines)?,
        }
        if let Some(word) = news.word {
            self.tell_others(report, &word).await;
        }
        let hints = report.hints();
        self.hint((!hints.is_empty()).then(|| hints.join("\n")));
        Ok(())
    }

    /// Says what is wrong with a matter of the watch itself, once while it lasts.
    fn warn(&mut self, matter: &'static str, text: Option<String>) {
        if let Some(text) = self.is_news(matter, text) {
            self.context.output.warning(&text);
        }
    }

    /// Says what can be done, once while it is the same.
    fn hint(&mut self, hints: Option<String>) {
        for hint in self.is_news("hint", hints).iter().flat_map(|hints| hints.lines()) {
            self.context.output.hint(hint);
        }
    }

    fn is_news(&mut self, matter: &'static str, text: Option<String>) -> Option<String> {
        let before = match &text {
            Some(text) => self.warned.insert(matter, text.clone()),
            None => self.warned.remove(matter),
        };
        text.filter(|text| before.as_ref() != Some(text))
    }

    fn tell_people(&mut self, report: &Report, lines: &[String]) -> Result<(), Failure> {
        let text = self.voice.words(report, lines, Instant::now(), Timestamp::now());
        text.map_or(Ok(()), |text| self.context.output.result(&text))
    }

    async fn tell_others(&self, report: &Report, word: &Word) {
        self.context.output.bell();
        let command = self.arguments.on_change.as_deref();
        for trouble in alerts::tell(self.context, command, report, word).await {
            self.context.output.warning(&trouble);
        }
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

/// What people read: pure, for a clock that it is told.
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
