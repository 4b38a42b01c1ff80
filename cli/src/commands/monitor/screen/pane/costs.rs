//! The rows of the pane *Costs*: what was spent, and what is estimated with the last hour's figures.

use super::{Model, Row};
use crate::commands::monitor::costs;

pub(super) fn rows(model: &Model) -> Vec<Row> {
    let row = |cells: [String; 3]| Row { state: None, cells: cells.into() };
    let checks = model.report.iter().flat_map(|(report, _)| &report.checks);
    let budget = checks.filter(|check| check.name == "budget");
    let spent = budget.map(|check| row([check.name.to_owned(), String::new(), check.detail.clone()]));
    let mut rows: Vec<Row> = spent.collect();
    match (&model.detail, &model.unmeasured) {
        (Some(detail), _) => rows.extend(costs::rows(detail).into_iter().map(row)),
        (None, Some(why)) => rows.push(row(["estimate".to_owned(), String::new(), why.clone()])),
        (None, None) => {}
    }
    rows
}
