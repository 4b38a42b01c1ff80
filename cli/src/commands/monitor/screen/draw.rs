//! Draws the live screen: all panes where there is room for them, else one of them below tabs. States have a sign and a
//! word each, so that nothing is told by colour alone; colours are the terminal's own, light or dark.

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph, Row as TableRow, Table, TableState, Wrap};

use super::model::{Model, Popup};
use super::pane::{Pane, Row};
use crate::monitor::report::{Health, rough};

/// From this size on all panes are drawn at once.
const WIDE: (u16, u16) = (120, 36);
/// Below this size nothing can be read.
const SMALLEST: (u16, u16) = (40, 10);
/// Columns wider than this give room to others.
const WIDEST_COLUMN: usize = 44;
/// Lines of the cause, at most.
const CAUSE_LINES: usize = 3;

/// Whether the picture is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colors {
    /// As the terminal's palette has it.
    Terminal,
    /// Not at all.
    None,
}

/// Draws everything.
pub fn draw(frame: &mut Frame<'_>, model: &mut Model, colors: Colors, now: Timestamp) {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        frame.render_widget(Paragraph::new("This terminal is too small."), area);
        return;
    }
    let cause = cause_lines(model, area.width);
    let heights =
        [Constraint::Length(1), Constraint::Length(cause), Constraint::Min(1), Constraint::Length(1)];
    let [head, why, body, foot] = Layout::vertical(heights).areas(area);
    frame.render_widget(Paragraph::new(headline(model, colors, now)), head);
    if let Some(text) = cause_of(model) {
        frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), why);
    }
    if area.width >= WIDE.0 && area.height >= WIDE.1 {
        draw_all(frame, model, colors, now, body);
    } else {
        let [tabs, pane] = Layout::vertical([Constraint::Length(1), Constraint::Min(1)]).areas(body);
        let (line, from) = tab_line(model, now, tabs.width);
        frame.render_widget(Paragraph::new(line).scroll((0, from)), tabs);
        draw_pane(frame, model, model.focus, colors, now, pane);
    }
    frame.render_widget(Paragraph::new(footer(model)), foot);
    if let Some(popup) = &mut model.popup {
        draw_popup(frame, popup, colors, area);
    }
}

fn headline(model: &Model, colors: Colors, now: Timestamp) -> Line<'static> {
    let mut words = vec![Span::styled(format!("eap monitor {}  ", model.environment), bold())];
    match &model.report {
        None => words.push(Span::raw("looking for the first time …")),
        Some((report, at)) => {
            words.push(Span::styled(
                format!("{} {}", sign(report.verdict), report.verdict),
                style_of(report.verdict, colors).add_modifier(Modifier::BOLD),
            ));
            let age = rough(now.duration_since(*at));
            words.push(Span::styled(
                format!("  seen {age} ago, every {} s", model.interval.as_secs_f64()),
                faint(),
            ));
        }
    }
    if let Some(availability) = model.detail.as_ref().and_then(|detail| detail.availability.as_ref()) {
        let text = format!("  {:.2} % answered", availability.percent);
        words.push(Span::styled(text, faint()));
    }
    Line::from(words)
}

fn cause_of(model: &Model) -> Option<&str> {
    model.report.as_ref().and_then(|(report, _)| report.cause.as_deref())
}

fn cause_lines(model: &Model, width: u16) -> u16 {
    let Some(text) = cause_of(model) else { return 0 };
    // Words are not broken, so that a line may end early.
    let lines = text.chars().count().div_ceil(usize::from(width).saturating_sub(8).max(1));
    u16::try_from(lines.min(CAUSE_LINES)).unwrap_or(1)
}

/// The tabs, and how far they are moved to the left where there is no room for all, so that the chosen one is seen.
fn tab_line(model: &Model, now: Timestamp, width: u16) -> (Line<'static>, u16) {
    let name = |pane: &Pane| format!("{} {}", pane.title(), model.rows(*pane, now).len());
    let names: Vec<String> = Pane::ALL.iter().map(name).collect();
    let length: usize = names.iter().map(String::len).sum();
    let margin = if length + 2 * names.len() <= usize::from(width) { " " } else { "" };
    let mut spans = Vec::new();
    let (mut end, mut seen_until) = (0, 0);
    for (pane, name) in Pane::ALL.into_iter().zip(names) {
        let chosen = pane == model.focus;
        let text = format!("{margin}{name}{margin}");
        end += text.len();
        if chosen {
            seen_until = end;
        }
        let style = if chosen { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
        spans.push(Span::styled(text, style));
        if margin.is_empty() {
            spans.push(Span::raw(" "));
            end += 1;
        }
    }
    let from = seen_until.saturating_sub(usize::from(width));
    (Line::from(spans), u16::try_from(from).unwrap_or(u16::MAX))
}

fn draw_all(frame: &mut Frame<'_>, model: &Model, colors: Colors, now: Timestamp, area: Rect) {
    let rows = |pane: Pane| u16::try_from(model.rows(pane, now).len()).unwrap_or(u16::MAX);
    // Borders and a header; the other panes keep most of the room.
    let top = (rows(Pane::Layers).max(6) + 3).min(area.height * 2 / 5);
    let [first, rest] = Layout::vertical([Constraint::Length(top), Constraint::Fill(1)]).areas(area);
    let halves = Layout::horizontal([Constraint::Percentage(50), Constraint::Percentage(50)]);
    let [layers, right] = halves.areas(first);
    let [services, targets] = Layout::vertical([Constraint::Length(4), Constraint::Min(3)]).areas(right);
    let [left, right] = halves.areas(rest);
    let [tasks, metrics] = Layout::vertical([Constraint::Fill(1), Constraint::Fill(1)]).areas(left);
    // Costs have more rows than the others, as a rule.
    let heights = [Constraint::Fill(3), Constraint::Fill(3), Constraint::Fill(4)];
    let [alarms, events, costs] = Layout::vertical(heights).areas(right);
    let places = [layers, services, tasks, targets, alarms, metrics, events, costs];
    for (pane, place) in Pane::ALL.into_iter().zip(places) {
        draw_pane(frame, model, pane, colors, now, place);
    }
}

fn draw_pane(frame: &mut Frame<'_>, model: &Model, pane: Pane, colors: Colors, now: Timestamp, area: Rect) {
    let rows = model.rows(pane, now);
    let focused = pane == model.focus;
    let block = Block::bordered().title(title_of(model, pane, rows.len()));
    let block = block.border_style(if focused { bold() } else { faint() });
    if rows.is_empty() {
        let text = if model.report.is_none() { "" } else { "nothing to show" };
        frame.render_widget(Paragraph::new(text).block(block), area);
        return;
    }
    let widths = widths(pane, &rows, area.width.saturating_sub(2));
    let body = rows.iter().map(|row| {
        let cell = |(place, text): (usize, &String)| match row.state {
            Some(state) if place == 1 => {
                Span::styled(format!("{} {text}", sign(state)), style_of(state, colors))
            }
            _ => Span::raw(text.clone()),
        };
        TableRow::new(row.cells.iter().enumerate().map(cell).collect::<Vec<_>>())
    });
    let table = Table::new(body, widths)
        .header(TableRow::new(pane.header().to_vec()).style(faint()))
        .column_spacing(2)
        .block(block)
        .row_highlight_style(if focused {
            Style::new().add_modifier(Modifier::REVERSED)
        } else {
            Style::new()
        });
    let selected = model.view(pane).selected.min(rows.len() - 1);
    let mut state = TableState::new().with_selected(focused.then_some(selected));
    frame.render_stateful_widget(table, area, &mut state);
}

fn title_of(model: &Model, pane: Pane, count: usize) -> String {
    let view = model.view(pane);
    let mut title = format!(" {} {count}", pane.title());
    if !view.filter.is_empty() {
        title = format!("{title} with `{}`", view.filter);
    }
    if let Some(column) = view.sorted_by.and_then(|column| pane.header().get(column)) {
        title = format!("{title} by {column}");
    }
    title + " "
}

/// Columns are as wide as what is in them, the last one takes what is left.
fn widths(pane: Pane, rows: &[Row], room: u16) -> Vec<Constraint> {
    let last = pane.header().len() - 1;
    // Half of the room is for the text at the end.
    let widest = WIDEST_COLUMN.min(usize::from(room / 2).max(8));
    let of = |(place, name): (usize, &&str)| {
        let state_sign = if place == 1 && rows.iter().any(|row| row.state.is_some()) { 2 } else { 0 };
        let cells =
            rows.iter().filter_map(|row| row.cells.get(place)).map(|cell| cell.chars().count() + state_sign);
        let width = cells.max().unwrap_or(0).max(name.len()).min(widest);
        if place == last { Constraint::Min(8) } else { Constraint::Length(u16::try_from(width).unwrap_or(8)) }
    };
    pane.header().iter().enumerate().map(of).collect()
}

fn footer(model: &Model) -> Line<'static> {
    if model.typing {
        let filter = &model.view(model.focus).filter;
        return Line::from(vec![
            Span::styled(format!("/{filter}▏"), bold()),
            Span::raw("  Enter keeps, Esc drops"),
        ]);
    }
    match &model.trouble {
        Some(trouble) => Line::styled(trouble.clone(), bold()),
        None => {
            Line::styled("←→ pane  ↑↓ row  Enter all of it  l log  / filter  s sort  ? keys  q quit", faint())
        }
    }
}

fn draw_popup(frame: &mut Frame<'_>, popup: &mut Popup, colors: Colors, area: Rect) {
    let notice = popup.notice.as_ref().map(|notice| format!(" ▲ {notice} "));
    let headings = (popup.title.len() + 2).max(notice.as_ref().map_or(0, |it| it.chars().count() + 14));
    let longest = popup.lines.iter().map(|line| line.chars().count()).max().unwrap_or(0).max(headings);
    let width = u16::try_from(longest + 4).unwrap_or(u16::MAX).clamp(30, area.width.saturating_sub(4));
    let inner = usize::from(width.saturating_sub(4)).max(1);
    let wrapped: usize = popup.lines.iter().map(|line| line.chars().count().div_ceil(inner).max(1)).sum();
    let height = u16::try_from(wrapped + 2).unwrap_or(u16::MAX).clamp(3, area.height.saturating_sub(2));
    let place =
        Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    let block = Block::bordered().title(format!(" {} ", popup.title)).title_bottom(" Esc closes ");
    let block = match notice {
        Some(notice) => block.title_bottom(Line::styled(notice, style_of(Health::Degraded, colors))),
        None => block,
    };
    // What comes last is the news, where not all of it fits.
    let most = wrapped.saturating_sub(usize::from(height - 2));
    popup.from = popup.from.min(most);
    let from = u16::try_from(popup.from).unwrap_or(u16::MAX);
    let text: Vec<Line<'_>> = popup.lines.iter().map(|line| Line::raw(format!(" {line}"))).collect();
    frame.render_widget(Clear, place);
    frame
        .render_widget(Paragraph::new(text).wrap(Wrap { trim: false }).scroll((from, 0)).block(block), place);
}

fn sign(state: Health) -> char {
    match state {
        Health::Healthy => '●',
        Health::Degraded => '▲',
        Health::Unhealthy => '✖',
        Health::Unknown => '?',
    }
}

fn style_of(state: Health, colors: Colors) -> Style {
    let color = match (state, colors) {
        (_, Colors::None) => return Style::new(),
        (Health::Healthy, _) => Color::Green,
        (Health::Degraded, _) => Color::Yellow,
        (Health::Unhealthy, _) => Color::Red,
        (Health::Unknown, _) => Color::Magenta,
    };
    Style::new().fg(color)
}

fn bold() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

fn faint() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}
