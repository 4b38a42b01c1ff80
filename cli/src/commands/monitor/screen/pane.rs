//! The panes of the live screen: which columns each has, and the rows out of what is known.

mod costs;
mod empty;

use std::cmp::Ordering;

use jiff::Timestamp;

use super::model::Model;
use crate::commands::monitor::costs::HEADER as COST_COLUMNS;
use crate::commands::monitor::figures;
use crate::monitor::detail::Detail;
use crate::monitor::inventory::{Event, Inventory, Thing};
use crate::monitor::report::{Check, Health, rough};

/// Of what the rows are where CloudWatch has none.
const SINCE: &str = "what checks measured since this watch began";

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
    pub fn header(self, model: &Model) -> Vec<String> {
        let names: &[&str] = match self {
            Self::Layers => &["Layer", "State", "Seen"],
            Self::Services => &["Service", "State", "Status", "Seen"],
            Self::Tasks => &["Task", "State", "Status", "For", "Seen"],
            Self::Targets => &["Target", "State", "Status", "Why"],
            Self::Alarms => &["Alarm", "State", "Status", "For", "Why"],
            Self::Metrics => match hour(model) {
                Some(detail) => {
                    let names = ["Metric", "Now", "Hour", "Peak"].map(str::to_owned);
                    return names.into_iter().chain([figures::hour(detail)]).collect();
                }
                None => &["Metric", "Now", "Mean", "Peak", "Course"],
            },
            Self::Events => &["At", "Event"],
            Self::Costs => &COST_COLUMNS,
        };
        names.iter().map(ToString::to_string).collect()
    }

    /// What is to be known of all its rows.
    pub fn note(self, model: &Model) -> Option<String> {
        if self != Self::Metrics {
            return None;
        }
        let measured = hour(model).map(|detail| figures::in_full(detail.availability.as_ref()));
        let unmeasured = || model.unmeasured.as_ref().map(|why| format!("no metrics: {why}"));
        measured.or_else(unmeasured).or_else(|| model.report.as_ref().map(|_| SINCE.to_owned()))
    }

    /// The worst that is in it, where that is not as it should be.
    pub fn worst(self, model: &Model, now: Timestamp) -> Option<Health> {
        let unseen = self.unseen(model).map(|_| Health::Unknown);
        let states = self.rows(model, now).into_iter().filter_map(|row| row.state).chain(unseen);
        states.filter(|state| *state != Health::Healthy).min_by_key(|state| severity(*state))
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
            Self::Targets => worst_first(things(|all| &all.targets).map(|thing| row(thing, []))),
            Self::Tasks => worst_first(things(|all| &all.tasks).map(|thing| row(thing, [age(thing, now)]))),
            Self::Alarms => worst_first(things(|all| &all.alarms).map(|thing| alarm(thing, now))),
            Self::Metrics => metrics(model),
            Self::Events => events(model),
            Self::Costs => costs::rows(model),
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

/// Of many, only the first are seen without a key.
fn worst_first(rows: impl Iterator<Item = Row>) -> Vec<Row> {
    let mut rows: Vec<Row> = rows.collect();
    rows.sort_by_key(|row| row.state.map(severity));
    rows
}

/// The number of a quantity such as `12.5 %`; none of an address or an id.
fn leading_number(text: &str) -> Option<f64> {
    text.trim_start().split(' ').next().and_then(|number| number.parse().ok())
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

/// The longest word of CloudWatch would take the room of every reason.
fn alarm(thing: &Thing, now: Timestamp) -> Row {
    let mut row = row(thing, [age(thing, now)]);
    row.cells[2] = thing.status.replace("INSUFFICIENT_DATA", "NO DATA");
    row
}

fn age(thing: &Thing, now: Timestamp) -> String {
    thing.since.map_or_else(String::new, |since| rough(now.duration_since(since)))
}

/// The hour before, where CloudWatch knows anything of it.
fn hour(model: &Model) -> Option<&Detail> {
    model.detail.as_ref().filter(|detail| !detail.metrics.is_empty())
}

/// CloudWatch's, else what the checks measured since this watch began.
fn metrics(model: &Model) -> Vec<Row> {
    if let Some(detail) = hour(model) {
        let metrics = detail.metrics.iter().map(figures::row);
        let cells = metrics.chain(figures::deployments(detail));
        return cells
            .map(|mut cells| {
                // A course is as long as an hour has periods, and is to be seen whole in 80 columns.
                cells[0] = cells[0].replace("database ", "db ");
                Row { state: None, cells }
            })
            .collect();
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

/// ECS begins each event with the name of its service, of which there is one.
fn of_the_service(text: &str) -> &str {
    let named = text.strip_prefix("(service ").and_then(|text| text.split_once(") "));
    named.map_or(text, |(_, said)| said)
}

/// What the watch noticed and what ECS says, the latest first.
fn events(model: &Model) -> Vec<Row> {
    let said = model.report.iter().filter_map(|(report, _)| report.inventory.as_ref());
    let mut all: Vec<&Event> = model.noticed.iter().chain(said.flat_map(|all| &all.events)).collect();
    all.sort_by_key(|event| std::cmp::Reverse(event.at));
    let row = |event: &&Event| Row {
        state: None,
        cells: vec![event.at.strftime("%m-%d %H:%M:%SZ").to_string(), of_the_service(&event.text).to_owned()],
    };
    all.iter().map(row).collect()
}
