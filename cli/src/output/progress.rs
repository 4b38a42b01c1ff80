//! Steps and bars: animated on a terminal, plain lines elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{GOOD, Output};

/// A step under way. Dropping it without `done` only clears the animation.
#[derive(Debug)]
pub struct Step<'a> {
    output: &'a Output,
    message: String,
    animation: Option<ProgressBar>,
}

impl<'a> Step<'a> {
    pub(super) fn start(output: &'a Output, message: String, animated: bool) -> Self {
        if !animated {
            output.say(&message);
            return Self { output, message, animation: None };
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed:>}") {
            bar.set_style(style);
        }
        bar.set_message(message.clone());
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { output, message, animation: Some(bar) }
    }

    /// Replaces the message while the step lasts; shown on a terminal only.
    pub fn update(&self, message: impl Into<String>) {
        if let Some(bar) = &self.animation {
            bar.set_message(message.into());
        }
    }

    /// Says something while the step lasts.
    pub fn say(&self, message: &str) {
        match &self.animation {
            Some(bar) => bar.suspend(|| self.output.say(message)),
            None => self.output.say(message),
        }
    }

    /// Ends the step; on a terminal its line stays, with a mark.
    pub fn done(mut self) {
        if let Some(bar) = self.animation.take() {
            bar.finish_and_clear();
            self.output.say(&format!("{GOOD}✓{GOOD:#} {}", self.message));
        }
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        if let Some(bar) = self.animation.take() {
            bar.finish_and_clear();
        }
    }
}

/// Progress over a number of bytes, with rate and time left.
#[derive(Debug)]
pub struct Bar(ProgressBar);

impl Bar {
    pub(super) fn start(total_bytes: u64, done_bytes: u64, animated: bool) -> Self {
        if !animated {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::with_draw_target(Some(total_bytes), ProgressDrawTarget::stderr());
        let template = "{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta} left  {wide_msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_position(done_bytes);
        // What was done before does not count for the rate.
        bar.reset_eta();
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// Bytes done so far.
    pub fn set(&self, bytes: u64, message: String) {
        self.0.set_position(bytes);
        self.0.set_message(message);
    }

    /// Bytes done so far; what is said beside the bar stays.
    pub fn advance_to(&self, bytes: u64) {
        self.0.set_position(bytes);
    }

    /// Says something beside the bar, such as why it waits.
    pub fn note(&self, message: String) {
        self.0.set_message(message);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
