//! Results for people as text: columns, and names with values. Cells may be styled.

use comfy_table::{ContentArrangement, Table, presets::NOTHING};

use super::HEADER;

/// A table with a header. Columns are as wide as their content and two spaces apart; no line ends in spaces.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut table = plain();
    table.set_header(header.iter().map(|name| format!("{HEADER}{name}{HEADER:#}")));
    table.add_rows(rows);
    text(table, 2)
}

/// One `Name: value` a line, the values below each other.
pub fn pairs(rows: &[(&str, String)]) -> String {
    let mut table = plain();
    table.add_rows(rows.iter().map(|(name, value)| [format!("{name}:"), value.clone()]));
    text(table, 1)
}

/// No borders, and never wrapped: what is copied from a terminal, or read by another program, stays whole.
fn plain() -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table
}

fn text(mut table: Table, gap: u16) -> String {
    for column in table.column_iter_mut() {
        column.set_padding((0, gap));
    }
    table.trim_fmt() + "\n"
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;

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
