//! The rule about what AWS Config judges. Who keeps no record of resources has set nothing up, and is not ill for that.

use super::around::listed;
use crate::aws::compliance::{Compliance, Verdict};
use crate::monitor::report::{Check, Health};

const NAME: &str = "compliance";

/// The environment's rules of AWS Config.
pub fn compliance(seen: &Compliance) -> Check {
    let Compliance { recording, rules, missing } = seen;
    let all = rules.len() + missing.len();
    if rules.is_empty() {
        return Check::new(NAME, Health::Unknown, format!("not set up: none of {all} rules is there"));
    }
    if !recording {
        let why = "not set up: the account's recorder is off, so that rules judge what was";
        return Check::new(NAME, Health::Unknown, why);
    }
    let broken: Vec<(&str, i32)> = rules
        .iter()
        .filter_map(|rule| match rule.verdict {
            Verdict::Broken(resources) => Some((rule.name.as_str(), resources)),
            Verdict::Kept | Verdict::Undecided => None,
        })
        .collect();
    let undecided = rules.iter().filter(|rule| rule.verdict == Verdict::Undecided).count();
    let mut words = Vec::new();
    if !broken.is_empty() {
        let named: Vec<String> =
            broken.iter().map(|(name, resources)| format!("{name} ({resources})")).collect();
        words.push(format!("{} of {all} rules are broken: {}", broken.len(), listed(&named)));
    }
    if !missing.is_empty() {
        words.push(format!("deleted: {}", listed(missing)));
    }
    let concerns = broken.iter().map(|(name, _)| (*name).to_owned()).chain(missing.iter().cloned());
    let concerns: Vec<String> = concerns.collect();
    let health = if concerns.is_empty() { Health::Healthy } else { Health::Degraded };
    if concerns.is_empty() {
        words.push(format!("{} of {all} rules are kept", rules.len() - undecided));
    }
    if undecided > 0 {
        words.push(format!("not judged yet: {undecided}"));
    }
    #[expect(clippy::cast_precision_loss, reason = "a few rules")]
    let check = Check::new(NAME, health, words.join("; ")).measured(broken.len() as f64, "rules");
    let mut check = check.concerned(concerns);
    if let Some((name, _)) = broken.first() {
        let call = "aws configservice get-compliance-details-by-config-rule --config-rule-name";
        check.hints.push(format!("`{call} {name}` lists the resources"));
    }
    check
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::compliance::Rule;

    fn seen(recording: bool, rules: &[(&str, Verdict)], missing: &[&str]) -> Check {
        let rule = |(name, verdict): &(&str, Verdict)| Rule { name: (*name).to_owned(), verdict: *verdict };
        compliance(&Compliance {
            recording,
            rules: rules.iter().map(rule).collect(),
            missing: missing.iter().map(ToString::to_string).collect(),
        })
    }

    #[test]
    fn broken_rules_are_a_concern_by_their_names() {
        let check = seen(
            true,
            &[
                ("e-ssh", Verdict::Broken(2)),
                ("e-tls", Verdict::Kept),
                ("e-mfa", Verdict::Undecided),
                ("e-logs", Verdict::Broken(1)),
            ],
            &[],
        );
        assert_eq!(check.state, Health::Degraded);
        assert_eq!(check.detail, "2 of 4 rules are broken: e-ssh (2), e-logs (1); not judged yet: 1");
        assert_eq!(check.concerns, ["e-ssh", "e-logs"]);
        assert!(check.hints[0].contains("--config-rule-name e-ssh`"), "{:?}", check.hints);
        let many: Vec<(&str, Verdict)> =
            ["a", "b", "c", "d", "e", "f"].map(|name| (name, Verdict::Broken(1))).to_vec();
        let words = seen(true, &many, &[]).detail;
        assert!(words.ends_with("a (1), b (1), c (1), d (1), e (1) and 1 more"), "{words}");
    }

    #[test]
    fn what_was_not_set_up_is_unknown_and_not_ill() {
        let off = seen(false, &[("e-ssh", Verdict::Broken(2))], &[]);
        assert_eq!((off.state, off.concerns.len()), (Health::Unknown, 0));
        assert!(off.detail.starts_with("not set up: the account's recorder is off"), "{}", off.detail);
        let none = seen(true, &[], &["e-ssh", "e-tls"]);
        assert_eq!(
            (none.state, none.detail.as_str()),
            (Health::Unknown, "not set up: none of 2 rules is there")
        );
    }

    #[test]
    fn rules_that_are_kept_are_counted_and_deleted_ones_named() {
        let kept = seen(true, &[("e-ssh", Verdict::Kept), ("e-mfa", Verdict::Undecided)], &[]);
        assert_eq!(
            (kept.state, kept.detail.as_str()),
            (Health::Healthy, "1 of 2 rules are kept; not judged yet: 1")
        );
        let deleted = seen(true, &[("e-ssh", Verdict::Kept)], &["e-tls"]);
        assert_eq!((deleted.state, deleted.detail.as_str()), (Health::Degraded, "deleted: e-tls"));
        assert_eq!(deleted.concerns, ["e-tls"]);
    }
}
