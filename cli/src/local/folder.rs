//! Paths of the local platform, and of what is remembered of others. Creates folders that only the user may read.

use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::config::Variables;
use crate::failure::{Doing, Failure};

/// The folder `local` in the state folder.
#[derive(Debug, Clone)]
pub struct LocalFolder(PathBuf);

impl LocalFolder {
    /// The folder, which need not exist.
    pub fn locate(variables: &Variables) -> Result<Self, Failure> {
        Ok(Self(variables.state_folder()?.join("local")))
    }

    /// A folder beside it, for another environment.
    pub fn of_environment(variables: &Variables, name: &str) -> Result<Self, Failure> {
        Ok(Self(variables.state_folder()?.join(name)))
    }

    /// Creates the folder if it is missing.
    pub fn create(&self) -> Result<(), Failure> {
        create_private(&self.0)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// What is remembered between commands.
    pub fn state_file(&self) -> PathBuf {
        self.0.join("state.json")
    }

    /// Held while a command changes something.
    pub fn lock_file(&self) -> PathBuf {
        self.0.join("lock")
    }

    /// Output of the API.
    pub fn log_file(&self) -> PathBuf {
        self.0.join("api.log")
    }

    /// Output of the API before the log was last turned over.
    pub fn previous_log_file(&self) -> PathBuf {
        self.0.join("api.log.1")
    }

    /// A database file of this name.
    pub fn database_file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

/// Creates `folder` and what is missing above it, for the user only.
pub fn create_private(folder: &Path) -> Result<(), Failure> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .doing(|| format!("create {}", folder.display()))
        .map_err(|failure| failure.hint("EAP_STATE_DIR names another folder for the state"))
}

/// Replaces `file` by `content` in one step: a reader sees the old or the new, never a part.
pub fn write_atomically(file: &Path, content: &[u8]) -> Result<(), Failure> {
    use std::io::Write as _;
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let draft = file.with_file_name(name);
    let write = || -> std::io::Result<()> {
        let mut options = std::fs::OpenOptions::new();
        let mut stream = options.write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        stream.write_all(content)?;
        stream.sync_all()?;
        std::fs::rename(&draft, file)
    };
    write().inspect_err(|_| drop(std::fs::remove_file(&draft))).doing(|| format!("write {}", file.display()))
}
