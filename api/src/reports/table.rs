//! Tables as CSV (RFC 4180, UTF-8, header first). Text that a spreadsheet would run as a formula is defused here.

use std::fmt::Display;

/// A table under construction.
#[derive(Debug)]
pub struct Table {
    out: String,
}

/// One cell.
#[derive(Clone, Copy)]
pub enum Cell<'a> {
    /// Text from the data: a leading `=`, `+`, `-`, `@`, tab or line break gets an apostrophe before it, because
    /// spreadsheets run such cells.
    Text(&'a str),
    /// A number, date or code of ours, written as it is.
    Plain(&'a dyn Display),
}

impl Table {
    /// A table with these column names.
    pub fn new(columns: &[&str]) -> Self {
        let mut table = Self { out: String::new() };
        table.out.push_str(&columns.join(","));
        table.out.push_str("\r\n");
        table
    }

    /// Adds a row.
    pub fn row(&mut self, cells: &[Cell<'_>]) {
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            match cell {
                Cell::Text(text) => self.text(text),
                Cell::Plain(value) => self.out.push_str(&value.to_string()),
            }
        }
        self.out.push_str("\r\n");
    }

    /// The CSV.
    pub fn finish(self) -> String {
        self.out
    }

    fn text(&mut self, text: &str) {
        let runs = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
        if !runs && !text.contains([',', '"', '\r', '\n']) {
            self.out.push_str(text);
            return;
        }
        self.out.push('"');
        if runs {
            self.out.push('\'');
        }
        self.out.push_str(&text.replace('"', "\"\""));
        self.out.push('"');
    }
}
