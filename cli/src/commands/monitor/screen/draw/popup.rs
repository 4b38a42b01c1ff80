//! Text over the panes.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Paragraph};

use super::{Colors, fit, style_of};
use crate::commands::monitor::screen::popup::Popup;
use crate::monitor::report::Health;

/// Draws it in the middle, and corrects which line is the first.
pub fn draw(frame: &mut Frame<'_>, popup: &mut Popup, colors: Colors, area: Rect) {
    let notice = popup.notice.as_ref().map(|notice| format!(" ▲ {notice} "));
    let headings =
        (popup.title.chars().count() + 2).max(notice.as_ref().map_or(0, |it| it.chars().count() + 14));
    let longest = popup.lines.iter().map(|line| line.chars().count()).max().unwrap_or(0).max(headings);
    let width = u16::try_from(longest + 4).unwrap_or(u16::MAX).clamp(30, area.width.saturating_sub(4));
    let inner = usize::from(width.saturating_sub(4)).max(1);
    let lines: Vec<Line<'_>> = popup
        .lines
        .iter()
        .flat_map(|line| fit::wrapped(line, inner, usize::MAX))
        .map(|line| Line::raw(format!(" {line}")))
        .collect();
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).clamp(3, area.height.saturating_sub(2));
    let place =
        Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    let block = Block::bordered().title(format!(" {} ", popup.title)).title_bottom(" Esc closes ");
    let block = match notice {
        Some(notice) => block.title_bottom(Line::styled(notice, style_of(Health::Degraded, colors))),
        None => block,
    };
    // What comes last is the news, where not all of it fits.
    let most = lines.len().saturating_sub(usize::from(height - 2));
    popup.from = popup.from.min(most);
    let from = u16::try_from(popup.from).unwrap_or(u16::MAX);
    frame.render_widget(Clear, place);
    frame.render_widget(Paragraph::new(lines).scroll((from, 0)).block(block), place);
}
