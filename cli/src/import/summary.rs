//! What became of the lines, summed over parts and files.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::parts::Part;

/// Rejected lines that are kept with their reasons; the rest is only counted.
const MAX_ERRORS: usize = 1000;

/// The API's answer to one part.
#[derive(Debug, Deserialize)]
pub struct Answer {
    received: u64,
    inserted: u64,
    replaced: u64,
    unchanged: u64,
    rejected: u64,
    errors: Vec<Rejection>,
}

#[derive(Debug, Deserialize)]
struct Rejection {
    line: u64,
    field: String,
    reason: String,
}

/// The sum of all answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Lines sent.
    pub received: u64,
    /// Lines that were not there before.
    pub inserted: u64,
    /// Lines that changed.
    pub replaced: u64,
    /// Lines that were there already, the same.
    pub unchanged: u64,
    /// Lines that did not land.
    pub rejected: u64,
    /// Why they did not land; the first thousand.
    pub errors: Vec<FileError>,
}

/// A line of a file that did not land.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileError {
    /// The file.
    pub file: String,
    /// The line in it, from 1.
    pub line: u64,
    /// The field that is wrong.
    pub field: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Summary {
    /// Adds the answer to a part of `file`, with the lines of the file.
    pub fn add(&mut self, answer: Answer, part: &Part, file: &Path) {
        self.received += answer.received;
        self.inserted += answer.inserted;
        self.replaced += answer.replaced;
        self.unchanged += answer.unchanged;
        self.rejected += answer.rejected;
        let room = MAX_ERRORS.saturating_sub(self.errors.len());
        self.errors.extend(answer.errors.into_iter().take(room).map(|rejection| FileError {
            file: file.display().to_string(),
            line: part.file_line(rejection.line),
            field: rejection.field,
            reason: rejection.reason,
        }));
    }

    /// The counts, as the API wants to be told them.
    pub fn counts(&self) -> String {
        let Self { received, inserted, replaced, unchanged, rejected, .. } = self;
        format!("{received},{inserted},{replaced},{unchanged},{rejected}")
    }

    /// Adds the sum of another file.
    pub fn merge(&mut self, other: Self) {
        self.received += other.received;
        self.inserted += other.inserted;
        self.replaced += other.replaced;
        self.unchanged += other.unchanged;
        self.rejected += other.rejected;
        let room = MAX_ERRORS.saturating_sub(self.errors.len());
        self.errors.extend(other.errors.into_iter().take(room));
    }
}
