//! What changed from one look to the next, in words, damped against flapping. Pure.

use std::collections::BTreeSet;

use super::report::{Check, Health, Report};

/// A verdict counts as changed when it was seen so many times in a row: once is a hiccup. Getting worse to unhealthy
/// counts at once.
const LOOKS: u32 = 2;

/// Something that is wrong: the check that says so, and what it is.
type Concern = (&'static str, String);

/// What was told last.
#[derive(Debug, Default)]
pub struct Changes {
    told: Option<Report>,
    verdict: Option<Health>,
    candidate: Option<(Health, u32)>,
    /// What was wrong at the look before.
    seen: BTreeSet<Concern>,
    /// What others know to be wrong.
    known: BTreeSet<Concern>,
}

/// What a look brought.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct News {
    /// One line for each check that changed.
    pub lines: Vec<String>,
    /// What others should hear of.
    pub word: Option<Word>,
}

/// What others should hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// The verdict changed for good, from this one. The first one is no change.
    Verdict(Health),
    /// The verdict is as bad as it was, and these things are wrong besides.
    Besides(Vec<String>),
}

impl Changes {
    /// Takes a look in.
    pub fn take_in(&mut self, report: &Report) -> News {
        let lines = report.checks.iter().filter_map(|check| self.line(check)).collect();
        let wrong: BTreeSet<Concern> = report.checks.iter().flat_map(concerns).collect();
        let word = match self.judge(report.verdict) {
            Judged::First => {
                self.known.clone_from(&wrong);
                None
            }
            Judged::Changed(before) => {
                self.known.clone_from(&wrong);
                Some(Word::Verdict(before))
            }
            Judged::Same => self.besides(report, &wrong),
            Judged::Undecided => None,
        };
        self.seen = wrong;
        self.told = Some(report.clone());
        News { lines, word }
    }

    fn line(&self, check: &Check) -> Option<String> {
        let (name, state, detail) = (check.name, check.state, &check.detail);
        let before = self.told.as_ref().and_then(|told| told.checks.iter().find(|old| old.name == name));
        match before {
            None => Some(format!("{name}: {state}: {detail}")),
            Some(before) if before.state != state => {
                Some(format!("{name}: {} → {state}: {detail}", before.state))
            }
            Some(before) if state != Health::Healthy && before.concerns != check.concerns => {
                Some(format!("{name}: still {state}: {detail}"))
            }
            Some(_) => None,
        }
    }

    /// What has been wrong for two looks and nobody knows. What was not wrong for two looks is forgotten.
    fn besides(&mut self, report: &Report, wrong: &BTreeSet<Concern>) -> Option<Word> {
        let seen = &self.seen;
        self.known.retain(|concern| wrong.contains(concern) || seen.contains(concern));
        let fresh: Vec<Concern> =
            wrong.intersection(seen).filter(|concern| !self.known.contains(*concern)).cloned().collect();
        let mut words: Vec<String> = Vec::new();
        for check in report.checks.iter().filter(|check| fresh.iter().any(|(name, _)| *name == check.name)) {
            words.push(format!("{}: {}", check.name, check.detail));
        }
        self.known.extend(fresh);
        (!words.is_empty()).then_some(Word::Besides(words))
    }

    fn judge(&mut self, verdict: Health) -> Judged {
        if self.verdict == Some(verdict) {
            self.candidate = None;
            return Judged::Same;
        }
        let seen = match self.candidate {
            Some((candidate, seen)) if candidate == verdict => seen + 1,
            _ => 1,
        };
        self.candidate = Some((verdict, seen));
        if self.verdict.is_some() && verdict != Health::Unhealthy && seen < LOOKS {
            return Judged::Undecided;
        }
        self.candidate = None;
        self.verdict.replace(verdict).map_or(Judged::First, Judged::Changed)
    }
}

/// What became of the verdict.
enum Judged {
    First,
    Same,
    Undecided,
    Changed(Health),
}

/// What is wrong by this check. What cannot be seen is one thing, whatever the reason.
fn concerns(check: &Check) -> Vec<Concern> {
    match check.state {
        Health::Healthy => Vec::new(),
        _ if check.concerns.is_empty() => vec![(check.name, String::new())],
        _ => check.concerns.iter().map(|concern| (check.name, concern.clone())).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(state: Health) -> Report {
        Report::draw_all("staging", vec![Check::new("api", state, "seen")])
    }

    fn ringing(alarms: &[&str]) -> Report {
        let state = if alarms.is_empty() { Health::Healthy } else { Health::Degraded };
        let check = Check::new("alarms", state, alarms.join("; "));
        Report::draw_all("staging", vec![check.concerned(alarms.iter().map(ToString::to_string))])
    }

    #[test]
    fn a_flapping_verdict_is_told_once_it_holds() {
        use Health::{Degraded, Healthy, Unhealthy};
        let mut changes = Changes::default();
        let looks = [Healthy, Degraded, Healthy, Degraded, Degraded, Unhealthy, Healthy, Healthy];
        let told: Vec<Option<Word>> =
            looks.iter().map(|state| changes.take_in(&report(*state)).word).collect();
        let verdict = |before| Some(Word::Verdict(before));
        assert_eq!(
            told,
            [None, None, None, None, verdict(Healthy), verdict(Degraded), None, verdict(Unhealthy)]
        );
    }

    #[test]
    fn only_what_changed_is_a_line() {
        let mut changes = Changes::default();
        assert_eq!(changes.take_in(&report(Health::Healthy)).lines, ["api: Healthy: seen"]);
        assert!(changes.take_in(&report(Health::Healthy)).lines.is_empty());
        assert_eq!(changes.take_in(&report(Health::Unhealthy)).lines, ["api: Healthy → Unhealthy: seen"]);
    }

    #[test]
    fn what_goes_wrong_besides_is_told_once_it_holds() {
        let mut changes = Changes::default();
        let mut look = |alarms: &[&str]| {
            let news = changes.take_in(&ringing(alarms));
            (news.lines.join("|"), news.word)
        };
        let quiet = (String::new(), None);
        look(&["cpu"]);
        assert_eq!(look(&["cpu"]), quiet);
        assert_eq!(look(&["cpu", "lag"]), ("alarms: still Degraded: cpu; lag".to_owned(), None));
        let besides = Word::Besides(vec!["alarms: cpu; lag".to_owned()]);
        assert_eq!(look(&["cpu", "lag"]), (String::new(), Some(besides.clone())));
        assert_eq!(look(&["cpu", "lag"]), quiet);
        // A hiccup is not told again; what was away for two looks is.
        assert_eq!(look(&["cpu"]).1, None);
        assert_eq!(look(&["cpu", "lag"]).1, None);
        assert_eq!(look(&["cpu", "lag"]).1, None);
        look(&["cpu"]);
        look(&["cpu"]);
        look(&["cpu", "lag"]);
        assert_eq!(look(&["cpu", "lag"]).1, Some(besides));
    }
}
