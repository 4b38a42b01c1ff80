//! Why a pane has no rows.

use super::{Check, Model, Pane};

impl Pane {
    /// The reason, in a sentence.
    pub fn why_empty(self, model: &Model) -> String {
        let filter = &model.view(self).filter;
        let Some((report, _)) = &model.report else { return "looking for the first time …".to_owned() };
        if !filter.is_empty() {
            return format!("No row has `{filter}` in it; Esc shows all.");
        }
        // What could not be looked at is no less there for that.
        if let Some(unseen) = self.unseen(model) {
            return format!("Not seen: {}", unseen.detail);
        }
        if let (None, Some(first)) = (&report.inventory, report.checks.first()) {
            return format!("{}: {}", first.name, first.detail);
        }
        let local = report.environment == crate::arguments::Environment::Local.name();
        let why = match self {
            Self::Targets | Self::Alarms | Self::Costs if local => "There are none on this machine.",
            Self::Layers => "Nothing was checked.",
            Self::Services => "There is no service.",
            Self::Tasks => "No task runs, and ECS remembers none that stopped.",
            Self::Targets => "No target is registered.",
            Self::Alarms => "The environment has no alarms.",
            Self::Metrics => "Nothing was measured yet.",
            Self::Events => "Nothing happened since this watch began.",
            Self::Costs => "Costs are asked for with the metrics.",
        };
        why.to_owned()
    }

    /// The check of its rows, where it saw nothing.
    pub(super) fn unseen(self, model: &Model) -> Option<&Check> {
        let mut checks = model.report.iter().flat_map(|(report, _)| &report.checks);
        checks.find(|check| self.check() == Some(check.name) && check.unseen.is_some())
    }

    /// The check that says what became of the look at its rows.
    fn check(self) -> Option<&'static str> {
        match self {
            Self::Services => Some("service"),
            Self::Tasks => Some("tasks"),
            Self::Targets => Some("targets"),
            Self::Alarms => Some("alarms"),
            Self::Layers | Self::Metrics | Self::Events | Self::Costs => None,
        }
    }
}
