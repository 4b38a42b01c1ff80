//! The whole terminal as one picture, and the keys that are pressed meanwhile. Leaves the terminal as it was found, also
//! after a panic. Knows nothing of what is drawn.

use std::io::Write as _;

use crossterm::event::{Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use crossterm::{execute, queue};
use futures_util::StreamExt as _;
use ratatui::{DefaultTerminal, Frame};

use crate::failure::{Doing as _, Failure};

/// A terminal that is taken over.
#[derive(Debug)]
pub struct Screen {
    terminal: DefaultTerminal,
    events: EventStream,
}

/// What a person did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// A letter or sign.
    Letter(char),
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// To the left.
    Left,
    /// To the right, or on.
    Right,
    /// Many rows up.
    PageUp,
    /// Many rows down.
    PageDown,
    /// To the first row.
    Home,
    /// To the last row.
    End,
    /// Enter.
    Enter,
    /// Escape.
    Escape,
    /// Takes the last letter back.
    Backspace,
    /// Ctrl-C.
    Interrupt,
    /// The terminal has another size.
    Resized,
}

impl Screen {
    /// Takes the terminal over.
    pub fn open() -> Result<Self, Failure> {
        let terminal = ratatui::try_init().doing(|| "take the terminal over".to_owned())?;
        Ok(Self { terminal, events: EventStream::new() })
    }

    /// Shows a picture; only what differs from the one before is written, and shown at once by terminals that can.
    pub fn draw(&mut self, picture: impl FnOnce(&mut Frame<'_>)) -> Result<(), Failure> {
        let begun = queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate);
        let drawn = begun.and_then(|()| self.terminal.draw(picture).map(drop));
        // Whatever went wrong, a terminal must not wait for the end.
        let ended = execute!(self.terminal.backend_mut(), EndSynchronizedUpdate);
        drawn.and(ended).doing(|| "draw on the terminal".to_owned())
    }

    /// Waits for what a person does next.
    pub async fn input(&mut self) -> Result<Input, Failure> {
        loop {
            match self.events.next().await {
                Some(Ok(event)) => {
                    if let Some(input) = input_of(&event) {
                        return Ok(input);
                    }
                }
                Some(Err(error)) => return Err(error).doing(|| "read the keyboard".to_owned()),
                None => return Err(Failure::interrupted()),
            }
        }
    }

    /// Rings the bell.
    pub fn bell(&mut self) {
        let backend = self.terminal.backend_mut();
        // A terminal that cannot ring is no reason to end.
        let _ = backend.write_all(b"\x07").and_then(|()| backend.flush());
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

fn input_of(event: &Event) -> Option<Input> {
    match event {
        Event::Resize(..) => Some(Input::Resized),
        Event::Key(key) if key.kind != KeyEventKind::Release => key_of(key),
        _ => None,
    }
}

fn key_of(key: &KeyEvent) -> Option<Input> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        KeyCode::Char('c') if control => Input::Interrupt,
        KeyCode::Char(letter) if !control => Input::Letter(letter),
        KeyCode::Up => Input::Up,
        KeyCode::Down => Input::Down,
        KeyCode::Left | KeyCode::BackTab => Input::Left,
        KeyCode::Right | KeyCode::Tab => Input::Right,
        KeyCode::PageUp => Input::PageUp,
        KeyCode::PageDown => Input::PageDown,
        KeyCode::Home => Input::Home,
        KeyCode::End => Input::End,
        KeyCode::Enter => Input::Enter,
        KeyCode::Esc => Input::Escape,
        KeyCode::Backspace => Input::Backspace,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_understood() {
        let key = |code, modifiers| key_of(&KeyEvent::new(code, modifiers));
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Input::Interrupt));
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::NONE), Some(Input::Letter('c')));
        assert_eq!(key(KeyCode::Tab, KeyModifiers::NONE), Some(Input::Right));
        assert_eq!(key(KeyCode::F(1), KeyModifiers::NONE), None);
    }
}
