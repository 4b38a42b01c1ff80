//! A pane: its rows in columns, the text at their ends in as many lines as there is room for.

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, Paragraph, Row as TableRow, Table, TableState, Wrap};

use super::{Colors, bold, faint, fit, sign, style_of};
use crate::commands::monitor::screen::model::Model;
use crate::commands::monitor::screen::pane::{Pane, Row};

/// Space between two columns.
const GAP: u16 = 2;
/// A name is not cut below this where there is room for as much.
const SHORT_NAME: usize = 20;
/// Nor below this at all.
const SHORTEST_NAME: usize = 8;
/// Lines of a row, at most.
const MOST_LINES: usize = 5;
/// What is not text in the line of two titles: corners, a gap, and a space on both sides of the second.
const NOTE_MARGIN: usize = 5;
/// Lines that a pane has besides those of its rows: borders and a header.
const AROUND: u16 = 3;

/// Draws a pane.
pub fn draw(frame: &mut Frame<'_>, model: &Model, pane: Pane, colors: Colors, now: Timestamp, area: Rect) {
    let rows = model.rows(pane, now);
    let focused = pane == model.focus;
    let title = Line::raw(title_of(model, pane, rows.len()));
    let mut block = Block::bordered().border_style(if focused { bold() } else { faint() });
    if let Some(note) = pane.note(model) {
        let room = usize::from(area.width).saturating_sub(title.width() + NOTE_MARGIN);
        block = block.title(title).title(format!(" {} ", fit::cut(&note, room)));
    } else {
        block = block.title(title);
    }
    if rows.is_empty() {
        let why = Paragraph::new(pane.why_empty(model)).wrap(Wrap { trim: true });
        frame.render_widget(why.block(block), area);
        return;
    }
    let header = pane.header(model);
    let widths = widths(&header, &rows, area.width.saturating_sub(2));
    let heights = heights(pane, &rows, text_width(&widths), area.height.saturating_sub(AROUND));
    let selected = if focused { model.view(pane).selected.min(rows.len() - 1) } else { 0 };
    let out_of_sight = out_of_sight(rows.len(), &heights, selected, area.height.saturating_sub(AROUND));
    block = block.title_bottom(Line::raw(out_of_sight).right_aligned());
    let names = names(&rows, widths.first().copied().map_or(0, usize::from));
    let body = rows.iter().zip(names).zip(heights);
    let body = body.map(|((row, name), height)| table_row(row, name, pane, &widths, height, colors));
    let highlight = if focused { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
    let table = Table::new(body, widths.iter().map(|width| Constraint::Length(*width)))
        .header(TableRow::new(header).style(faint()))
        .column_spacing(GAP)
        .block(block)
        .row_highlight_style(highlight);
    let mut state = TableState::new().with_selected(focused.then_some(selected));
    frame.render_stateful_widget(table, area, &mut state);
}

/// Lines that a pane of this width wants.
pub fn wanted(model: &Model, pane: Pane, now: Timestamp, width: u16) -> u16 {
    let rows = model.rows(pane, now);
    let widths = widths(&pane.header(model), &rows, width.saturating_sub(2));
    let lines: u16 = heights(pane, &rows, text_width(&widths), u16::MAX).iter().sum();
    lines.max(1).saturating_add(AROUND)
}

fn title_of(model: &Model, pane: Pane, count: usize) -> String {
    let view = model.view(pane);
    let mut title = format!(" {} {} ({count})", pane as usize + 1, pane.title());
    if !view.filter.is_empty() {
        title = format!("{title} with `{}`", view.filter);
    }
    if let Some(column) = view.sorted_by.and_then(|column| pane.header(model).into_iter().nth(column)) {
        title = format!("{title} by {column}");
    }
    title + " "
}

/// How many rows are above and below those that are seen.
fn out_of_sight(count: usize, heights: &[u16], selected: usize, room: u16) -> String {
    let room = usize::from(room);
    if heights.iter().copied().map(usize::from).sum::<usize>() <= room {
        return String::new();
    }
    // The table moves no further than the chosen row asks for, and no row of it has several lines.
    let above = (selected + 1).saturating_sub(room);
    let below = count.saturating_sub(above + room);
    let words = [(above, '↑'), (below, '↓')].into_iter().filter(|(rows, _)| *rows > 0);
    let words: Vec<String> = words.map(|(rows, arrow)| format!(" {rows} more {arrow} ")).collect();
    words.concat()
}

fn table_row<'a>(
    row: &Row,
    name: String,
    pane: Pane,
    widths: &[u16],
    height: u16,
    colors: Colors,
) -> TableRow<'a> {
    let last = row.cells.len().saturating_sub(1);
    let cell = |(place, text): (usize, &String)| match row.state {
        Some(state) if place == 1 => {
            Text::from(Span::styled(format!("{} {text}", sign(state)), style_of(state, colors)))
        }
        _ if place < last => Text::raw(text.clone()),
        _ if pane == Pane::Metrics => Text::raw(fit::latest(text, text_width(widths))),
        _ => Text::from_iter(fit::wrapped(text, text_width(widths), usize::from(height))),
    };
    let others = row.cells.iter().enumerate().skip(1).map(cell);
    TableRow::new([Text::raw(name)].into_iter().chain(others)).height(height)
}

/// Names as wide as this. What all of them begin with says nothing, and goes first.
fn names(rows: &[Row], width: usize) -> Vec<String> {
    let names: Vec<&str> = rows.iter().filter_map(|row| row.cells.first()).map(String::as_str).collect();
    if names.iter().all(|name| name.chars().count() <= width) {
        return names.into_iter().map(str::to_owned).collect();
    }
    let shared = fit::shared_beginning(&names);
    let name = |name: &&str| match name.strip_prefix(shared) {
        Some(rest) if !shared.is_empty() => fit::elided(&format!("…{rest}"), width),
        _ => fit::elided(name, width),
    };
    names.iter().map(name).collect()
}

fn text_width(widths: &[u16]) -> usize {
    widths.last().copied().map_or(0, usize::from)
}

/// Every row has a line; what room is left goes to texts that want more, from the top on. A course is no text.
fn heights(pane: Pane, rows: &[Row], width: usize, room: u16) -> Vec<u16> {
    if pane == Pane::Metrics {
        return vec![1; rows.len()];
    }
    let mut left = room.saturating_sub(u16::try_from(rows.len()).unwrap_or(u16::MAX));
    let height = |row: &Row| {
        let text = row.cells.last().map_or("", String::as_str);
        let wants = u16::try_from(fit::wrapped(text, width, MOST_LINES).len()).unwrap_or(1);
        let more = (wants - 1).min(left);
        left -= more;
        1 + more
    };
    rows.iter().map(height).collect()
}

/// Columns are as wide as what is in them; names give room to the text at the end, which takes what is left.
fn widths(header: &[String], rows: &[Row], room: u16) -> Vec<u16> {
    let natural = |(place, name): (usize, &String)| {
        let state_sign = if place == 1 && rows.iter().any(|row| row.state.is_some()) { 2 } else { 0 };
        let cells =
            rows.iter().filter_map(|row| row.cells.get(place)).map(|cell| cell.chars().count() + state_sign);
        cells.max().unwrap_or(0).max(name.chars().count())
    };
    let mut widths: Vec<usize> = header.iter().enumerate().map(natural).collect();
    let last = widths.len() - 1;
    let between: usize = widths[1..last].iter().map(|width| width + usize::from(GAP)).sum();
    let left = usize::from(room).saturating_sub(between + usize::from(GAP));
    let short = SHORT_NAME.min(left * 3 / 5).max(SHORTEST_NAME);
    let for_the_name = left.saturating_sub(widths[last]).max(left * 2 / 5).max(short);
    if widths[0] > for_the_name {
        let names = names(rows, for_the_name);
        widths[0] = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(header[0].len());
    }
    widths[last] = left.saturating_sub(widths[0]);
    widths.into_iter().map(|width| u16::try_from(width).unwrap_or(u16::MAX)).collect()
}
