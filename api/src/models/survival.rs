//! How long customers stay: Kaplan and Meier's curve of times that may still go on, and churn by a stated definition.
//! Knows no dates; days or any other unit.

use crate::models::{Answer, Refusal, special::normal_quantile};

/// A customer's time so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lifetime {
    /// Time seen, from the start on.
    pub duration: f64,
    /// Whether it ended; otherwise the customer was still there when last seen.
    pub ended: bool,
}

/// The curve at a time when someone left. It is flat until the next one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The time.
    pub time: f64,
    /// Customers seen for as long, those who leave now included.
    pub at_risk: usize,
    /// Customers who leave now.
    pub ended: usize,
    /// The probability to stay longer.
    pub survival: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The curve, with pointwise intervals at `level` by Greenwood's variance of ln(−ln S), which stay within 0 and 1.
pub fn survival_curve(lifetimes: &[Lifetime], level: f64) -> Answer<Vec<Step>> {
    if lifetimes.is_empty() {
        return Err(Refusal::TooFew { what: "customers", needed: 1, found: 0 });
    }
    if !lifetimes.iter().all(|one| one.duration.is_finite() && one.duration >= 0.0) {
        return Err(Refusal::OutOfDomain("a duration is not negative"));
    }
    if level <= 0.0 || level >= 1.0 || level.is_nan() {
        return Err(Refusal::OutOfDomain("the level of an interval is between 0 and 1"));
    }
    let z = normal_quantile(f64::midpoint(1.0, level));
    let mut sorted = lifetimes.to_vec();
    sorted.sort_unstable_by(|one, other| one.duration.total_cmp(&other.duration));
    let (mut at_risk, mut survival, mut spread) = (sorted.len(), 1.0, 0.0);
    let mut steps = Vec::new();
    for same in sorted.chunk_by(|one, next| one.duration.total_cmp(&next.duration).is_eq()) {
        let ended = same.iter().filter(|one| one.ended).count();
        if ended > 0 {
            let (risk, gone) = (at_risk as f64, ended as f64);
            survival *= (risk - gone) / risk;
            spread += if at_risk > ended { gone / (risk * (risk - gone)) } else { 0.0 };
            let (low, high) = interval(survival, spread, z);
            steps.push(Step { time: same[0].duration, at_risk, ended, survival, low, high });
        }
        at_risk -= same.len();
    }
    Ok(steps)
}

fn interval(survival: f64, spread: f64, z: f64) -> (f64, f64) {
    if survival <= 0.0 || survival >= 1.0 {
        return (survival, survival);
    }
    let reach = (z * spread.sqrt() / survival.ln()).abs();
    (survival.powf(reach.exp()), survival.powf((-reach).exp()))
}

/// The earliest time by which half have left; `None` if fewer have.
pub fn median(curve: &[Step]) -> Option<f64> {
    curve.iter().find(|step| step.survival <= 0.5).map(|step| step.time)
}

/// A customer's purchases as days, and the definition "gone after so many days without one".
///
/// Gives one lifetime per spell: a customer who comes back after longer than `gap` has left and returned. A spell that
/// ended lasted until its last purchase; one that goes on, until `today`.
pub fn spells(days: &[i32], today: i32, gap: i32) -> Answer<Vec<Lifetime>> {
    if !days.is_sorted() || days.last().is_some_and(|last| *last > today) || gap < 1 {
        return Err(Refusal::OutOfDomain("days are in order and not after today, a gap is a day at least"));
    }
    let mut spells = Vec::new();
    for spell in days.chunk_by(|one, next| i64::from(*next) - i64::from(*one) <= i64::from(gap)) {
        let (first, last) = (spell[0], spell[spell.len() - 1]);
        let gone = i64::from(today) - i64::from(last) > i64::from(gap);
        let comes_back = last != days[days.len() - 1];
        let ended = gone || comes_back;
        let until = if ended { last } else { today };
        spells.push(Lifetime { duration: f64::from(until) - f64::from(first), ended });
    }
    Ok(spells)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Remission of leukaemia patients on 6-MP in weeks (Freireich and others 1963; Gehan 1965); `true` is a relapse.
    const WEEKS: [(f64, bool); 21] = [
        (6.0, true),
        (6.0, true),
        (6.0, true),
        (6.0, false),
        (7.0, true),
        (9.0, false),
        (10.0, true),
        (10.0, false),
        (11.0, false),
        (13.0, true),
        (16.0, true),
        (17.0, false),
        (19.0, false),
        (20.0, false),
        (22.0, true),
        (23.0, true),
        (25.0, false),
        (32.0, false),
        (32.0, false),
        (34.0, false),
        (35.0, false),
    ];

    #[test]
    fn curve_of_the_textbook_is_reproduced() {
        let lifetimes = WEEKS.map(|(duration, ended)| Lifetime { duration, ended });
        let curve = survival_curve(&lifetimes, 0.95).unwrap();
        let found: Vec<_> = curve
            .iter()
            .map(|step| (step.time, step.at_risk, step.ended, format!("{:.3}", step.survival)))
            .collect();
        let published = [
            (6.0, 21, 3, "0.857"),
            (7.0, 17, 1, "0.807"),
            (10.0, 15, 1, "0.753"),
            (13.0, 12, 1, "0.690"),
            (16.0, 11, 1, "0.627"),
            (22.0, 7, 1, "0.538"),
            (23.0, 6, 1, "0.448"),
        ];
        assert_eq!(found, published.map(|(time, risk, ended, text)| (time, risk, ended, text.to_owned())));
        assert_eq!(median(&curve), Some(23.0));
        // `survfit` of R with conf.type = "log-log".
        for (step, (low, high)) in [(0, ("0.620", "0.952")), (3, ("0.432", "0.849")), (6, ("0.188", "0.680"))]
        {
            let step = curve[step];
            assert_eq!(
                (format!("{:.3}", step.low), format!("{:.3}", step.high)),
                (low.to_owned(), high.to_owned())
            );
        }
    }

    #[test]
    fn a_customer_may_leave_and_return() {
        let found = spells(&[0, 10, 100, 130], 150, 30).unwrap();
        let spell = |duration, ended| Lifetime { duration, ended };
        assert_eq!(found, [spell(10.0, true), spell(50.0, false)]);
        assert_eq!(spells(&[0, 10], 41, 30).unwrap(), [spell(10.0, true)]);
        assert_eq!(spells(&[0, 10], 40, 30).unwrap(), [spell(40.0, false)]);
        assert_eq!(spells(&[], 40, 30).unwrap(), []);
        assert!(spells(&[5, 3], 40, 30).is_err());
    }

    #[test]
    fn nobody_and_everybody() {
        assert_eq!(survival_curve(&[], 0.95).unwrap_err().name(), "too_little_data");
        let all = survival_curve(&[Lifetime { duration: 3.0, ended: true }; 4], 0.95).unwrap();
        assert_eq!((all.len(), all[0].survival, all[0].low, all[0].high), (1, 0.0, 0.0, 0.0));
        assert!(survival_curve(&[Lifetime { duration: 3.0, ended: false }; 4], 0.95).unwrap().is_empty());
    }
}
