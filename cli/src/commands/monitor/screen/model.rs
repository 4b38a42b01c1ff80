//! What the live screen knows, and what becomes of it when a look arrives or a key is pressed.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

use super::pane::{Pane, Row};
use super::popup::Popup;
use crate::failure::Failure;
use crate::monitor::detail::Detail;
use crate::monitor::inventory::Event;
use crate::monitor::report::Report;
use crate::output::Input;

/// Values of a check that are kept: an hour of looks, 30 s apart.
const HISTORY: usize = 120;
/// Events of the watch itself that are kept, so that a day's memory stays flat.
const MOST_EVENTS: usize = 200;
/// Rows that a page key moves by.
pub(super) const PAGE: usize = 10;

/// Everything that is shown.
#[derive(Debug)]
pub struct Model {
    /// The environment.
    pub environment: &'static str,
    /// Time between two looks.
    pub interval: Duration,
    /// The latest look, and when it was.
    pub report: Option<(Report, Timestamp)>,
    /// The last hour in figures, where there are any.
    pub detail: Option<Detail>,
    /// Why there are no newer figures.
    pub unmeasured: Option<String>,
    /// Values of checks that measure, the latest last.
    pub history: BTreeMap<&'static str, VecDeque<f64>>,
    /// What the watch noticed, the latest first.
    pub noticed: VecDeque<Event>,
    /// Why the latest look, or what it asked for, failed.
    pub trouble: Option<String>,
    /// The pane that keys go to.
    pub focus: Pane,
    /// What lies over the panes.
    pub popup: Option<Popup>,
    /// Whether letters go to the filter.
    pub typing: bool,
    views: [View; Pane::ALL.len()],
}

/// How a pane is looked at.
#[derive(Debug, Default, Clone)]
pub struct View {
    /// The row that keys go to.
    pub selected: usize,
    /// Only rows with this in them.
    pub filter: String,
    /// The column that rows are sorted by; none as they come.
    pub sorted_by: Option<usize>,
}

/// What a key asks of the watch.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// Nothing more than what the screen did.
    Nothing,
    /// To end.
    Quit,
    /// To end at once.
    Interrupt,
    /// To look now.
    Look,
    /// The log of a task, or on this machine of the API.
    Log(String),
}

impl Model {
    /// A screen that has seen nothing yet.
    pub fn new(environment: &'static str, interval: Duration) -> Self {
        Self {
            environment,
            interval,
            report: None,
            detail: None,
            unmeasured: None,
            history: BTreeMap::new(),
            noticed: VecDeque::new(),
            trouble: None,
            focus: Pane::Layers,
            popup: None,
            typing: false,
            views: Default::default(),
        }
    }

    /// Takes a look in, and what changed since the one before.
    pub fn take_in(&mut self, report: Report, changes: Vec<String>, at: Timestamp) {
        for check in &report.checks {
            if let Some(value) = check.value {
                let values = self.history.entry(check.name).or_default();
                values.push_back(value);
                if values.len() > HISTORY {
                    values.pop_front();
                }
            }
        }
        for change in changes {
            self.notice(change, at);
        }
        self.trouble = None;
        self.report = Some((report, at));
    }

    /// Takes figures in, or why there are none.
    pub fn measure(&mut self, figures: Result<Detail, Failure>, at: Timestamp) {
        match figures {
            Ok(detail) => {
                self.detail = Some(detail);
                self.unmeasured = None;
            }
            Err(failure) => {
                self.notice(format!("no metrics: {failure}"), at);
                self.unmeasured = Some(failure.to_string());
            }
        }
    }

    /// Notes what happened.
    pub fn notice(&mut self, text: String, at: Timestamp) {
        self.noticed.push_front(Event { at, text });
        self.noticed.truncate(MOST_EVENTS);
    }

    /// Lays text over the panes, its last lines first to be seen.
    pub fn show(&mut self, title: String, lines: Vec<String>, notice: Option<String>) {
        self.popup = Some(Popup { title, lines, notice, from: usize::MAX });
    }

    /// How a pane is looked at.
    pub fn view(&self, pane: Pane) -> &View {
        &self.views[pane as usize]
    }

    /// The rows of a pane that its filter lets through, in its order.
    pub fn rows(&self, pane: Pane, now: Timestamp) -> Vec<Row> {
        let view = self.view(pane);
        let filter = view.filter.to_lowercase();
        let mut rows = pane.rows(self, now);
        rows.retain(|row| filter.is_empty() || row.text().to_lowercase().contains(&filter));
        if let Some(column) = view.sorted_by {
            rows.sort_by(|one, other| one.compare(other, column));
        }
        rows
    }

    /// Does what a key says.
    pub fn press(&mut self, input: Input, now: Timestamp) -> Asked {
        if input == Input::Interrupt {
            return Asked::Interrupt;
        }
        if self.typing {
            self.type_filter(input);
            return Asked::Nothing;
        }
        if let Some(popup) = self.popup.take() {
            self.popup = popup.moved(input);
            return Asked::Nothing;
        }
        match input {
            Input::Letter('q') => return Asked::Quit,
            Input::Letter('r') => return Asked::Look,
            Input::Letter('l') => return self.ask_for_log(now),
            Input::Letter('?') => self.popup = Some(Popup::of_keys()),
            Input::Letter('/') => self.typing = true,
            Input::Letter('s') => self.sort(),
            Input::Letter(digit @ '1'..='8') => self.focus_at(digit),
            Input::Left => self.focus = self.focus.before(),
            Input::Right => self.focus = self.focus.after(),
            Input::Enter => self.open(now),
            Input::Escape => self.view_mut().filter.clear(),
            _ => self.select(input, now),
        }
        Asked::Nothing
    }

    fn view_mut(&mut self) -> &mut View {
        &mut self.views[self.focus as usize]
    }

    fn type_filter(&mut self, input: Input) {
        let filter = &mut self.view_mut().filter;
        match input {
            Input::Letter(letter) => filter.push(letter),
            Input::Backspace => drop(filter.pop()),
            Input::Escape => {
                filter.clear();
                self.typing = false;
            }
            Input::Enter => self.typing = false,
            _ => {}
        }
        self.view_mut().selected = 0;
    }

    fn select(&mut self, input: Input, now: Timestamp) {
        let last = self.rows(self.focus, now).len().saturating_sub(1);
        let view = self.view_mut();
        let selected = view.selected.min(last);
        view.selected = match input {
            Input::Up | Input::Letter('k') => selected.saturating_sub(1),
            Input::Down | Input::Letter('j') => (selected + 1).min(last),
            Input::PageUp => selected.saturating_sub(PAGE),
            Input::PageDown => (selected + PAGE).min(last),
            Input::Home => 0,
            Input::End => last,
            _ => selected,
        };
    }

    fn sort(&mut self) {
        let columns = self.focus.header(self).len();
        let view = self.view_mut();
        view.sorted_by = match view.sorted_by {
            None => Some(0),
            Some(column) => Some(column + 1).filter(|next| *next < columns),
        };
    }

    fn focus_at(&mut self, digit: char) {
        let place = digit.to_digit(10).and_then(|digit| usize::try_from(digit).ok()).unwrap_or(1);
        self.focus = Pane::ALL.get(place - 1).copied().unwrap_or(self.focus);
    }

    fn selected(&self, now: Timestamp) -> Option<Row> {
        let rows = self.rows(self.focus, now);
        let last = rows.len().checked_sub(1)?;
        rows.into_iter().nth(self.view(self.focus).selected.min(last))
    }

    fn open(&mut self, now: Timestamp) {
        if let Some(row) = self.selected(now) {
            let header = self.focus.header(self);
            let named = header.iter().zip(row.cells.iter().map(|cell| cell.trim()));
            let told = named.filter(|(_, value)| !value.is_empty());
            let mut lines: Vec<String> = told.map(|(name, value)| format!("{name}: {value}")).collect();
            lines.extend(self.hints(&row));
            self.popup = Some(Popup { title: self.focus.title().to_owned(), lines, notice: None, from: 0 });
        }
    }

    /// What can be done about a check, which is too long for the bottom of a small screen.
    fn hints(&self, row: &Row) -> Vec<String> {
        let checks = self.report.iter().flat_map(|(report, _)| &report.checks);
        let named = checks.filter(|check| {
            self.focus == Pane::Layers && row.cells.first().is_some_and(|it| it == check.name)
        });
        named.flat_map(|check| &check.hints).map(|hint| format!("hint: {hint}")).collect()
    }

    fn ask_for_log(&mut self, now: Timestamp) -> Asked {
        if self.focus == Pane::Tasks
            && let Some(task) = self.selected(now).and_then(|row| row.cells.into_iter().next())
        {
            return Asked::Log(task);
        }
        self.focus = Pane::Tasks;
        let is_any = !self.rows(Pane::Tasks, now).is_empty();
        let advice =
            if is_any { "choose a task, then press l for its log" } else { "no task, and so no log" };
        self.trouble = Some(advice.to_owned());
        Asked::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::report::{Check, Health};

    #[test]
    fn the_whole_row_of_a_check_has_what_can_be_done_about_it() {
        let at = Timestamp::constant(1_800_000_000, 0);
        let mut model = Model::new("staging", Duration::from_secs(30));
        let mut check = Check::new("alarms", Health::Unknown, "AWS refuses cloudwatch:DescribeAlarms");
        check.hints.push("these credentials need a permission".to_owned());
        model.take_in(
            Report::draw_all("staging", vec![Check::new("api", Health::Healthy, "fine"), check]),
            vec![],
            at,
        );
        let opened = |model: &mut Model| {
            model.press(Input::Enter, at);
            model.popup.take().unwrap().lines
        };
        assert_eq!(opened(&mut model), ["Layer: api", "State: Healthy", "Seen: fine"]);
        model.press(Input::Down, at);
        assert_eq!(opened(&mut model).last().unwrap(), "hint: these credentials need a permission");
    }
}
