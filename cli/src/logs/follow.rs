//! Follows a file over truncation and replacement. Holds an unfinished line back until its end has come.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

/// A file that others write to.
#[derive(Debug)]
pub struct Follower {
    path: PathBuf,
    open: Option<Opened>,
    unfinished: Vec<u8>,
}

#[derive(Debug)]
struct Opened {
    file: File,
    inode: u64,
    offset: u64,
}

impl Follower {
    /// Follows `path` from `offset` bytes on; the file may be missing until later.
    pub fn new(path: PathBuf, offset: u64) -> std::io::Result<Self> {
        let mut follower = Self { path, open: None, unfinished: Vec::new() };
        follower.open = follower.reopen()?;
        if let Some(opened) = &mut follower.open {
            opened.offset = offset;
        }
        Ok(follower)
    }

    /// Whole lines that came since the last call, without their line breaks.
    pub fn new_lines(&mut self) -> std::io::Result<Vec<String>> {
        self.read_rest()?;
        if self.was_replaced()? {
            // The last line of the old file will not get its end any more.
            let rest = std::mem::take(&mut self.unfinished);
            self.open = self.reopen()?;
            let mut lines = if rest.is_empty() { Vec::new() } else { vec![lossy(&rest)] };
            self.read_rest()?;
            lines.extend(self.take_lines());
            return Ok(lines);
        }
        Ok(self.take_lines())
    }

    fn read_rest(&mut self) -> std::io::Result<()> {
        let Some(opened) = &mut self.open else { return Ok(()) };
        opened.file.seek(SeekFrom::Start(opened.offset))?;
        opened.offset += opened.file.read_to_end(&mut self.unfinished)? as u64;
        Ok(())
    }

    fn take_lines(&mut self) -> Vec<String> {
        let Some(last) = self.unfinished.iter().rposition(|&byte| byte == b'\n') else { return Vec::new() };
        let rest = self.unfinished.split_off(last + 1);
        let whole = std::mem::replace(&mut self.unfinished, rest);
        lossy(&whole).lines().map(ToOwned::to_owned).collect()
    }

    /// Whether the path leads to another file now, or the file became shorter than what was read of it.
    fn was_replaced(&self) -> std::io::Result<bool> {
        match (std::fs::metadata(&self.path), &self.open) {
            (Ok(now), Some(opened)) => Ok(now.ino() != opened.inode || now.len() < opened.offset),
            (Ok(_), None) => Ok(true),
            (Err(error), _) if error.kind() == ErrorKind::NotFound => Ok(false),
            (Err(error), _) => Err(error),
        }
    }

    fn reopen(&self) -> std::io::Result<Option<Opened>> {
        match File::open(&self.path) {
            Ok(file) => Ok(Some(Opened { inode: file.metadata()?.ino(), file, offset: 0 })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
