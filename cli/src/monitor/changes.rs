//! What changed from one look to the next, in words, damped against flapping. Pure.

use super::report::{Health, Report};

/// A verdict counts as changed when it was seen so many times in a row: once is a hiccup. Getting worse to unhealthy
/// counts at once.
const LOOKS: u32 = 2;

/// What was told last.
#[derive(Debug, Default)]
pub struct Changes {
    told: Option<Report>,
    verdict: Option<Health>,
    candidate: Option<(Health, u32)>,
}

/// What a look brought.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct News {
    /// One line for each check that changed.
    pub lines: Vec<String>,
    /// The verdict before, when it changed for good. The first one is no change.
    pub verdict_before: Option<Health>,
}

impl Changes {
    /// Takes a look in.
    pub fn take_in(&mut self, report: &Report) -> News {
        let mut news = News::default();
        for check in &report.checks {
            let before =
                self.told.as_ref().and_then(|told| told.checks.iter().find(|old| old.name == check.name));
            if before.is_none_or(|before| before.state != check.state) {
                let from = before.map_or_else(String::new, |before| format!("{} → ", before.state));
                news.lines.push(format!("{}: {from}{}: {}", check.name, check.state, check.detail));
            }
        }
        self.told = Some(report.clone());
        news.verdict_before = self.judge(report.verdict);
        news
    }

    fn judge(&mut self, verdict: Health) -> Option<Health> {
        if self.verdict == Some(verdict) {
            self.candidate = None;
            return None;
        }
        let seen = match self.candidate {
            Some((candidate, seen)) if candidate == verdict => seen + 1,
            _ => 1,
        };
        self.candidate = Some((verdict, seen));
        if self.verdict.is_some() && verdict != Health::Unhealthy && seen < LOOKS {
            return None;
        }
        self.candidate = None;
        self.verdict.replace(verdict)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::report::Check;

    fn report(state: Health) -> Report {
        Report::draw_all("staging", vec![Check::new("api", state, "seen")])
    }

    #[test]
    fn a_flapping_verdict_is_told_once_it_holds() {
        use Health::{Degraded, Healthy, Unhealthy};
        let mut changes = Changes::default();
        let looks = [Healthy, Degraded, Healthy, Degraded, Degraded, Unhealthy, Healthy, Healthy];
        let told: Vec<Option<Health>> =
            looks.iter().map(|state| changes.take_in(&report(*state)).verdict_before).collect();
        assert_eq!(told, [None, None, None, None, Some(Healthy), Some(Degraded), None, Some(Unhealthy)]);
    }

    #[test]
    fn only_what_changed_is_a_line() {
        let mut changes = Changes::default();
        assert_eq!(changes.take_in(&report(Health::Healthy)).lines, ["api: Healthy: seen"]);
        assert!(changes.take_in(&report(Health::Healthy)).lines.is_empty());
        assert_eq!(changes.take_in(&report(Health::Unhealthy)).lines, ["api: Healthy → Unhealthy: seen"]);
    }
}
