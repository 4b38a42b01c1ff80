//! What this machine remembers of a deploy under way, so that the next one knows how far it came. Written before each
//! step and gone with a deploy that ended, well or not; who is killed leaves it behind.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::failure::{Doing, Failure};
use crate::local::folder::{LocalFolder, write_atomically};

/// A step of a deploy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The stack below everything.
    Bootstrap,
    /// The application is tested.
    Tests,
    /// Build, push.
    Image,
    /// Terraform looks at what is there.
    Plan,
    /// Terraform changes it.
    Apply,
    /// ECS starts tasks.
    Rollout,
    /// The API is called.
    SmokeTest,
    /// Everything is taken down.
    Destroy,
}

/// What is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When the deploy began.
    pub began_at: Timestamp,
    /// The step that was under way.
    pub step: Step,
}

/// The journal of an environment.
#[derive(Debug)]
pub struct Journal {
    file: PathBuf,
    began_at: Timestamp,
    interrupted: Option<Entry>,
}

impl Journal {
    /// Opens the journal.
    pub fn open(folder: &LocalFolder, began_at: Timestamp) -> Self {
        let file = folder.path().join("journal.json");
        // Half a journal tells nothing, and nothing depends on it.
        let interrupted = std::fs::read(&file).ok().and_then(|text| serde_json::from_slice(&text).ok());
        Self { file, began_at, interrupted }
    }

    /// What an interrupted deploy left.
    pub fn interrupted(&self) -> Option<&Entry> {
        self.interrupted.as_ref()
    }

    /// Notes that `step` begins.
    pub fn enter(&self, step: Step) -> Result<(), Failure> {
        let entry = Entry { began_at: self.began_at, step };
        let text = serde_json::to_vec_pretty(&entry).doing(|| "write the journal".to_owned())?;
        write_atomically(&self.file, &text)
    }

    /// The deploy ended.
    pub fn close(self) {
        // A journal that stays makes the next deploy say something needless, and no more.
        let _ = std::fs::remove_file(&self.file);
    }
}

impl Step {
    /// As a person calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bootstrap => "bootstrap stack",
            Self::Tests => "tests of the application",
            Self::Image => "image",
            Self::Plan => "plan",
            Self::Apply => "apply",
            Self::Rollout => "rollout",
            Self::SmokeTest => "smoke test",
            Self::Destroy => "destroy",
        }
    }
}
