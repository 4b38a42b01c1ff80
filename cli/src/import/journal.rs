//! Remembers how far a file has been sent to an API, so that a stopped import goes on. One small file per target
//! and content, written after each accepted part, removed at the end.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::parts::Position;
use super::summary::Summary;
use crate::failure::{Doing, Failure};
use crate::local::binary::hexadecimal;
use crate::local::folder::{create_private, write_atomically};

/// The journal of one file on its way to one API.
#[derive(Debug)]
pub struct Journal(PathBuf);

/// How far it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Where the next part begins.
    pub next: Position,
    /// What became of the lines before.
    pub summary: Summary,
    /// What the last part goes under, made up at the start: the API lists the file once, even if that part comes again.
    pub idempotency_key: String,
}

impl Progress {
    /// That of a file of which nothing is sent, from `next` on.
    pub fn new(next: Position) -> Result<Self, Failure> {
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes)
            .map_err(|error| Failure::failed(format!("no random numbers: {error}")))?;
        Ok(Self { next, summary: Summary::default(), idempotency_key: hexadecimal(&bytes) })
    }
}

impl Journal {
    /// The journal in `state_folder` for content with this SHA-256 on its way to `url`.
    pub fn open(state_folder: &Path, url: &str, content_sha256: &str) -> Result<Self, Failure> {
        let folder = state_folder.join("imports");
        create_private(&folder)?;
        let digest = Sha256::digest(format!("{url}\n{content_sha256}"));
        Ok(Self(folder.join(format!("{}.json", hexadecimal(&digest[..16])))))
    }

    /// How far an earlier import came; `None` when there is none to go on with.
    pub fn read(&self) -> Result<Option<Progress>, Failure> {
        match std::fs::read(&self.0) {
            // What another version wrote is of no use; sending again from the start changes nothing twice.
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).doing(|| format!("read {}", self.0.display())),
        }
    }

    /// Remembers that everything before `progress.next` is accepted.
    pub fn write(&self, progress: &Progress) -> Result<(), Failure> {
        let bytes = serde_json::to_vec(progress).doing(|| "write down the progress".to_owned())?;
        write_atomically(&self.0, &bytes)
    }

    /// Forgets: the file is sent.
    pub fn finish(self) -> Result<(), Failure> {
        match std::fs::remove_file(&self.0) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).doing(|| format!("remove {}", self.0.display()))
            }
            _ => Ok(()),
        }
    }
}
