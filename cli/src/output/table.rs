//! Results for people as text: columns, and names with values. Cells may be styled.

use std::fmt::Write as _;

use anstream::adapter::strip_str;

use super::HEADER;

/// A table with a header. Columns are as wide as their content and two spaces apart; the last one is not padded.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let header: Vec<String> = header.iter().map(|name| format!("{HEADER}{name}{HEADER:#}")).collect();
    let lines = || std::iter::once(&header).chain(rows);
    let width_of = |column: usize| lines().filter_map(|line| line.get(column)).map(|cell| width(cell)).max();
    let widths: Vec<usize> = (0..header.len()).map(|column| width_of(column).unwrap_or(0)).collect();
    lines().map(|line| row(line, &widths)).collect()
}

/// One `Name: value` a line, the values below each other.
pub fn pairs(rows: &[(&str, String)]) -> String {
    let widest = rows.iter().map(|(name, _)| width(name)).max().unwrap_or(0) + 1;
    rows.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{:<widest$} {value}", format!("{name}:"));
        text
    })
}

fn row(cells: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, wanted) in cells.iter().zip(widths) {
        line.push_str(cell);
        line.push_str(&" ".repeat(wanted - width(cell) + 2));
    }
    line.truncate(line.trim_end().len());
    line.push('\n');
    line
}

/// Characters that are seen.
fn width(cell: &str) -> usize {
    strip_str(cell).to_string().chars().count()
}

#[cfg(test)]
mod tests {
    use super::super::ERROR;
    use super::*;

    #[test]
    fn colour_takes_no_room() {
        let rows = [vec![format!("{ERROR}bad{ERROR:#}"), "x".to_owned()], vec!["better".into(), "y".into()]];
        let text = strip_str(&table(&["State", "Seen"], &rows)).to_string();
        assert_eq!(text, "State   Seen\nbad     x\nbetter  y\n");
    }

    #[test]
    fn values_stand_below_each_other() {
        assert_eq!(pairs(&[("A", "1".into()), ("Long", "2".into())]), "A:    1\nLong: 2\n");
    }
}
