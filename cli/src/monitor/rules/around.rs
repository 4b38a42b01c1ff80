//! The rules about what is around the service: stacks, alarms, functions, the log, the budget.

use jiff::{SignedDuration, Timestamp};

use crate::aws::alarms::{Alarm, Alarms};
use crate::aws::budget::Budget;
use crate::aws::functions::Runs;
use crate::aws::stacks::Stack;
use crate::monitor::report::{Check, Health, rough};

/// As many lines of level ERROR in five minutes are a concern: one in a minute.
const ERRORS: usize = 5;
/// As many names are listed; of more, their number is said.
const NAMES: usize = 5;

/// The stacks of the project, of which `bootstrap` must be there.
pub fn stacks(stacks: &[Stack], bootstrap: &str) -> Check {
    let mut concerns = Vec::new();
    if !stacks.iter().any(|stack| stack.name == bootstrap) {
        concerns.push(format!("{bootstrap} is missing"));
    }
    for stack in stacks {
        if !is_sound(&stack.status) {
            concerns.push(format!("{} is {}", stack.name, stack.status));
        }
        if stack.drifted {
            concerns.push(format!("{} differs from its template", stack.name));
        }
    }
    if !concerns.is_empty() {
        return Check::new("stack", Health::Degraded, concerns.join("; ")).concerned(concerns);
    }
    let words: Vec<String> =
        stacks.iter().map(|stack| format!("{} is {}", stack.name, stack.status)).collect();
    Check::new("stack", Health::Healthy, listed(&words))
}

fn is_sound(status: &str) -> bool {
    let good = status.ends_with("_COMPLETE") && !status.contains("ROLLBACK") && !status.starts_with("DELETE");
    good || status.ends_with("_IN_PROGRESS")
}

/// Alarms: those that ring, those that are gone, and those that cannot tell.
pub fn alarms(alarms: &Alarms, now: Timestamp) -> Check {
    let words = |alarm: &Alarm| {
        let age = |at: i64| rough(SignedDuration::from_secs(now.as_second() - at));
        let since = alarm.since.map_or_else(String::new, |at| format!(" for {}", age(at)));
        format!("{}{since} ({})", alarm.name, alarm.reason)
    };
    let Alarms { found, missing } = alarms;
    let ringing: Vec<&Alarm> = found.iter().filter(|alarm| alarm.rings()).collect();
    let mut said: Vec<String> = ringing.iter().map(|alarm| words(alarm)).collect();
    if !missing.is_empty() {
        said.push(format!("deleted: {}", listed(missing)));
    }
    let blind: Vec<String> = found
        .iter()
        .filter(|alarm| alarm.state == "INSUFFICIENT_DATA")
        .map(|alarm| alarm.name.clone())
        .collect();
    let without_data = (!blind.is_empty()).then(|| format!("without data: {}", listed(&blind)));
    if said.is_empty() {
        let none = format!("none of {} rings", found.len());
        let said: Vec<String> = [none].into_iter().chain(without_data).collect();
        return Check::new("alarms", Health::Healthy, said.join("; "));
    }
    said.extend(without_data);
    let rings = ringing.iter().map(|alarm| alarm.name.clone());
    let gone = missing.iter().map(|name| format!("{name} is deleted"));
    Check::new("alarms", Health::Degraded, said.join("; ")).concerned(rings.chain(gone))
}

/// Lambda functions: whether the latest runs of each succeeded.
pub fn functions(latest: &[Runs]) -> Check {
    let failed: Vec<&Runs> = latest.iter().filter(|runs| runs.failed > 0).collect();
    let words = |Runs { function, count, failed, hour }: &Runs| {
        let hour = Timestamp::from_second(*hour).unwrap_or_default().strftime("%H:%MZ");
        format!("{failed} of {count} runs of {function} failed in the hour from {hour}")
    };
    if failed.is_empty() {
        let ran = latest.len();
        return Check::new("functions", Health::Healthy, format!("{ran} ran in a day, and none failed last"));
    }
    let said: Vec<String> = failed.iter().map(|runs| words(runs)).collect();
    let concerns = failed.iter().map(|runs| runs.function.to_owned());
    Check::new("functions", Health::Degraded, said.join("; ")).concerned(concerns)
}

/// Lines of level ERROR that the API logged in the last five minutes; `more` where there may be others.
pub fn errors(lines: usize, more: bool) -> Check {
    let at_least = if more { "at least " } else { "" };
    let health = if lines >= ERRORS { Health::Degraded } else { Health::Healthy };
    let detail = format!("{at_least}{lines} lines of level ERROR in 5 minutes");
    #[expect(clippy::cast_precision_loss, reason = "some thousand lines")]
    Check::new("log", health, detail).measured(lines as f64, "lines")
}

/// What the month has cost.
pub fn budget(budget: Budget) -> Check {
    let Budget { limit, spent, forecast } = budget;
    let dollars = |cents: i64| format!("{}.{:02}", cents / 100, (cents % 100).abs());
    let mut detail = format!("{} of {} USD spent this month", dollars(spent), dollars(limit));
    if let Some(forecast) = forecast {
        detail = format!("{detail}, {} expected", dollars(forecast));
    }
    let health = if spent > limit { Health::Degraded } else { Health::Healthy };
    #[expect(clippy::cast_precision_loss, reason = "for a plot")]
    Check::new("budget", health, detail).measured(spent as f64 / 100.0, "USD")
}

pub(super) fn listed(names: &[String]) -> String {
    match names.get(..NAMES) {
        Some(first) if names.len() > NAMES => {
            format!("{} and {} more", first.join(", "), names.len() - NAMES)
        }
        _ => names.join(", "),
    }
}
