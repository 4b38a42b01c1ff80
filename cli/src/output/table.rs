//! Results for people as text: columns, and names with values.

use comfy_table::{Table, presets};

/// A table with a header; columns are as wide as their content.
pub fn table(header: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_header(header.iter().copied());
    table.add_rows(rows);
    format!("{table}\n")
}

/// One `Name: value` a line, the values below each other.
pub fn pairs(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0) + 1;
    rows.iter().map(|(name, value)| format!("{:<width$} {value}\n", format!("{name}:"))).collect()
}
