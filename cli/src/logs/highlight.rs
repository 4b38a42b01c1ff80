//! What a regular expression finds in a line, made to stand out. It is looked for in what is seen: styles in the line are
//! no part of it, and go on after it. Pure.

use std::fmt::Write as _;

use anstyle::Style;
use regex::Regex;

use crate::output::HEADER;

const MARK: Style = HEADER.invert();

/// A piece of a line.
enum Piece<'a> {
    /// What is seen.
    Text(&'a str),
    /// What changes the style.
    Style(&'a str),
}

/// The line, with what `regex` finds in its visible text marked.
pub fn mark(line: &str, regex: &Regex) -> String {
    let pieces = pieces(line);
    let seen: String = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => *text,
            Piece::Style(_) => "",
        })
        .collect();
    let mut found = regex.find_iter(&seen).map(|found| found.range()).filter(|range| !range.is_empty());
    let mut range = found.next();
    let (mut marked, mut style, mut at) = (String::with_capacity(line.len()), String::new(), 0);
    for piece in pieces {
        match piece {
            Piece::Style(change) => {
                // A mark ends every style, so that all of it looks alike; what holds after it is known by then.
                if change == "\u{1b}[0m" {
                    style.clear();
                } else {
                    style.push_str(change);
                }
                if range.as_ref().is_none_or(|range| at <= range.start) {
                    marked.push_str(change);
                }
            }
            Piece::Text(text) => {
                for (offset, letter) in text.char_indices() {
                    let here = at + offset;
                    if range.as_ref().is_some_and(|range| range.start == here) {
                        let _ = write!(marked, "\u{1b}[0m{MARK}");
                    }
                    marked.push(letter);
                    if range.as_ref().is_some_and(|range| range.end == here + letter.len_utf8()) {
                        let _ = write!(marked, "{MARK:#}{style}");
                        range = found.next();
                    }
                }
                at += text.len();
            }
        }
    }
    marked
}

/// Escape sequences that style (`ESC [ … m`), and what stands between them.
fn pieces(line: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some(start) = rest.find("\u{1b}[") {
        let parameters = rest[start + 2..].find(|c: char| !(c.is_ascii_digit() || c == ';'));
        let end = start + 2 + parameters.unwrap_or(rest.len() - start - 2);
        if rest[end..].starts_with('m') {
            pieces.extend([Piece::Text(&rest[..start]), Piece::Style(&rest[start..=end])]);
            rest = &rest[end + 1..];
        } else {
            pieces.push(Piece::Text(&rest[..end]));
            rest = &rest[end..];
        }
    }
    pieces.push(Piece::Text(rest));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(line: &str, regex: &str) -> String {
        mark(line, &Regex::new(regex).unwrap()).replace('\u{1b}', "^")
    }

    #[test]
    fn only_what_is_seen_is_searched_and_styles_go_on_after_a_mark() {
        let line = "\u{1b}[36mapi 1\u{1b}[0m \u{1b}[2mstatus=\u{1b}[0m503";
        assert_eq!(marked(line, "36|2m"), line.replace('\u{1b}', "^"), "codes are no text");
        assert_eq!(marked(line, "pi"), "^[36ma^[0m^[1m^[7mpi^[0m^[36m 1^[0m ^[2mstatus=^[0m503");
        // Over the end of a style: the mark holds, and nothing is left of the style behind it.
        assert_eq!(marked(line, "=50"), "^[36mapi 1^[0m ^[2mstatus^[0m^[1m^[7m=50^[0m3");
        assert_eq!(marked("ää", "ä"), "^[0m^[1m^[7mä^[0m^[0m^[1m^[7mä^[0m");
        assert_eq!(marked("plain", "x*"), "plain");
    }
}
