//! The panes of the live screen: which columns each has, and the rows out of what is known.

use std::cmp::Ordering;

use jiff::Timestamp;

use super::model::Model;
use crate::commands::monitor::figures;
use crate::deploy::cost::{Costs, Money, Part};
use crate::monitor::inventory::{Event, Inventory, Thing};
use crate::monitor::report::{Check, Health, rough};
use crate::monitor::sizes::Hint;

/// A pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The checks.
    Layers,
    /// Services of ECS.
    Services,
    /// Tasks.
    Tasks,
    /// Targets of the load balancer.
    Targets,
    /// Alarms.
    Alarms,
    /// Metrics with their courses.
    Metrics,
    /// What happened.
    Events,
    /// What it costs, and which sizes would do.
    Costs,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// How it is, where it is anything.
    pub state: Option<Health>,
    /// A cell for each column.
    pub cells: Vec<String>,
}

impl Pane {
    /// All of them, in their order.
    pub const ALL: [Self; 8] = [
        Self::Layers,
        Self::Services,
        Self::Tasks,
        Self::Targets,
        Self::Alarms,
        Self::Metrics,
        Self::Events,
        Self::Costs,
    ];

    /// Its name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Layers => "Layers",
            Self::Services => "Services",
            Self::Tasks => "Tasks",
            Self::Targets => "Targets",
            Self::Alarms => "Alarms",
            Self::Metrics => "Metrics",
            Self::Events => "Events",
            Self::Costs => "Costs",
        }
    }

    /// Its columns.
    pub fn header(self) -> &'static [&'static str] {
        match self {
            Self::Layers => &["Layer", "State", "Seen"],
            Self::Services => &["Service", "State", "Status", "Seen"],
            Self::Tasks => &["Task", "State", "Status", "For", "Seen"],
            Self::Targets => &["Target", "State", "Status", "Why"],
            Self::Alarms => &["Alarm", "State", "Status", "For", "Why"],
            Self::Metrics => &["Metric", "Now", "Hour", "Peak", "Course"],
            Self::Events => &["At", "Event"],
            Self::Costs => &["Cost", "A month", "Seen"],
        }
    }

    /// The one before it, round and round.
    pub fn before(self) -> Self {
        Self::ALL[(self as usize + Self::ALL.len() - 1) % Self::ALL.len()]
    }

    /// The one after it, round and round.
    pub fn after(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }

    /// Its rows, as they come.
    pub fn rows(self, model: &Model, now: Timestamp) -> Vec<Row> {
        let things = |of: fn(&Inventory) -> &Vec<Thing>| {
            model
                .report
                .as_ref()
                .and_then(|(report, _)| report.inventory.as_ref())
                .map(of)
                .into_iter()
                .flatten()
        };
        match self {
            Self::Layers => layers(model),
            Self::Services => things(|all| &all.services).map(|thing| row(thing, [])).collect(),
            Self::Targets => things(|all| &all.targets).map(|thing| row(thing, [])).collect(),
            Self::Tasks => things(|all| &all.tasks).map(|thing| row(thing, [age(thing, now)])).collect(),
            Self::Alarms => things(|all| &all.alarms).map(|thing| row(thing, [age(thing, now)])).collect(),
            Self::Metrics => metrics(model),
            Self::Events => events(model),
            Self::Costs => costs(model),
        }
    }
}

impl Row {
    /// All its text.
    pub fn text(&self) -> String {
        self.cells.join(" ")
    }

    /// Which of two comes first by a column: the worst state, the smaller number, else the text.
    pub fn compare(&self, other: &Self, column: usize) -> Ordering {
        let cell = |row: &Self| row.cells.get(column).cloned().unwrap_or_default();
        let (one, two) = (cell(self), cell(other));
        let of_state = |row: &Self| row.state.filter(|state| state.to_string() == cell(row)).map(severity);
        if let (Some(one), Some(two)) = (of_state(self), of_state(other)) {
            return one.cmp(&two);
        }
        match (leading_number(&one), leading_number(&two)) {
            (Some(one), Some(two)) => one.total_cmp(&two),
            _ => one.cmp(&two),
        }
    }
}

fn severity(state: Health) -> u8 {
    match state {
        Health::Unhealthy => 0,
        Health::Unknown => 1,
        Health::Degraded => 2,
        Health::Healthy => 3,
    }
}

/// The number of a quantity such as `12.5 %`; none of an address or an id.
fn leading_number(text: &str) -> Option<f64> {
    text.split(' ').next().and_then(|number| number.parse().ok())
}

fn layers(model: &Model) -> Vec<Row> {
    let checks = model.report.iter().flat_map(|(report, _)| &report.checks);
    let row = |check: &Check| Row {
        state: Some(check.state),
        cells: vec![check.name.to_owned(), check.state.to_string(), check.detail.clone()],
    };
    checks.map(row).collect()
}

fn row<const MORE: usize>(thing: &Thing, more: [String; MORE]) -> Row {
    let mut cells = vec![thing.name.clone(), thing.state.to_string(), thing.status.clone()];
    cells.extend(more);
    cells.push(thing.detail.clone());
    Row { state: Some(thing.state), cells }
}

fn age(thing: &Thing, now: Timestamp) -> String {
    thing.since.map_or_else(String::new, |since| rough(now.duration_since(since)))
}

/// CloudWatch's, else what the checks measured since this watch began.
fn metrics(model: &Model) -> Vec<Row> {
    if let Some(detail) = model.detail.as_ref().filter(|detail| !detail.metrics.is_empty()) {
        let metrics = detail.metrics.iter().map(figures::row);
        let cells = metrics.chain(figures::deployments(detail));
        return cells.map(|cells| Row { state: None, cells }).collect();
    }
    let checks = model.report.iter().flat_map(|(report, _)| &report.checks);
    let measured =
        checks.filter_map(|check| Some((check, short(check.unit?)?, model.history.get(check.name)?)));
    measured
        .map(|(check, unit, values)| {
            let points: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
            let shown = |value: f64| {
                let digits = usize::from(value.abs() < 1_000.0 && value.fract() != 0.0);
                format!("{value:.digits$}{unit}")
            };
            let peak = values.iter().copied().fold(f64::MIN, f64::max);
            #[expect(clippy::cast_precision_loss, reason = "some hundred values")]
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let latest = values.back().copied().unwrap_or_default();
            let numbers = [latest, mean, peak].map(shown);
            let cells = [check.name.to_owned()].into_iter().chain(numbers).chain([figures::course(&points)]);
            Row { state: None, cells: cells.collect() }
        })
        .collect()
}

/// A unit as it is written behind a number; none of what has no course worth looking at, such as instants.
fn short(unit: &str) -> Option<&'static str> {
    match unit {
        "milliseconds" => Some(" ms"),
        "percent" => Some(" %"),
        "requests per second" => Some("/s"),
        "tasks" | "targets" | "order lines" | "connections" | "lines" => Some(""),
        _ => None,
    }
}

/// What the watch noticed and what ECS says, the latest first.
fn events(model: &Model) -> Vec<Row> {
    let said = model.report.iter().filter_map(|(report, _)| report.inventory.as_ref());
    let mut all: Vec<&Event> = model.noticed.iter().chain(said.flat_map(|all| &all.events)).collect();
    all.sort_by_key(|event| std::cmp::Reverse(event.at));
    let row = |event: &&Event| Row {
        state: None,
        cells: vec![event.at.strftime("%m-%d %H:%M:%SZ").to_string(), event.text.clone()],
    };
    all.iter().map(row).collect()
}

/// What was spent, what a month costs, the sizes that would do, and the most expensive parts.
fn costs(model: &Model) -> Vec<Row> {
    let row = |name: String, month: String, seen: String| Row { state: None, cells: vec![name, month, seen] };
    let checks = model.report.iter().flat_map(|(report, _)| &report.checks);
    let budget = checks.filter(|check| check.name == "budget");
    let mut rows: Vec<Row> =
        budget.map(|check| row(check.name.to_owned(), String::new(), check.detail.clone())).collect();
    let Some(detail) = &model.detail else { return rows };
    let usd = |money: Money| format!("{} USD", money.to_cents());
    let all = |cost: &Costs| row("all of it".to_owned(), usd(cost.monthly_usd), figures::basis(cost));
    rows.extend(detail.cost.as_ref().map(all));
    // What to do comes before why, for lines are cut at their end.
    let advice = |hint: &Hint| format!("{}; {}", hint.advice, hint.seen);
    let size = |hint: &Hint| row(format!("size of {}", hint.of), String::new(), advice(hint));
    rows.extend(detail.hints.iter().map(size));
    for Part { what, count, monthly_usd } in detail.cost.iter().flat_map(|cost| &cost.parts) {
        let several = if *count > 1 { format!("{count} of them") } else { String::new() };
        rows.push(row(what.clone(), usd(*monthly_usd), several));
    }
    rows
}
