//! Many things under way at once: on a terminal a line for each with its time, above them what is done; plain lines elsewhere.

use std::collections::HashMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{GOOD, Output};

/// As many lines move at once; what is beyond is only counted.
const LINES: usize = 12;

/// Work on many things. Dropping it without `done` only clears the animation.
#[derive(Debug)]
pub struct Tree<'a> {
    output: &'a Output,
    title: String,
    animation: Option<Animation>,
}

#[derive(Debug)]
struct Animation {
    lines: MultiProgress,
    title: ProgressBar,
    under_way: HashMap<String, Option<ProgressBar>>,
    ended: usize,
}

impl<'a> Tree<'a> {
    pub(super) fn start(output: &'a Output, title: String, animated: bool) -> Self {
        if !animated {
            output.say(&title);
            return Self { output, title, animation: None };
        }
        let lines = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let bar = lines.add(line("{spinner} {msg} {elapsed:>}", title.clone()));
        let animation = Animation { lines, title: bar, under_way: HashMap::new(), ended: 0 };
        Self { output, title, animation: Some(animation) }
    }

    /// Work on `name` began.
    pub fn begin(&mut self, name: &str, action: &str) {
        let Some(animation) = &mut self.animation else { return };
        let bar = (animation.shown() < LINES)
            .then(|| animation.lines.add(line("    {msg} {elapsed:>}", format!("{action} {name}"))));
        animation.under_way.insert(name.to_owned(), bar);
        animation.count(&self.title);
    }

    /// Work on `name` ended; `message` stays.
    pub fn end(&mut self, name: &str, message: &str) {
        let Some(animation) = &mut self.animation else { return self.output.say(message) };
        if let Some(Some(bar)) = animation.under_way.remove(name) {
            bar.finish_and_clear();
            animation.lines.remove(&bar);
        }
        animation.ended += 1;
        animation.count(&self.title);
        animation.lines.suspend(|| self.output.say(message));
    }

    /// Says something while work is under way.
    pub fn say(&self, message: &str) {
        match &self.animation {
            Some(animation) => animation.lines.suspend(|| self.output.say(message)),
            None => self.output.say(message),
        }
    }

    /// Everything ended; on a terminal its line stays, with a mark.
    pub fn done(mut self) {
        if let Some(animation) = self.animation.take() {
            animation.clear();
            self.output.say(&format!("{GOOD}✓{GOOD:#} {}", self.title));
        }
    }
}

impl Drop for Tree<'_> {
    fn drop(&mut self) {
        if let Some(animation) = self.animation.take() {
            animation.clear();
        }
    }
}

impl Animation {
    fn shown(&self) -> usize {
        self.under_way.values().flatten().count()
    }

    fn count(&self, title: &str) {
        let hidden = self.under_way.len() - self.shown();
        let more = if hidden == 0 { String::new() } else { format!(", {hidden} of them not shown") };
        self.title.set_message(format!(
            "{title}: {} done, {} under way{more}",
            self.ended,
            self.under_way.len()
        ));
    }

    fn clear(self) {
        self.under_way.values().flatten().for_each(ProgressBar::finish_and_clear);
        self.title.finish_and_clear();
        // A terminal that went away needs no tidying.
        let _ = self.lines.clear();
    }
}

fn line(template: &str, message: String) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(message);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
