//! Text over the panes: a whole row, a log, the keys.

use super::model::PAGE;
use crate::output::Input;

/// Text over the panes.
#[derive(Debug)]
pub struct Popup {
    /// What it is.
    pub title: String,
    /// Its lines.
    pub lines: Vec<String>,
    /// What is missing of it; stays in sight, whichever lines are.
    pub notice: Option<String>,
    /// The first line that is shown, of lines as they are broken; drawing corrects what is out of range.
    pub from: usize,
}

impl Popup {
    /// What keys do.
    pub fn of_keys() -> Self {
        let lines = [
            "1 to 8, ← → Tab   another pane",
            "↑ ↓ j k           another row; PgUp, PgDn, Home and End too",
            "Enter             the whole row",
            "l                 the log of the chosen task",
            "/                 only rows with a text in them; Esc shows all again",
            "s                 sort by the next column; after the last, as at first",
            "r                 look now",
            "q                 quit; Ctrl-C too",
        ];
        let lines = lines.iter().map(ToString::to_string).collect();
        Self { title: "Keys".to_owned(), lines, notice: None, from: 0 }
    }

    /// What becomes of it when a key is pressed; none when it closes.
    pub fn moved(self, input: Input) -> Option<Self> {
        let from = match input {
            Input::Up => self.from.saturating_sub(1),
            Input::Down => self.from.saturating_add(1),
            Input::PageUp => self.from.saturating_sub(PAGE),
            Input::PageDown => self.from.saturating_add(PAGE),
            Input::Home => 0,
            Input::End => usize::MAX,
            Input::Escape | Input::Enter | Input::Letter('q' | '?' | 'l') => return None,
            _ => self.from,
        };
        Some(Self { from, ..self })
    }
}
