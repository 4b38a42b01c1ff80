//! Draws the live screen: all panes where there is room for them, else one of them below tabs. States have a sign and a
//! word each, so that nothing is told by colour alone; colours are the terminal's own, light or dark.

mod fit;
mod head;
mod popup;
mod rows;

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::model::Model;
use super::pane::Pane;
use crate::monitor::report::Health;

/// From this size on all panes are drawn at once.
const WIDE: (u16, u16) = (120, 36);
/// Below this size nothing can be read.
const SMALLEST: (u16, u16) = (40, 10);

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
    let cause = head::cause(model, area.width);
    let lines = u16::try_from(cause.len()).unwrap_or(u16::MAX);
    let heights =
        [Constraint::Length(1), Constraint::Length(lines), Constraint::Min(1), Constraint::Length(1)];
    let [head, why, body, foot] = Layout::vertical(heights).areas(area);
    frame.render_widget(Paragraph::new(head::headline(model, colors, now, head.width)), head);
    frame.render_widget(Paragraph::new(cause), why);
    if area.width >= WIDE.0 && area.height >= WIDE.1 {
        draw_all(frame, model, colors, now, body);
    } else {
        let [tabs, pane] = Layout::vertical([Constraint::Length(1), Constraint::Min(1)]).areas(body);
        let (line, from) = tab_line(model, colors, now, tabs.width);
        frame.render_widget(Paragraph::new(line).scroll((0, from)), tabs);
        rows::draw(frame, model, model.focus, colors, now, pane);
    }
    frame.render_widget(Paragraph::new(footer(model, foot.width)), foot);
    if let Some(popup) = &mut model.popup {
        popup::draw(frame, popup, colors, area);
    }
}

/// The tabs with their keys and the worst that is in each, and how far they are moved to the left where there is no room
/// for all, so that the chosen one is seen.
fn tab_line(model: &Model, colors: Colors, now: Timestamp, width: u16) -> (Line<'static>, u16) {
    let mut spans = Vec::new();
    let (mut end, mut seen_until) = (0, 0);
    for pane in Pane::ALL {
        let chosen = if pane == model.focus { Modifier::REVERSED } else { Modifier::empty() };
        let name = format!("{} {}", pane as usize + 1, pane.title());
        end += name.chars().count() + 1;
        spans.push(Span::styled(name, Style::new().add_modifier(chosen)));
        if let Some(worst) = pane.worst(model, now) {
            spans.push(Span::styled(sign(worst).to_string(), style_of(worst, colors).add_modifier(chosen)));
            end += 1;
        }
        if pane == model.focus {
            seen_until = end - 1;
        }
        spans.push(Span::raw(" "));
    }
    let from = seen_until.saturating_sub(usize::from(width));
    (Line::from(spans), u16::try_from(from).unwrap_or(u16::MAX))
}

fn draw_all(frame: &mut Frame<'_>, model: &Model, colors: Colors, now: Timestamp, area: Rect) {
    let halves = Layout::horizontal([Constraint::Percentage(50), Constraint::Percentage(50)]);
    let width = area.width / 2;
    let wanted = |pane: Pane| rows::wanted(model, pane, now, width);
    let top = wanted(Pane::Layers).min(area.height * 2 / 5);
    let [first, rest] = Layout::vertical([Constraint::Length(top), Constraint::Fill(1)]).areas(area);
    let [layers, top_right] = halves.areas(first);
    let [left, right] = halves.areas(rest);
    rows::draw(frame, model, Pane::Layers, colors, now, layers);
    let stacks: [(Rect, &[Pane]); 3] = [
        (top_right, &[Pane::Services, Pane::Targets]),
        (left, &[Pane::Tasks, Pane::Metrics]),
        (right, &[Pane::Alarms, Pane::Events, Pane::Costs]),
    ];
    for (area, panes) in stacks {
        let wanted: Vec<u16> = panes.iter().map(|pane| wanted(*pane)).collect();
        let heights = fit::shares(area.height, &wanted).into_iter().map(Constraint::Length);
        let places = Layout::vertical(heights).split(area);
        for (pane, place) in panes.iter().zip(places.iter()) {
            rows::draw(frame, model, *pane, colors, now, *place);
        }
    }
}

fn footer(model: &Model, width: u16) -> Line<'static> {
    let view = model.view(model.focus);
    if model.typing {
        return Line::from(vec![
            Span::styled(format!("/{}▏", view.filter), bold()),
            Span::raw("  Enter keeps, Esc drops"),
        ]);
    }
    if model.popup.is_some() {
        return Line::styled("↑↓ line  PgUp PgDn Home End  Esc close  Ctrl-C quit", faint());
    }
    if let Some(trouble) = &model.trouble {
        let keys = "  ? keys  q quit";
        let room = usize::from(width).saturating_sub(keys.len());
        let trouble = format!("{:<room$}", fit::cut(trouble, room));
        return Line::from(vec![Span::styled(trouble, bold()), Span::styled(keys, faint())]);
    }
    let filter = if view.filter.is_empty() { "/ filter" } else { "Esc all" };
    let keys = format!("1-8 pane  ↑↓ row  Enter open  l log  {filter}  s sort  r look  ? keys  q quit");
    Line::styled(keys, faint())
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
